//! Every instruction form that iced knows and that text can name: built, encoded, formatted, assembled from that text,
//! and decoded to the same instruction.
//!
//! The rule which forms these are: every `Code` with a legacy, VEX, XOP or 3DNow! encoding, in every width of code it
//! exists in. EVEX and MVEX are left out: they need masks, broadcasts and rounding, which the syntax does not have.

mod instances;

use std::collections::{BTreeMap, BTreeSet};

use guests::asm::{self, NoPseudo, Region, Unit};
use iced_x86::{
    Code, Decoder, DecoderOptions, Encoder, EncodingKind, Formatter, Instruction, IntelFormatter, MemorySize,
    MemorySizeOptions, Mnemonic, OpKind,
};
use instances::{IP, instances};

/// Forms whose text, as iced writes it, does not name them, and why.
const NOT_NAMED: &[(&[Code], &str)] = &[
    (
        &[
            Code::Cyrix_D9D7,
            Code::Cyrix_D9E2,
            Code::Cyrix_D9E7,
            Code::Cyrix_DED8,
            Code::Cyrix_DEDA,
            Code::Cyrix_DEDC,
            Code::Cyrix_DEDD,
            Code::Cyrix_DEDE,
        ],
        "undocumented, and all are written undoc",
    ),
    (
        &[
            Code::Prefetchreserved4_m8,
            Code::Prefetchreserved5_m8,
            Code::Prefetchreserved6_m8,
            Code::Prefetchreserved7_m8,
        ],
        "all are written prefetch_reserved",
    ),
    (&[Code::Pmulhrw_mm_mmm64], "Cyrix's, with the name and operands of AMD's 3DNow! instruction"),
    (&[Code::Smint_0F7E], "Cyrix's first opcode for what has another one since"),
    (&[Code::Montmul_16, Code::Montmul_64], "VIA's; iced decodes it with 32-bit addresses only"),
    (&[Code::Popw_CS], "8086 only; every decoder sees the two-byte opcodes there"),
    (&[Code::Arpl_r32m16_r32], "written with 16-bit registers, which have a form of their own, one prefix longer"),
];

/// Forms whose operand size iced leaves out of the word, and the word that has it.
const SIZED: [(Code, &str); 8] = [
    (Code::Iretw, "iretw"),
    (Code::Pushfw, "pushfw"),
    (Code::Popfw, "popfw"),
    (Code::Pushaw, "pushaw"),
    (Code::Popaw, "popaw"),
    // Written as the XCHG they would be if they were not NOP.
    (Code::Nopw, "nopw"),
    (Code::Nopd, "nopd"),
    (Code::Nopq, "nopq"),
];

/// Mnemonics whose operand size iced leaves out altogether; a prefix word tells it.
const PREFIXED: [Mnemonic; 6] =
    [Mnemonic::Lgdt, Mnemonic::Lidt, Mnemonic::Sgdt, Mnemonic::Sidt, Mnemonic::Jmpe, Mnemonic::Xbegin];

/// The text that names the instruction.
fn text(instruction: &Instruction) -> String {
    if let Some(row) = SIZED.iter().find(|row| row.0 == instruction.code()) {
        return row.1.to_owned();
    }
    let text = format(instruction);
    match instruction.op_code().operand_size() {
        size @ (16 | 32) if PREFIXED.contains(&instruction.mnemonic()) => format!("o{size} {text}"),
        _ => text,
    }
}

fn covered(code: Code) -> bool {
    let info = code.op_code();
    let masked = matches!(info.encoding(), EncodingKind::EVEX | EncodingKind::MVEX)
        || format!("{code:?}").starts_with("VEX_KNC");
    // No name tells one reserved NOP with two operands from another.
    let nameless = info.is_reserved_nop() && info.op_count() == 2;
    // Two instructions to a decoder: WAIT and the form without it, which is covered.
    info.is_instruction() && !masked && !nameless && !info.fwait()
}

fn format(instruction: &Instruction) -> String {
    let mut formatter = IntelFormatter::new();
    let options = formatter.options_mut();
    options.set_rip_relative_addresses(true);
    options.set_use_pseudo_ops(false);
    options.set_show_branch_size(true);
    options.set_memory_size_options(MemorySizeOptions::Always);
    let mut text = String::new();
    formatter.format(instruction, &mut text);
    text
}

fn assemble(bits: u32, text: &str) -> Result<Vec<u8>, String> {
    let units = vec![Unit { name: "main", text }];
    let region = Region { start: IP, end: IP + 0x100, base: 0, bits, units };
    match asm::assemble(&[region], &[], &mut NoPseudo) {
        Ok(assembled) => Ok(assembled.lines.into_iter().flat_map(|line| line.bytes).collect()),
        Err(errors) => Err(errors.into_iter().map(|error| format!("{error} {:?}", error.help)).collect()),
    }
}

fn decode(bits: u32, bytes: &[u8], code: Code) -> Instruction {
    // In 64-bit code Intel's processors ignore the operand-size prefix of near branches, AMD's do not.
    let info = code.op_code();
    let intel = match bits {
        16 => info.intel_decoder16(),
        32 => info.intel_decoder32(),
        _ => info.intel_decoder64(),
    };
    let amd = if !intel { DecoderOptions::AMD } else { DecoderOptions::NONE };
    Decoder::with_ip(bits, bytes, IP, info.decoder_option() | amd).decode()
}

