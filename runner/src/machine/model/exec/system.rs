//! Control and debug registers, the IDT, entry to SMM and back, and the performance counter.

use guests::Table;
use iced_x86::{Instruction, Register};
use x86::apic::{cr8, task_priority};
use x86::control::{CR0_EM, CR0_ET, CR0_PE, CR0_PG, CR0_TS, EFER_LMA, EFER_LME};
use x86::debug::{self, DR6_RESET, DR6_WRITABLE, DR7_RESET};
use x86::flags::FIXED;
use x86::register::CS;
use x86::segment::{TABLE_BASE_16, kind, real_selector};

use super::super::chips::{self, Ipi, NMI, Shorthand};
use super::super::cpu::{Core, Fault, Run, SmmSave, flat};
use super::Done;

impl Core<'_> {
    /// MOV to and from control and debug registers.
    pub(super) fn mov_control(&mut self, target: Register, source: Register) -> Run<()> {
        self.privileged()?;
        if source.is_cr() {
            let regs = &self.cpu.regs;
            let value = match source {
                Register::CR0 => regs.cr0,
                Register::CR2 => regs.cr2,
                Register::CR3 => regs.cr3,
                Register::CR4 => regs.cr4,
                Register::CR8 => cr8(self.cpu.lapic.tpr),
                _ => return Err(Fault::UNDEFINED.into()),
            };
            self.set_register(target, value);
        } else if source.is_dr() {
            let value = self.cpu.regs.dr[debug_register(source)];
            self.set_register(target, value);
        } else if target.is_dr() {
            let value = self.register(source);
            self.cpu.regs.dr[debug_register(target)] = match target {
                Register::DR6 => value & DR6_WRITABLE | DR6_RESET,
                Register::DR7 => value & u64::from(u32::MAX) | DR7_RESET,
                _ => value,
            };
        } else {
            let value = self.register(source);
            self.set_control(target, value)?;
        }
        Ok(())
    }

    /// Sets CR0, CR2, CR3, CR4 or CR8.
    fn set_control(&mut self, register: Register, value: u64) -> Run<()> {
        let regs = &mut self.cpu.regs;
        match register {
            Register::CR0 => {
                if value & CR0_PG != 0 && value & CR0_PE == 0 {
                    return Err(Fault::protection(0).into());
                }
                let long = value & CR0_PG != 0 && regs.efer & EFER_LME != 0;
                regs.efer = if long { regs.efer | EFER_LMA } else { regs.efer & !EFER_LMA };
                if value & CR0_PE == 0 {
                    regs.cpl = 0;
                }
                regs.cr0 = value & u64::from(u32::MAX) | CR0_ET;
            }
            Register::CR2 => regs.cr2 = value,
            Register::CR3 => regs.cr3 = value,
            Register::CR4 => regs.cr4 = value,
            Register::CR8 => self.cpu.lapic.tpr = task_priority(value),
            _ => return Err(Fault::UNDEFINED.into()),
        }
        Ok(())
    }

    /// LIDT.
    pub(super) fn load_idt(&mut self, i: &Instruction) -> Run<()> {
        self.privileged()?;
        let (segment, offset) = self.address(i);
        let limit = self.read(segment, offset, 2)? as u16;
        let size = if self.cpu.regs.code64() { 8 } else { 4 };
        let mut base = self.read(segment, offset.wrapping_add(2), size)?;
        if matches!(i.memory_size(), iced_x86::MemorySize::Fword6) && i.code().op_code().operand_size() == 16 {
            base &= TABLE_BASE_16;
        }
        self.cpu.regs.idtr = Table { base, limit };
        Ok(())
    }

    /// SIDT.
    pub(super) fn store_idt(&mut self, i: &Instruction) -> Run<()> {
        let table = self.cpu.regs.idtr;
        let (segment, offset) = self.address(i);
        self.write(segment, offset, 2, table.limit.into())?;
        let size = if self.cpu.regs.code64() { 8 } else { 4 };
        self.write(segment, offset.wrapping_add(2), size, table.base)
    }

    /// An SMI is taken: the state is saved and SMM begins at SMBASE + 8000h (Intel SDM vol. 3, section 34.3.1 "Entering
    /// SMM" and Table 34-4 "Processor Register Initialization in SMM"; AMD APM vol. 2, section 10.3.2 "SMM
    /// Operating-Environment").
    pub(super) fn enter_smm(&mut self) {
        let cpu = &mut *self.cpu;
        let inside_nmi = cpu.nmi.blocked;
        cpu.nmi.blocked |= cpu.rules.smm_entry_blocks();
        let (trap, watched) = (std::mem::take(&mut cpu.trap), std::mem::take(&mut cpu.watched));
        let kept = cpu.rules.smi_leaves_the_trap();
        cpu.smm = Some(Box::new(SmmSave {
            regs: cpu.regs,
            halted: cpu.halted,
            trap: trap && kept,
            watched: if kept { watched } else { 0 },
            inside_nmi,
            guest: cpu.svm.guest.take(),
        }));
        cpu.halted = false;
        let regs = &mut cpu.regs;
        for segment in &mut regs.segments {
            *segment = guests::Segment { big: false, ..flat(0, 0, false) };
        }
        regs.segments[CS] = guests::Segment {
            base: guests::map::SMBASE,
            big: false,
            long: false,
            ..flat(real_selector(guests::map::SMBASE), 0, true)
        };
        regs.segments[CS].kind = kind::FLAT_DATA;
        regs.rip = guests::map::SMM_ENTRY - guests::map::SMBASE;
        regs.rflags = FIXED;
        regs.cr0 &= !(CR0_PE | CR0_EM | CR0_TS | CR0_PG);
        regs.cr4 = 0;
        regs.efer = 0;
        regs.dr[7] = DR7_RESET;
        // Neither manual gives the handler a usable table; KVM clears it.
        regs.idtr = Table { base: 0, limit: 0 };
        regs.cpl = 0;
        (regs.shadow, regs.shadow_left) = (spec::Shadow::None, 0);
        regs.between_iterations = false;
    }

    /// RSM: back to the interrupted program (Intel SDM vol. 3, section 34.3.2 "Exiting From SMM").
    pub(super) fn leave_smm(&mut self) -> Run<Done> {
        let Some(save) = self.cpu.smm.take() else { return Err(Fault::UNDEFINED.into()) };
        let Core { cpu, choices, .. } = self;
        cpu.regs = save.regs;
        cpu.regs.shadow = cpu.rules.shadow_after_smm(cpu.regs.shadow);
        cpu.halted = save.halted && cpu.rules.smm_exit_restarts_halt();
        (cpu.trap, cpu.watched) = (save.trap, save.watched);
        cpu.svm.guest = save.guest;
        let latched = cpu.nmi.pending > 0 || cpu.queue.queued > 0;
        let blocked = cpu.rules.blocked_after_smm(cpu.vendor, save.inside_nmi, cpu.nmi.blocked, latched);
        cpu.nmi.blocked = choices.choose(blocked, cpu.nmi.blocked);
        cpu.nmi.pending = cpu.rules.held_after_smm(cpu.nmi.pending);
        Ok(Done::Rsm)
    }

    /// The performance counter overflowed: delivers what LVTPC says.
    pub(super) fn counter_overflows(&mut self) {
        let cpu = &mut *self.cpu;
        let masks = cpu.rules.counter_entry_is_masked(cpu.vendor);
        let fired = cpu.lapic.counter_fires(cpu.rules.masked_counter_entry_sends(), masks);
        match fired {
            Some((mode @ NMI, vector)) if cpu.id != 0 && !cpu.rules.counter_interrupts_its_processor() => {
                let from = cpu.id;
                self.bus.sent.push(Ipi {
                    from,
                    mode,
                    vector,
                    shorthand: Shorthand::None,
                    logical: false,
                    level_triggered: false,
                    destination: 0,
                });
            }
            Some((NMI, vector)) => {
                cpu.counter_nmi = cpu.in_l2();
                cpu.arrive_at_apic(vector, 1);
            }
            Some((chips::FIXED, vector)) => cpu.accept(vector),
            _ => {}
        }
    }
}

fn debug_register(register: Register) -> usize {
    debug::register(register.number() & 7)
}
