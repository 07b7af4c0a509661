//! Text of the routines that every image contains.
//!
//! Their names start with `__`. What they need of the case is a stack with some room below RSP, and DS and SS that
//! reach the ring; GS must hold the processor's block.

use x86::svm::{Field, field};

use super::layout::{COMMITTED, CPU, RFLAGS, RSP, SITE, SLOTS, STACK, TAG};
use super::{icr, vmx};
use crate::boot::HANDLED;
use crate::map::{self, RECORD_SIZE, RING, RING_HEAD, RING_RECORDS, SMBASE, port};
use crate::{Hypervisor, Mode, RaiseBy, vector};

/// The routine that writes a record.
pub(super) const MARK: &str = "__mark";
/// The same for a guest hypervisor, with what the last exit left.
pub(super) const MARK_EXIT: &str = "__mark_exit";
/// The same for SMM code.
pub(super) const MARK_SMM: &str = "__mark_smm";
/// Where `done` ends up.
pub(super) const PARK: &str = "__park";
/// The same for SMM code.
pub(super) const PARK_SMM: &str = "__park_smm";
/// The default handlers.
pub(super) const DEFAULTS: &str = "__defaults";
/// The program of a second processor that only sends.
pub(crate) const SENDER: &str = "__sender";

/// `log2` of a record's size, to make a slot's number an offset.
const RECORD_SHIFT: u32 = RECORD_SIZE.trailing_zeros();

/// `__mark`: appends a record, for the tag that the caller pushed, and removes the tag from the stack.
///
/// Safe against an NMI at every instruction, and against another processor, because the only thing shared is the
/// ring's head, and it is moved by one locked XADD: whoever executes it owns the slot it got, so an NMI's own marks take
/// later slots and never touch this one. Everything else lives in registers, which an NMI's handler restores, and on
/// the stack, where the handler works below RSP. The byte that commits the record is written last, so a handler that
/// never returns leaves a record that says so. No flag is lost: nothing changes RFLAGS before PUSHF saves them, and
/// nothing after POPF does. A full ring still counts, and nothing is written.
pub(super) fn mark(bits: u32) -> String {
    match bits {
        16 => mark16(false),
        32 => mark_wide(4, "e", ("pushfd", "popfd"), &stack_slots(4, "e")),
        _ => mark_wide(8, "r", LONG_FLAGS, &stack_slots(8, "r")),
    }
}

const LONG_FLAGS: (&str, &str) = ("pushfq", "popfq");

/// `__mark_exit`: [`mark`] in long mode, with fields of the VMCB or the VMCS in place of the stack.
pub(super) fn mark_exit(hypervisor: Hypervisor) -> String {
    let copies = match hypervisor {
        Hypervisor::Svm => vmcb_slots(),
        Hypervisor::Vmx => vmx::exit_slots(),
    };
    mark_wide(8, "r", LONG_FLAGS, &copies)
}

/// Copies fields of the VMCB.
fn vmcb_slots() -> String {
    let read = |register: &str, field: Field| format!("mov {register}, [{:#x}]\n", map::VMCB + u64::from(field.offset));
    let slot = |index: u64| STACK + 8 * index;
    let whole = |(index, field)| format!("{}mov [rax + {}], rdx\n", read("rdx", field), slot(index));
    let half = |(at, field)| format!("{}mov [rax + {at}], edx\n", read("edx", field));
    let fields =
        [(0, field::EXITCODE), (1, field::EXITINTINFO), (2, field::RIP), (4, field::NRIP), (5, field::EVENTINJ)];
    let halves = [(slot(3), field::INT_CTL), (slot(3) + 4, field::SHADOW)];
    fields.map(whole).into_iter().chain(halves.map(half)).collect()
}

/// Copies the stack slots that lay at RSP, with registers that start with `r`.
fn stack_slots(slot: usize, r: &str) -> String {
    let copy = |index: usize| {
        let (from, to) = (6 * slot + index * slot, STACK as usize + 8 * index);
        format!("mov {r}dx, [{r}sp + {from}]\nmov [{r}ax + {to}], {r}dx\n")
    };
    (0..SLOTS).map(copy).collect()
}

/// `__mark_smm`: [`mark`] for SMM, always processor 0's, because SMM entry loads GS with base 0 (Intel SDM vol. 3, section
/// "SMI Handler Execution Environment"). DS and SS have base 0 there, and the stack is the interrupted one.
///
/// Safe against NMIs as [`mark`] is; NMIs are blocked in SMM unless its code executes an IRET, and then the slot is
/// owned all the same. An SMI between two instructions of [`mark`] takes a later slot like an NMI.
pub(super) fn mark_smm() -> String {
    mark16(true)
}

