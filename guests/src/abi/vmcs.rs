//! The words `vmcs`, `vmlaunch` and `vmresume`: one field of a guest hypervisor's VMCS, and entering L2.

use x86::vmcs::{self, Field};
use x86::vmx::{Interruptibility, Interruption, Pin, Processor, activity, interruption, pending_debug};

use super::parts::{self, Change};
use super::word_error::WordError;
use crate::{map, vector};

/// What `vmcs OPERANDS` expands to: `FIELD = VALUE`, or `FIELD +BIT -BIT ...`. Registers are kept.
pub(super) fn write(operands: &str) -> Result<Vec<String>, WordError> {
    let (name, rest) = parts::split(operands);
    let names = vmcs::NAMED.iter().map(|(known, _)| *known);
    let field = vmcs::named(name).ok_or_else(|| parts::no_field("VMCS", name, names))?;
    match parts::change("vmcs", (name, rest), &bits(field), |&mask| mask)? {
        Change::Value(value) => Ok(around(field, &[format!("mov rcx, {value}")])),
        Change::Bits(changes) => {
            let mut lines = vec![format!("mov eax, {:#x}", field.0), "vmread rcx, rax".to_owned()];
            lines.extend(changes.into_iter().map(|(sets, mask)| match sets {
                true => format!("or ecx, {mask:#x}"),
                false => format!("and ecx, {:#x}", !mask),
            }));
            Ok(around(field, &lines))
        }
    }
}

/// Lines that leave a value in RCX, with what writes it into a field.
fn around(field: Field, lines: &[String]) -> Vec<String> {
    let before = ["push rax", "push rcx"].map(str::to_owned);
    let after = [format!("mov eax, {:#x}", field.0), "vmwrite rax, rcx".into(), "pop rcx".into(), "pop rax".into()];
    before.into_iter().chain(lines.iter().cloned()).chain(after).collect()
}

/// The named bits of a field.
fn bits(field: Field) -> Vec<(String, u32)> {
    let named = |list: &[(&str, u32)]| list.iter().map(|&(name, bits)| (name.to_owned(), bits)).collect();
    let event =
        |kind: u8, vector: u8| Interruption::new().with_kind(kind).with_vector(vector).with_valid(true).into_bits();
    match field {
        vmcs::PIN => named(&Pin::NAMED),
        vmcs::PROCESSOR => named(&Processor::NAMED),
        vmcs::INTERRUPTIBILITY => named(&Interruptibility::NAMED),
        vmcs::ACTIVITY => named(&activity::NAMED),
        vmcs::PENDING_DEBUG => named(&pending_debug::NAMED),
        vmcs::EXCEPTIONS => parts::exceptions().collect(),
        vmcs::INJECT => named(&[
            ("NMI", event(interruption::NMI, vector::NMI)),
            ("EXTERNAL", event(interruption::EXTERNAL, 0)),
            ("EXCEPTION", event(interruption::EXCEPTION, 0)),
            ("SOFTWARE", event(interruption::SOFTWARE, 0)),
            ("ERROR_CODE", Interruption::new().with_has_error_code(true).into_bits()),
            ("BIT_12", Interruption::new().with_unblocking(true).into_bits()),
        ]),
        _ => Vec::new(),
    }
}

/// Lines that enter L2: `instruction` is VMLAUNCH or VMRESUME. After an exit L1 continues at the next statement, with the stack
/// that it has here. Only a VMfail reaches the line after the instruction, which records it without changing a flag.
pub(super) fn enter(instruction: &str) -> Vec<String> {
    let failed = map::VMX_FAILED;
    format!(
        "push rax
push rcx
lea rcx, [rsp + 16]
mov eax, {rsp:#x}
vmwrite rax, rcx
mov rcx, .next
mov eax, {rip:#x}
vmwrite rax, rcx
mov dword [{failed:#x}], 0
pop rcx
pop rax
{instruction}
mov dword [{failed:#x}], 1
.next:",
        rsp = vmcs::HOST_RSP.0,
        rip = vmcs::HOST_RIP.0,
    )
    .lines()
    .map(str::to_owned)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(operands: &str) -> Vec<String> {
        let lines = write(operands).expect("it is right");
        assert_eq!((lines[0].as_str(), lines[1].as_str()), ("push rax", "push rcx"));
        lines[2..lines.len() - 2].to_vec()
    }

    #[test]
    fn a_value_is_written_whole() {
        assert_eq!(inside("rip = second"), ["mov rcx, second", "mov eax, 0x681e", "vmwrite rax, rcx"]);
        assert_eq!(inside("inject=NMI | BIT_12")[0], "mov rcx, 0x80000202 | 0x1000");
        assert_eq!(inside("activity = HLT")[0], "mov rcx, 0x1");
    }

    #[test]
    fn bits_are_read_changed_and_written() {
        let lines = ["mov eax, 0x4000", "vmread rcx, rax", "or ecx, 0x8", "and ecx, 0xffffffdf", "mov eax, 0x4000"];
        assert_eq!(inside("pin +NMI_EXITING -VIRTUAL_NMIS")[..5], lines);
        assert_eq!(inside("exceptions +NP")[2], "or ecx, 0x800");
        assert_eq!(inside("processor +NMI_WINDOW")[2], "or ecx, 0x400000");
    }

    #[test]
    fn bad_operands_get_an_answer() {
        let bad =
            ["", "rip", "rip =", "rpi = 3", "rip +NMI", "pin", "pin NMI_EXITING", "pin +NMI_EXITNG", "int_ctl +V_NMI"];
        let errors: Vec<String> = bad.iter().map(|operands| write(operands).expect_err(operands).to_string()).collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
