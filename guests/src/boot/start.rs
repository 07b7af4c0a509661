//! The registers of a processor at its first instruction.

use x86::control::{Cr0, Cr4, Efer};
use x86::flags;
use x86::segment::{LIMIT_64K, kind, real_base, real_selector, system};

use super::descriptor::{busy_task, code, cpu_block, data};
use super::gate::{idt_base, idt_limit};
use super::tables::gdt;
use super::task::TASK_LIMIT;
use crate::map::{self, selector};
use crate::{Boot, Hypervisor, Mode, Segment, StartState, Table};

/// The registers of processor `cpu` (0 or 1) at its first instruction, at `rip`.
///
/// DS, ES and FS hold the DPL 3 data selector at every CPL, so that an IRET to CPL 3 leaves them usable. `far`: FS must reach 4
/// GiB in real mode, too. EFER.SVME is set for a `hypervisor` on AMD's processors; one on Intel's sets CR4.VMXE itself.
pub fn start(mode: Mode, boot: &Boot, cpu: usize, rip: u64, far: bool, hypervisor: Option<Hypervisor>) -> StartState {
    let svm = hypervisor == Some(Hypervisor::Svm);
    let idt = Table { base: idt_base(mode), limit: idt_limit(mode, boot) };
    let rsp = if cpu == 0 { map::MAIN_STACK.top() } else { map::PEER_STACK.top() };
    if mode == Mode::Real {
        return real(cpu, rip, rsp, idt, far);
    }
    let user = boot.user && cpu == 0;
    let user_data = Segment::loaded(selector::USER_DS, data(3));
    let (code, stack) = if user {
        (Segment::loaded(selector::USER_CS, code(mode, 3)), user_data)
    } else {
        (Segment::loaded(selector::KERNEL_CS, code(mode, 0)), Segment::loaded(selector::KERNEL_DS, data(0)))
    };
    let long = mode == Mode::Long;
    StartState {
        cs: code,
        ds: user_data,
        es: user_data,
        fs: user_data,
        gs: Segment::loaded(selector::CPU_GS, cpu_block(cpu)),
        ss: stack,
        tr: Segment::loaded(selector::TSS, busy_task(map::TSS[cpu] as u32, TASK_LIMIT)),
        ldt: Segment { unusable: true, ..Segment::default() },
        gdt: Table { base: map::GDT[cpu], limit: (gdt(mode, cpu).len() - 1) as u16 },
        idt,
        cr0: Cr0::new()
            .with_protection_enable(true)
            .with_extension_type(true)
            .with_numeric_error(true)
            .with_write_protect(true)
            .with_alignment_mask(true) // so that RFLAGS.AC means something at CPL 3
            .with_paging(true)
            .into_bits(),
        cr3: map::PAGE_TABLES.start,
        cr4: Cr4::new().with_page_size_extensions(!long).with_physical_address_extension(long).into_bits(),
        efer: Efer::new()
            .with_system_call(long)
            .with_long_mode_enable(long)
            .with_long_mode_active(long)
            .with_no_execute(long)
            .with_secure_virtual_machine(svm)
            .into_bits(),
        hsave: if svm { map::HOST_SAVE } else { 0 },
        hypervisor,
        rip,
        rsp,
        rflags: flags::FIXED,
    }
}

