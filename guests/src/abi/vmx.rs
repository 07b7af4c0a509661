//! Text of the routines of a guest hypervisor on Intel's processors.

use x86::control::CR4_VMXE;
use x86::flags::FIXED;
use x86::vmcs::{self, Field};
use x86::vmx::{Basic, FEATURE_CONTROL_LOCKED, FEATURE_CONTROL_VMX, REVISION, TRUE_CONTROLS};
use x86::{control, msr};

use super::layout::{OF_VMCS, STACK, TAG};
use crate::map::{self, port};

/// Where the first processor starts: the routine enters VMX operation and fills the VMCS from the table in memory.
pub(crate) const START: &str = "__vmx_start";

/// `__vmx_start`: what the firmware, VMXON, VMCLEAR, VMPTRLD and a VMWRITE for each entry of the table do (Intel SDM vol. 3,
/// 31.5 "VMM Setup & Tear Down" and 31.6 "Preparation and Launching a Virtual Machine"); then `main`, with registers and flags
/// as any guest has them.
///
/// No NMI is raised before `main` begins. What fails ends the guest as a fault of vector FFh, with the VM-instruction error as
/// its code.
pub(super) fn start() -> String {
    // The bit of IA32_VMX_BASIC as RDMSR has it in EDX.
    let true_controls = Basic::new().with_true_controls(true).into_bits() >> 32;
    format!(
        "mov ecx, {feature_control:#x}
rdmsr
test eax, {FEATURE_CONTROL_LOCKED:#x}
jnz .locked
mov eax, {allowed:#x}
mov edx, 0
wrmsr
.locked:
mov rax, cr4
or rax, {CR4_VMXE:#x}
mov cr4, rax
mov ecx, {basic:#x}
rdmsr
and eax, {REVISION:#x}
mov [{vmxon:#x}], eax
mov [{region:#x}], eax
mov ebx, 0
test edx, {true_controls:#x}
jz .regions
mov ebx, {TRUE_CONTROLS:#x}
.regions:
mov qword [{pointer:#x}], {vmxon:#x}
vmxon qword [{pointer:#x}]
jbe .failed
mov qword [{pointer:#x}], {region:#x}
vmclear qword [{pointer:#x}]
jbe .failed
vmptrld qword [{pointer:#x}]
jbe .failed
mov esi, {table:#x}
.field:
mov edi, [rsi]
test edi, edi
jz .done
mov rbp, [rsi + 8]
mov ecx, [rsi + 4]
test ecx, ecx
jz .write
add ecx, ebx
rdmsr
or ebp, eax
and ebp, edx
.write:
vmwrite rdi, rbp
jbe .failed
add esi, {entry}
jmp .field
.done:
mov eax, 0
mov ecx, 0
mov edx, 0
mov ebx, 0
mov ebp, 0
mov esi, 0
mov edi, 0
push {FIXED}
popfq
jmp [{main:#x}]
.failed:
mov ecx, {error:#x}
vmread rax, rcx
push rax
push 0ffh
.again:
out {fault:#x}, al
jmp .again
",
        feature_control = msr::FEATURE_CONTROL,
        allowed = FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX,
        basic = msr::VMX_BASIC,
        vmxon = map::VMXON,
        region = map::VMCS,
        pointer = map::VMX_POINTER,
        table = map::VMCS_FIELDS.start,
        entry = map::VMCS_FIELD_SIZE,
        main = map::VMX_MAIN,
        error = vmcs::INSTRUCTION_ERROR.0,
        fault = port::FAULT,
    )
}

/// Fills the slots of a record of an exit, most from two fields: bits 31:0 and bits 63:32. The flag of a VMfail is in memory.
pub(super) fn exit_slots() -> String {
    let slot = |index: u64| STACK + 8 * index;
    let read = |at: u64, field: Field, register: &str| {
        format!("mov ecx, {:#x}\nvmread rdx, rcx\nmov [rax + {at}], {register}\n", field.0)
    };
    let half = |at: u64, field: Field| read(at, field, "edx");
    let whole = |at: u64, field: Field| read(at, field, "rdx");
    [
        format!("or byte [rax + {}], {:#x}\n", TAG + 1, OF_VMCS >> 8),
        half(slot(0), vmcs::REASON),
        format!("mov edx, [{:#x}]\nmov [rax + {}], edx\n", map::VMX_FAILED, slot(0) + 4),
        whole(slot(1), vmcs::GUEST_RIP),
        half(slot(2), vmcs::INTERRUPTIBILITY),
        half(slot(2) + 4, vmcs::ACTIVITY),
        half(slot(3), vmcs::EXIT_INTERRUPTION),
        half(slot(3) + 4, vmcs::IDT_VECTORING),
        whole(slot(4), vmcs::QUALIFICATION),
        half(slot(5), vmcs::INJECT),
        half(slot(5) + 4, vmcs::INSTRUCTION_ERROR),
    ]
    .concat()
}

const _: () = assert!(control::CR4_VMXE <= u32::MAX as u64);
