//! Checks of the assembled routines, instruction by instruction.

use iced_x86::{Decoder, DecoderOptions, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, Register};

use super::routines::{mark, mark_exit, mark_smm};
use crate::Hypervisor;
use crate::asm::{NoPseudo, Region, Unit, assemble};

fn routine(bits: u32, text: &str) -> Vec<Instruction> {
    let region = Region { start: 0x2000, end: 0x3000, base: 0, bits, units: vec![Unit { name: "__mark", text }] };
    let assembled = assemble(&[region], &[], &mut NoPseudo).expect("the routine assembles");
    let bytes: Vec<u8> = assembled.lines.into_iter().flat_map(|line| line.bytes).collect();
    Decoder::with_ip(bits, &bytes, 0x2000, DecoderOptions::NONE).into_iter().collect()
}

fn variants() -> [Vec<Instruction>; 6] {
    let long = |text: &str| routine(64, text);
    [
        routine(16, &mark(16)),
        routine(32, &mark(32)),
        long(&mark(64)),
        long(&mark_exit(Hypervisor::Svm)),
        long(&mark_exit(Hypervisor::Vmx)),
        routine(16, &mark_smm()),
    ]
}

/// The registers of a PUSH or POP, widest first (AX and EAX both read as RAX).
fn stacked(instructions: &[Instruction], mnemonic: Mnemonic) -> Vec<Register> {
    instructions.iter().filter(|one| one.mnemonic() == mnemonic).map(Instruction::op0_register).collect()
}

fn saves_flags(mnemonic: Mnemonic) -> bool {
    matches!(mnemonic, Mnemonic::Pushf | Mnemonic::Pushfd | Mnemonic::Pushfq)
}

fn restores_flags(mnemonic: Mnemonic) -> bool {
    matches!(mnemonic, Mnemonic::Popf | Mnemonic::Popfd | Mnemonic::Popfq)
}

#[test]
fn flags_are_saved_first_and_restored_last() {
    for code in variants() {
        assert!(saves_flags(code[0].mnemonic()), "{}", code[0]);
        let [.., restore, last] = code.as_slice() else { panic!("too short") };
        assert!(restores_flags(restore.mnemonic()), "{restore}");
        assert_eq!(last.mnemonic(), Mnemonic::Ret);
        assert_eq!(last.immediate(0), code[0].stack_pointer_increment().unsigned_abs().into(), "the tag goes too");
        assert_eq!(code.iter().filter(|one| one.mnemonic() == Mnemonic::Ret).count(), 1);
    }
}

#[test]
fn every_register_it_writes_is_saved_in_full_and_restored_in_reverse() {
    let mut factory = InstructionInfoFactory::new();
    for code in variants() {
        let pushed = stacked(&code, Mnemonic::Push);
        let popped: Vec<Register> = stacked(&code, Mnemonic::Pop).into_iter().rev().collect();
        assert_eq!(pushed, popped);
        for one in &code {
            for used in factory.info(one).used_registers() {
                let (register, access) = (used.register(), used.access());
                let writes = !matches!(access, OpAccess::Read | OpAccess::CondRead);
                if !writes || register.full_register() == Register::RSP || one.mnemonic() == Mnemonic::Pop {
                    continue;
                }
                let saved = pushed
                    .iter()
                    .any(|saved| saved.full_register() == register.full_register() && saved.size() >= register.size());
                assert!(saved, "{one} writes {register:?}");
            }
        }
    }
}

#[test]
fn a_slot_is_reserved_by_one_locked_instruction_and_committed_last() {
    for code in variants() {
        let locked: Vec<&Instruction> = code.iter().filter(|one| one.has_lock_prefix()).collect();
        assert_eq!(locked.len(), 1);
        assert_eq!(locked[0].mnemonic(), Mnemonic::Xadd);
        assert_eq!(locked[0].memory_displacement64(), 0x1000);
        let writes = |one: &&Instruction| one.mnemonic() == Mnemonic::Mov && one.op0_kind() == iced_x86::OpKind::Memory;
        let last = code.iter().rfind(writes).expect("it writes");
        assert_eq!((last.memory_displacement64(), last.immediate(1)), (3, 1), "{last}");
    }
}

#[test]
fn nothing_depends_on_the_direction_flag_or_the_privilege_level() {
    for code in variants() {
        for one in &code {
            // A VMCS is read by a hypervisor, at CPL 0.
            let privileged = one.is_privileged() && one.mnemonic() != Mnemonic::Vmread;
            assert!(!one.is_string_instruction() && !privileged, "{one}");
        }
    }
}