/// The start in real mode: as after reset, but with CS at 0, interrupts through a table at 0, and FS reaching 4 GiB if `far`.
///
/// FS is extended only if needed: a hypervisor that runs real mode as virtual-8086 mode (kvm_intel without unrestricted guest)
/// emulates every instruction while a segment is larger than 64 KiB.
fn real(cpu: usize, rip: u64, rsp: u64, idt: Table, far: bool) -> StartState {
    // In real mode the cached part of a segment register is 64 KiB, present and writable (AMD APM vol. 2, section
    // 14.1.3 "Processor Initialization State" lists the values).
    let plain = |selector: u16| Segment {
        selector,
        base: real_base(selector),
        limit: LIMIT_64K,
        kind: kind::FLAT_DATA,
        code_or_data: true,
        present: true,
        ..Segment::default()
    };
    StartState {
        cs: Segment { kind: kind::FLAT_CODE, ..plain(0) },
        ds: plain(0),
        es: plain(0),
        fs: if far { Segment { limit: u32::MAX, granular: true, ..plain(0) } } else { plain(0) },
        gs: plain(real_selector(map::CPU_BLOCK[cpu])),
        ss: plain(0),
        tr: Segment { limit: LIMIT_64K, kind: system::BUSY_TASK, present: true, ..Segment::default() },
        ldt: Segment { unusable: true, ..Segment::default() },
        gdt: Table { base: 0, limit: LIMIT_64K as u16 },
        idt,
        cr0: Cr0::new().with_extension_type(true).with_numeric_error(true).into_bits(),
        rip,
        rsp,
        rflags: flags::FIXED,
        ..StartState::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_mode_starts_with_these_registers() {
        let state = start(Mode::Long, &Boot::default(), 0, 0x2000, false, None);
        assert_eq!(state.cr0, 0x8005_0031);
        assert_eq!(state.cr3, 0x1_3000);
        assert_eq!(state.cr4, 0x20);
        assert_eq!(state.efer, 0xd01);
        assert_eq!(state.rflags, 2);
        assert_eq!((state.rip, state.rsp), (0x2000, 0x87c0));
        assert_eq!((state.cs.selector, state.cs.kind, state.cs.long, state.cs.big), (0x08, 11, true, false));
        assert_eq!((state.ss.selector, state.ss.dpl), (0x10, 0));
        assert_eq!((state.gs.selector, state.gs.base), (0x2b, 0x1040));
        assert_eq!((state.fs.base, state.fs.limit), (0, u32::MAX));
        assert_eq!((state.tr.selector, state.tr.base, state.tr.limit, state.tr.kind), (0x40, 0x1_0400, 0x85, 11));
        assert_eq!(state.gdt, Table { base: 0x1_0000, limit: 0x57 });
        assert_eq!(state.idt, Table { base: 0x1_1fd0, limit: 0x40f });
    }

    #[test]
    fn protected_mode_starts_with_these_registers() {
        let state = start(Mode::Protected, &Boot { user: true, ..Boot::default() }, 0, 0x2000, false, None);
        assert_eq!((state.cr0, state.cr4, state.efer), (0x8005_0031, 0x10, 0));
        assert_eq!((state.cs.selector, state.cs.dpl, state.cs.big, state.cs.long), (0x1b, 3, true, false));
        assert_eq!((state.ss.selector, state.ss.dpl), (0x23, 3));
        assert_eq!(state.gdt, Table { base: 0x1_0000, limit: 0x47 });
        assert_eq!(state.idt, Table { base: 0x1_1fe8, limit: 0x207 });
    }

    #[test]
    fn real_mode_has_plain_addresses() {
        let state = start(Mode::Real, &Boot::default(), 1, 0x2000, false, None);
        assert_eq!((state.cr0, state.cr4, state.efer), (0x30, 0, 0));
        assert_eq!((state.cs.selector, state.cs.base, state.cs.limit), (0, 0, 0xffff));
        assert_eq!((state.gs.selector, state.gs.base), (0x108, 0x1080));
        assert_eq!((state.fs.limit, state.fs.granular), (0xffff, false));
        let far = start(Mode::Real, &Boot::default(), 1, 0x2000, true, None).fs;
        assert_eq!((far.limit, far.granular), (u32::MAX, true));
        assert_eq!(state.idt, Table { base: 0, limit: 0x3ff });
        assert_eq!(state.rsp, 0xabc0);
    }

    #[test]
    fn only_the_first_processor_starts_at_cpl_3() {
        let boot = Boot { user: true, ..Boot::default() };
        assert_eq!(start(Mode::Long, &boot, 1, 0, false, None).cs.selector, 0x08);
    }
}