/// Whether no text could tell two instructions apart, and none need: the operand size only shows in the encoding, as in
/// SMSW to memory or MOVMSKPD to a 64-bit register, whose upper half is zero either way.
fn same_text(left: &Instruction, right: &Instruction) -> bool {
    let mnemonic = |instruction: &Instruction| match instruction.mnemonic() {
        // The same operation by another opcode extension, /6 for /4.
        Mnemonic::Sal => Mnemonic::Shl,
        other => other,
    };
    let size_matters = PREFIXED.contains(&left.mnemonic());
    !size_matters
        && mnemonic(left) == mnemonic(right)
        && memory_size(left) == memory_size(right)
        && format(left) == format(right)
}

fn memory_size(instruction: &Instruction) -> Option<MemorySize> {
    instruction.op_kinds().any(|kind| kind == OpKind::Memory).then(|| instruction.memory_size())
}

/// Whether two instructions do the same, encoded differently: the same mnemonic, sizes and operands.
fn same_meaning(left: &Instruction, right: &Instruction) -> bool {
    let size = |instruction: &Instruction| {
        let info = instruction.op_code();
        (info.operand_size(), info.address_size(), memory_size(instruction))
    };
    left.mnemonic() == right.mnemonic()
        && size(left) == size(right)
        && left.op_count() == right.op_count()
        && (0..left.op_count()).all(|at| same_operand(left, right, at))
        && left.has_lock_prefix() == right.has_lock_prefix()
        && left.has_rep_prefix() == right.has_rep_prefix()
        && left.has_repne_prefix() == right.has_repne_prefix()
}

fn same_operand(left: &Instruction, right: &Instruction, at: u32) -> bool {
    match (left.op_kind(at), right.op_kind(at)) {
        (OpKind::Register, OpKind::Register) => left.op_register(at) == right.op_register(at),
        (OpKind::Memory, OpKind::Memory) => {
            left.memory_base() == right.memory_base()
                && left.memory_index() == right.memory_index()
                && left.memory_index_scale() == right.memory_index_scale()
                && left.memory_displacement64() == right.memory_displacement64()
                && left.segment_prefix() == right.segment_prefix()
        }
        (one, other) => match (left.try_immediate(at), right.try_immediate(at)) {
            // Whether an immediate is stored sign-extended shows only above the operand size.
            (Ok(one), Ok(other)) => {
                let bits = left.op_code().operand_size().clamp(8, 64);
                (one ^ other) << (64 - bits) == 0
            }
            _ => one == other && left.near_branch_target() == right.near_branch_target(),
        },
    }
}

/// Whether iced's own text gives another instruction in some width of code.
fn needs_help(code: Code) -> bool {
    [16, 32, 64].into_iter().filter(|&bits| code.op_code().is_available_in_mode(bits)).any(|bits| {
        instances(code, bits).iter().any(|instance| {
            let mut encoder = Encoder::new(bits);
            if encoder.encode(instance, IP).is_err() {
                return false;
            }
            let want = decode(bits, &encoder.take_buffer(), code);
            assemble(bits, &format(&want)).map_or(true, |got| decode(bits, &got, code) != want)
        })
    })
}

#[test]
fn no_form_gets_help_with_its_text_that_needs_none() {
    for (code, word) in SIZED {
        assert!(needs_help(code), "{word}");
    }
    for mnemonic in PREFIXED {
        let mut codes =
            Code::values().filter(|&code| code.mnemonic() == mnemonic && code.op_code().operand_size() != 0);
        assert!(codes.any(needs_help), "{mnemonic:?}");
    }
}

#[test]
fn every_form_survives_its_own_text() {
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    let mut passed = BTreeSet::new();
    let mut tried = 0;
    for code in Code::values().filter(|&code| covered(code)) {
        for bits in [16, 32, 64].into_iter().filter(|&bits| code.op_code().is_available_in_mode(bits)) {
            let mut encoder = Encoder::new(bits);
            let mut reached = false;
            for instance in instances(code, bits) {
                if code.op_code().ignores_segment() && instance.has_segment_prefix() {
                    continue;
                }
                if encoder.encode(&instance, IP).is_err() {
                    let _ = encoder.take_buffer();
                    continue;
                }
                let bytes = encoder.take_buffer();
                let want = decode(bits, &bytes, code);
                if want.code() != code {
                    continue;
                }
                reached = true;
                tried += 1;
                let text = text(&want);
                let result = match assemble(bits, &text) {
                    Err(error) => Err(error),
                    Ok(got) => {
                        let decoded = decode(bits, &got, code);
                        if decoded == want
                            || (got.len() <= bytes.len()
                                && (same_meaning(&decoded, &want) || same_text(&decoded, &want)))
                        {
                            Ok(())
                        } else {
                            Err(format!("{:?} {got:02x?}", decoded.code()))
                        }
                    }
                };
                if let Err(error) = result {
                    failed.entry(format!("{code:?}")).or_insert(format!("{bits} {bytes:02x?} `{text}` -> {error}"));
                }
            }
            if reached {
                passed.insert(format!("{code:?}"));
            } else {
                failed.entry(format!("{code:?}")).or_insert(format!("{bits}: no instance"));
            }
        }
    }
    let excused: BTreeSet<String> =
        NOT_NAMED.iter().flat_map(|(codes, _)| codes.iter()).map(|code| format!("{code:?}")).collect();
    let unexpected: Vec<String> = failed
        .iter()
        .filter(|(code, _)| !excused.contains(*code))
        .map(|(code, why)| format!("{code}: {why}"))
        .collect();
    let needless: Vec<&String> = excused.iter().filter(|code| !failed.contains_key(*code)).collect();
    assert!(unexpected.is_empty(), "{} of {tried} tries:\n{}", unexpected.len(), unexpected.join("\n"));
    assert!(needless.is_empty(), "these do round-trip and need no excuse: {needless:?}");
    assert!(passed.len() > 2000 && tried > 10_000, "only {} forms in {tried} tries", passed.len());
}
