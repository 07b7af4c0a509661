//! What the assembler says about wrong texts, and that it never panics.

use std::collections::BTreeMap;
use std::fmt::Write;

use guests::asm::{self, AsmError, Assembled, NoPseudo, Pseudo, PseudoError, Region, Unit};
use proptest::prelude::*;

struct Words;

impl Pseudo for Words {
    fn expand(&mut self, _: &str, _: u32, word: &str, operands: &str) -> Option<Result<Vec<String>, PseudoError>> {
        match word {
            "mark" if operands.is_empty() => Some(Err("`mark` needs a name".into())),
            "mark" => Some(Ok(vec!["push 1".to_owned(), ".local: call __mark".to_owned(), "jz .local".to_owned()])),
            "goto" => Some(Ok(vec![format!("jmp {operands}")])),
            _ => None,
        }
    }

    fn words(&self) -> &'static [&'static str] {
        &["mark", "goto"]
    }
}

fn assemble(bits: u32, text: &str, pseudo: &mut dyn Pseudo) -> Result<Assembled, Vec<AsmError>> {
    let helper = "__mark:\nret";
    let units = vec![Unit { name: "main", text }, Unit { name: "routines", text: helper }];
    let region = Region { start: 0x2000, end: 0x2100, base: 0, bits, units };
    asm::assemble(&[region], &[&BTreeMap::from([("SLOT".to_owned(), 8)])], pseudo)
}

fn told(bits: u32, text: &str) -> String {
    let errors = match assemble(bits, text, &mut Words) {
        Ok(_) => return "nothing is wrong".to_owned(),
        Err(errors) => errors,
    };
    let mut out = String::new();
    for error in errors {
        let line = text.lines().nth(error.line).unwrap_or_default();
        let under = format!("{}{}", " ".repeat(error.column), "^".repeat(error.length));
        let _ = writeln!(out, "{}:{}: {}", error.unit, error.line + 1, error.message);
        let _ = writeln!(out, "  | {line}\n  | {under}");
        if let Some(help) = error.help {
            let _ = writeln!(out, "  = {help}");
        }
    }
    out
}

#[test]
fn every_problem_is_reported_at_once_and_in_its_place() {
    insta::assert_snapshot!(told(
        64,
        "mvo eax, 1
start: mov eax, strat
  mov [rax], 5
  mov al, 300
  mov eax, 0x1ffffffff
  jmp short $ + 500
  mov eax, bx
  start: nop
  eax: nop
  db 'abc
  db 2nd, 3
  mov eax, (1 + 2
  mov eax, [rax
  mov eax, [rax + rbx*3]
  mov eax, [rax*2 + rbx*2]
  mov eax, [ax]
  push cs
  lock mov eax, 1
  rep nop, 5
  markk again
  mark
  goto strat
  mov eax, 1 / 0
  times -1 nop
  times 100000000 nop
  resb 0ffffffffffffffffh
  align 3
  SLOT equ 5
  a equ b
  b equ a
  mov eax 5
  mov eax, 5 6
  mov ah, r8b
  mov [eax + rbx], cl
  lea rax, [rip + start]
  call far 5
  mov eax, 99999999999999999999999
  iretx
  ) nop
  dw 10000h
  lock
  times 3
  mov rax, [rsp + rsp]
  add eax, SLTO
  a32 nop
  a32 mov eax, [rbx]
  mov eax, rxa"
    ));
}

#[test]
fn a_full_region_says_by_how_much() {
    insta::assert_snapshot!(told(32, "nop\ntimes 250 nop\nnop"));
}

#[test]
fn the_width_decides_what_exists() {
    insta::assert_snapshot!(told(32, "iretq\nmov rax, 1\nmov [r8d], eax\nswapgs\nmov eax, [rel main]"));
}

#[test]
fn an_expansion_keeps_the_line_and_the_local_labels_of_its_writer() {
    let assembled = assemble(64, "start:\n.here: mark one ; comment\n mark two\n jmp .here\n goto .here", &mut Words)
        .expect("correct");
    let told: Vec<String> = assembled
        .lines
        .iter()
        .map(|line| format!("{:x} {}:{} {:?} {}", line.address, line.unit, line.line, line.expansion, line.text))
        .collect();
    insta::assert_debug_snapshot!(told);
    insta::assert_debug_snapshot!(assembled.symbols);
}

#[test]
fn deep_and_long_expressions_are_refused() {
    for text in [
        format!("dq {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("dq {}1", "-".repeat(20_000)),
        format!("dq {}1", "1+".repeat(20_000)),
        format!("mov eax, [{}eax{}]", "(".repeat(20_000), ")".repeat(20_000)),
    ] {
        assert!(assemble(64, &text, &mut NoPseudo).is_err());
    }
}

#[test]
fn a_text_whose_sizes_chase_each_other_is_refused() {
    for text in ["x: times 11 - (y - x) nop\n y:", "x: times y - x + 1 nop\n y:", "a equ a + 1\n resb a"] {
        assert!(assemble(64, text, &mut NoPseudo).is_err(), "{text}");
    }
}

#[test]
fn smm_code_counts_from_its_base() {
    let units = vec![Unit { name: "smm", text: "jmp .x\n.x: mov ax, [.x]\n dw .x, $" }];
    let region = Region { start: 0x38000, end: 0x39000, base: 0x30000, bits: 16, units };
    let assembled = asm::assemble(&[region], &[], &mut NoPseudo).expect("correct");
    assert_eq!(assembled.symbols.get("smm"), Some(&0x8000));
    let bytes: Vec<u8> = assembled.lines.iter().flat_map(|line| line.bytes.clone()).collect();
    assert_eq!(bytes, [0xeb, 0, 0xa1, 0x02, 0x80, 0x02, 0x80, 0x05, 0x80]);
    assert_eq!(assembled.lines.first().map(|line| line.address), Some(0x38000));
}

const PIECES: [&str; 60] = [
    "mov",
    "add",
    "jmp",
    "call",
    "push",
    "lea",
    "xchg",
    "iretq",
    "movsb",
    "rep",
    "lock",
    "times",
    "align",
    "resb",
    "db",
    "dq",
    "equ",
    "eax",
    "rax",
    "ax",
    "al",
    "ah",
    "r9",
    "cs",
    "cr0",
    "st0",
    "st",
    "xmm1",
    "rip",
    "eip",
    "a",
    ".b",
    "main",
    "SLOT",
    "$",
    "$$",
    ":",
    ",",
    "[",
    "]",
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "<<",
    "byte",
    "dword",
    "qword",
    "ptr",
    "far",
    "short",
    "rel",
    "fs",
    "1",
    "0ffffffffffffffffh",
    "'a'",
    "a32",
    "\n",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in "(\\PC|[ \n\t'\";#]){0,120}", bits in prop::sample::select(vec![16, 32, 64])) {
        let _ = assemble(bits, &text, &mut Words);
    }

    #[test]
    fn no_mixture_of_words_panics(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40),
        bits in prop::sample::select(vec![16, 32, 64]),
    ) {
        let _ = assemble(bits, &pieces.join(" "), &mut Words);
    }
}

