//! Which instruction forms (iced's `Code`s) a word may mean. Built once, from iced's own tables.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use iced_x86::{Code, EncodingKind, OpCodeOperandKind};

/// The forms that a word may mean.
#[derive(Debug, Default)]
pub(super) struct Forms {
    /// Forms in iced's order.
    pub(super) codes: Vec<Code>,
    /// Whether the word leaves the operand size out (`iret` beside `iretd`): it then means the region's own width.
    pub(super) natural: bool,
}

/// Other words for conditions.
const CONDITIONS: [(&str, &str); 14] = [
    ("z", "e"),
    ("nz", "ne"),
    ("c", "b"),
    ("nae", "b"),
    ("nc", "ae"),
    ("nb", "ae"),
    ("na", "be"),
    ("nbe", "a"),
    ("pe", "p"),
    ("po", "np"),
    ("nge", "l"),
    ("nl", "ge"),
    ("ng", "le"),
    ("nle", "g"),
];

fn table() -> &'static HashMap<String, Forms> {
    static TABLE: OnceLock<HashMap<String, Forms>> = OnceLock::new();
    TABLE.get_or_init(build)
}

/// The forms of a mnemonic in lower case.
pub(super) fn forms(word: &str) -> Option<&'static Forms> {
    table().get(word)
}

/// Every mnemonic, for suggestions.
pub(super) fn mnemonics<'a>() -> impl Iterator<Item = &'a str> {
    table().keys().map(String::as_str)
}

fn build() -> HashMap<String, Forms> {
    let mut table: HashMap<String, Forms> = HashMap::new();
    let mut add = |name: String, code: Code, natural: bool| {
        let forms = table.entry(name).or_default();
        forms.natural |= natural;
        if !forms.codes.contains(&code) {
            forms.codes.push(code);
        }
    };
    let unsized_names = unsized_names();
    for code in Code::values().filter(|&code| is_supported(code)) {
        let mnemonic = mnemonic(code);
        let stem = stem(code);
        if is_string(code) && stem.ends_with(['b', 'w', 'd', 'q']) {
            add(stem[..stem.len() - 1].to_owned(), code, false);
        }
        // Retnw, which the manuals call RET with a 16-bit operand size.
        if let Some(size) = stem.strip_prefix("retn") {
            add(format!("ret{size}"), code, false);
            add("retn".to_owned(), code, false);
        }
        // Iretw is IRET, Iretd IRETD: the word without a size means any of them.
        if let Some(base) = stem.strip_suffix(['d', 'q'])
            && mnemonic == stem
            && unsized_names.contains(base)
        {
            add(base.to_owned(), code, true);
        }
        if let Some(first) = code.op_code().instruction_string().split([' ', ',']).next() {
            add(first.to_ascii_lowercase(), code, false);
        }
        add(mnemonic, code, false);
        add(stem, code, false);
    }
    add_aliases(&mut table);
    table
}

fn is_supported(code: Code) -> bool {
    let info = code.op_code();
    // Masks, MVEX and its VEX companions have no syntax here.
    info.is_instruction()
        && info.encoding() != EncodingKind::MVEX
        && !info.require_op_mask_register()
        && !identifier(code).starts_with("VEX_KNC")
}

/// iced's identifier of a code or a mnemonic. Nothing else of iced tells all forms of an instruction apart: the texts of
/// `OpCodeInfo` are the manuals', in which PUSHFW is PUSHF. Identifiers are part of iced's API, and only `Debug` gives their text.
fn identifier(of: impl fmt::Debug) -> String {
    format!("{of:?}")
}

/// The first part of a code's name in lower case, which tells operand sizes apart: iretw, pushd, clzeroq.
fn stem(code: Code) -> String {
    let name = identifier(code);
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default();
    let stem = match first {
        "VEX" | "EVEX" | "XOP" | "D3NOW" => parts.next().unwrap_or_default(),
        _ => first,
    };
    stem.to_ascii_lowercase()
}

fn mnemonic(code: Code) -> String {
    identifier(code.mnemonic()).to_ascii_lowercase()
}

/// Mnemonics whose 16-bit form has no letter for its size, such as iret and pushf.
fn unsized_names() -> HashSet<String> {
    Code::values()
        .filter(|&code| is_supported(code) && stem(code).strip_suffix('w') == Some(mnemonic(code).as_str()))
        .map(mnemonic)
        .collect()
}

/// Whether the form addresses memory by fixed registers, so that its operands may be left out.
pub(super) fn is_string(code: Code) -> bool {
    use OpCodeOperandKind as Kind;
    code.op_code()
        .op_kinds()
        .iter()
        .any(|kind| matches!(kind, Kind::es_rDI | Kind::seg_rSI | Kind::seg_rDI | Kind::seg_rBX_al))
}

/// Other words for the same: of the manuals, and of iced's formatter.
const ALIASES: [(&str, &str); 10] = [
    ("loopz", "loope"),
    ("loopnz", "loopne"),
    ("icebp", "int1"),
    ("fwait", "wait"),
    ("prefetch_exclusive", "prefetch"),
    ("prefetch_reserved", "prefetchreserved3"),
    ("prefetch_reserved", "prefetchreserved4"),
    ("prefetch_reserved", "prefetchreserved5"),
    ("prefetch_reserved", "prefetchreserved6"),
    ("prefetch_reserved", "prefetchreserved7"),
];

fn add_aliases(table: &mut HashMap<String, Forms>) {
    let conditional = [("j", ""), ("set", ""), ("cmov", ""), ("cmp", "xadd")];
    // Either word of a pair may be iced's.
    let pairs = CONDITIONS.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]);
    let mut aliases: Vec<(String, String)> = pairs
        .flat_map(|(one, other)| {
            conditional.map(|(start, end)| (format!("{start}{one}{end}"), format!("{start}{other}{end}")))
        })
        .filter(|(alias, _)| !table.contains_key(alias))
        .collect();
    aliases.extend(ALIASES.map(|(alias, word)| (alias.to_owned(), word.to_owned())));
    for (alias, word) in aliases {
        let codes = table.get(&word).map(|forms| forms.codes.clone()).unwrap_or_default();
        if !codes.is_empty() {
            table.entry(alias).or_default().codes.extend(codes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(word: &str) -> Vec<Code> {
        forms(word).map(|forms| forms.codes.clone()).unwrap_or_default()
    }

    #[test]
    fn sizes_can_be_left_out_or_named() {
        assert_eq!(codes("iret"), [Code::Iretw, Code::Iretd, Code::Iretq]);
        assert_eq!(codes("iretw"), [Code::Iretw]);
        assert_eq!(codes("pushfw"), [Code::Pushfw]);
        assert_eq!(codes("retw"), [Code::Retnw_imm16, Code::Retnw]);
        assert!(forms("iret").is_some_and(|forms| forms.natural));
        assert!(!forms("ret").is_some_and(|forms| forms.natural));
        assert_eq!(codes("jz"), codes("je"));
        assert_eq!(codes("movs").len(), 4);
    }
}