/// The routine for 32 and 64 bits: slots of `slot` bytes, registers that start with `r`; `copies` fills the record's slots
/// through RDX and RCX.
fn mark_wide(slot: usize, r: &str, (save_flags, restore_flags): (&str, &str), copies: &str) -> String {
    // From RSP upwards: DX, CX, AX, flags, return address, tag; then what lay at RSP before.
    let (flags, site, tag, before) = (3 * slot, 4 * slot, 5 * slot, 6 * slot);
    format!(
        "{save_flags}
push {r}ax
push {r}cx
push {r}dx
mov eax, 1
lock xadd [{RING_HEAD}], eax
cmp eax, {RING_RECORDS}
jae .full
shl eax, {RECORD_SHIFT}
add eax, {ring}
mov ecx, [{r}sp + {tag}]
mov [{r}ax + {TAG}], cx
mov ecx, [{r}sp + {site}]
mov [{r}ax + {SITE}], ecx
mov edx, [gs:0]
mov [{r}ax + {CPU}], dl
lea {r}dx, [{r}sp + {before}]
mov [{r}ax + {RSP}], {r}dx
mov {r}dx, [{r}sp + {flags}]
mov [{r}ax + {RFLAGS}], {r}dx
test byte [{r}ax + {TAG} + 1], 30h
jz .commit
{copies}.commit:
mov byte [{r}ax + {COMMITTED}], 1
.full:
pop {r}dx
pop {r}cx
pop {r}ax
{restore_flags}
ret {slot}
",
        ring = RING.start
    )
}

/// The routine for 16 bits. The ring lies below 64 KiB, so 16-bit addresses reach it; BX and BP are the registers
/// such addresses can use.
fn mark16(smm: bool) -> String {
    let own = if smm {
        // Offsets in SMM code are relative to SMBASE, a multiple of 64 KiB.
        format!("mov word [bx + {SITE} + 2], {:#x}\n", SMBASE >> 16)
    } else {
        format!("mov al, [gs:0]\nmov [bx + {CPU}], al\n")
    };
    let mut copies = String::new();
    for index in 0..SLOTS {
        copies += &format!("mov ax, [bp + {}]\n", 8 + 2 * index);
        copies += &format!("mov [bx + {}], ax\n", STACK as usize + 8 * index);
    }
    // From BP upwards: BP, flags, return address, tag; then what lay at SP before.
    format!(
        "pushf
push bp
mov bp, sp
push eax
push bx
push cx
mov eax, 1
lock xadd [{RING_HEAD}], eax
cmp eax, {RING_RECORDS}
jae .full
shl ax, {RECORD_SHIFT}
add ax, {ring}
mov bx, ax
mov cx, [bp + 6]
mov [bx + {TAG}], cx
mov ax, [bp + 4]
mov [bx + {SITE}], ax
{own}lea ax, [bp + 8]
mov [bx + {RSP}], ax
mov ax, [bp + 2]
mov [bx + {RFLAGS}], ax
test ch, 30h
jz .commit
{copies}.commit:
mov byte [bx + {COMMITTED}], 1
.full:
pop cx
pop bx
pop eax
pop bp
popf
ret 2
",
        ring = RING.start
    )
}

/// `__park`: says again that this processor is done. There is no HLT, which CPL 3 must not execute.
///
/// Safe against NMIs because it holds no state.
pub(super) fn park() -> String {
    format!(".again:\nout {}, al\njmp .again\n", port::DONE)
}

/// `__sender`: the second processor's program where the path needs one: says it is ready, sends the first processor
/// an NMI by an interprocessor interrupt, starts over.
///
/// Nobody sends NMIs to it.
pub(super) fn sender(bits: u32, by: RaiseBy) -> String {
    let by = if by == RaiseBy::X2Apic { by } else { RaiseBy::XApic };
    format!(".again:\nout {}, al\n{}\njmp .again\n", port::SEND, icr::send_nmi(bits, by, 0).join("\n"))
}

/// `push` with the width of a stack slot spelled out, so that no shorter form with another width is chosen.
pub(super) fn push(bits: u32, value: u64) -> String {
    let size = match bits {
        16 => "word",
        32 => "dword",
        _ => "qword",
    };
    format!("push {size} {value:#x}")
}

/// Name of the default handler of `vector`.
pub(crate) fn default_handler(vector: u8) -> String {
    format!("__default_{vector:02x}")
}

/// Where real mode sends vectors that have no handler of their own; reports vector FFh.
pub(crate) const OTHER: &str = "__default_other";

/// `__defaults`: the default handler of every vector: pushes a zero where the processor pushed no error code, pushes
/// the vector, and exits. The host reads vector, error code and frame from the stack.
///
/// An NMI between its pushes returns to the next of them; the exit is repeated for good, so the case ends there.
pub(super) fn defaults(mode: Mode) -> String {
    let push = |value: u8| push(mode.bits(), value.into());
    let mut text = String::new();
    for vector in HANDLED {
        text += &format!("{}:\n", default_handler(vector));
        if mode == Mode::Real || !vector::pushes_error_code(vector) {
            text += &format!("{}\n", push(0));
        }
        text += &format!("{}\njmp __fault\n", push(vector));
    }
    text += &format!("{OTHER}:\n{}\n{}\n", push(0), push(u8::MAX));
    text += &format!("__fault:\nout {}, al\njmp __fault\n", port::FAULT);
    text
}