const OPERANDS: [&str; 48] = [
    "al",
    "ah",
    "r9b",
    "spl",
    "ax",
    "ecx",
    "rdx",
    "r15",
    "xsp",
    "cs",
    "ss",
    "fs",
    "cr0",
    "cr8",
    "dr7",
    "tr3",
    "st",
    "st(3)",
    "mm1",
    "xmm2",
    "xmm17",
    "ymm3",
    "zmm4",
    "k1",
    "bnd0",
    "tmm1",
    "rip",
    "1",
    "-1",
    "300",
    "0fedcba98h",
    "main",
    "$",
    "near $",
    "short $",
    "8:main",
    "dword 1",
    "[bx+si+1]",
    "[eax+eax*8+12345h]",
    "byte [r13]",
    "fs:[rsp+r12*4]",
    "[rel main]",
    "[rip+1]",
    "[eip-1]",
    "far [rax]",
    "tbyte [1]",
    "[qword 123456789abch]",
    "[rax+xmm1]",
];
const PREFIXES: [&str; 12] = ["", "", "", "", "lock", "rep", "repne", "o16", "o32", "o64", "a16", "a32"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_statement_panics(
        lines in prop::collection::vec(
            (
                prop::sample::select(PREFIXES.to_vec()),
                prop::sample::select(iced_x86::Mnemonic::values().collect::<Vec<_>>()),
                prop::collection::vec(prop::sample::select(OPERANDS.to_vec()), 0..4),
            ),
            20,
        ),
        bits in prop::sample::select(vec![16, 32, 64]),
    ) {
        let line = |(prefix, mnemonic, operands): &(&str, iced_x86::Mnemonic, Vec<&str>)| {
            format!("{prefix} {} {}", format!("{mnemonic:?}").to_lowercase(), operands.join(", "))
        };
        let text: Vec<String> = lines.iter().map(line).collect();
        let _ = assemble(bits, &text.join("\n"), &mut NoPseudo);
    }
}

#[test]
fn no_mnemonic_with_any_operands_panics() {
    let operands = [
        "",
        "eax",
        "[rax]",
        "1",
        "al, 1",
        "dword [rbx], eax",
        "xmm1, xmm2",
        "st0, st(1)",
        "far [rsi]",
        "8:1",
        "k1, k2",
        "[rdi]",
        "rax, ecx",
        "zmm1, zmm2, zmm3",
        "[xmm1], xmm2",
        "xmm1, [rax+xmm2*4], xmm3",
        "fs:[rsi]",
        "[rip+5], 1",
        "1, 1",
    ];
    for mnemonic in iced_x86::Mnemonic::values() {
        let name = format!("{mnemonic:?}").to_lowercase();
        let text: Vec<String> = operands.iter().map(|operands| format!("{name} {operands}")).collect();
        for bits in [16, 32, 64] {
            let _ = assemble(bits, &text.join("\n"), &mut NoPseudo);
        }
    }
}
