//! RDMSR and WRMSR: the registers that guests of the suite use.

use x86::apic::{ApicBase, Icr, register};
use x86::control::{EFER_LMA, EFER_LME, EFER_NXE, EFER_SCE, EFER_SVME};
use x86::msr::{self, APIC_BASE, EFER, X2APIC};
use x86::paging::{PAGE, is_canonical};
use x86::register::{FS, GS};

use super::super::cpu::{Core, Fault, Run};
use crate::terms::Vendor;

const X2APIC_ICR: u32 = msr::x2apic(register::ICR);
const X2APIC_ID: u32 = msr::x2apic(register::ID);
const X2APIC_VERSION: u32 = msr::x2apic(register::VERSION);
const X2APIC_PPR: u32 = msr::x2apic(register::PPR);
const X2APIC_LDR: u32 = msr::x2apic(register::LDR);
const X2APIC_SELF_IPI: u32 = msr::x2apic(register::SELF_IPI);
/// Bits 63:32 of the command register, which has them in one MSR.
const X2APIC_ICR_HIGH: u32 = msr::x2apic(register::ICR_HIGH);

impl Core<'_> {
    /// RDMSR.
    pub(super) fn read_msr(&mut self, number: u32) -> Run<u64> {
        if let Some(value) = self.read_vmx_msr(number) {
            return Ok(value);
        }
        if let Some(kept) = self.kept(number) {
            return Ok(*kept);
        }
        let cpu = &*self.cpu;
        Ok(match (cpu.vendor, number) {
            (_, msr::TSC) => cpu.retired,
            (_, APIC_BASE) => cpu.lapic.base,
            (_, EFER) => cpu.regs.efer,
            (vendor, _) if is_counter(vendor, number) => cpu.pmu.counter,
            (Vendor::Intel, msr::PERF_GLOBAL_STATUS) => cpu.pmu.status,
            (Vendor::Intel, msr::PERF_GLOBAL_OVF_CTRL) | (Vendor::Amd, msr::VM_CR) => 0,
            (_, X2APIC_ICR) if cpu.lapic.x2apic() => cpu.lapic.icr(),
            _ if X2APIC.contains(&number) && cpu.lapic.x2apic() => cpu.lapic.read(msr::apic_offset(number)).into(),
            _ => return Err(Fault::protection(0).into()),
        })
    }

    /// WRMSR.
    pub(super) fn write_msr(&mut self, number: u32, value: u64) -> Run<()> {
        if let Some(written) = self.write_vmx_msr(number, value) {
            return written;
        }
        let vendor = self.cpu.vendor;
        let intel = vendor == Vendor::Intel;
        if X2APIC.contains(&number) {
            return self.write_x2apic(number, value);
        }
        // Intel SDM vol. 2, "WRMSR - Write to Model Specific Register". AMD's SYSENTER has no more than 32 bits.
        let valid = match number {
            msr::LSTAR | msr::CSTAR | msr::FS_BASE..=msr::KERNEL_GS_BASE => is_canonical(value),
            msr::SYSENTER_CS..=msr::SYSENTER_EIP => !intel || number == msr::SYSENTER_CS || is_canonical(value),
            msr::VM_HSAVE_PA => value.is_multiple_of(PAGE),
            _ => true,
        };
        if !valid {
            return Err(Fault::protection(0).into());
        }
        if let Some(kept) = self.kept(number) {
            *kept = value;
            return Ok(());
        }
        let cpu = &mut *self.cpu;
        match (vendor, number) {
            (_, msr::TSC) => {}
            (_, APIC_BASE) => {
                // From x2APIC mode the only ways out are through "disabled".
                let mode = ApicBase::from_bits(value);
                let forbidden =
                    !mode.x2apic() && mode.enabled() && cpu.lapic.x2apic() || mode.x2apic() && !mode.enabled();
                if forbidden {
                    return Err(Fault::protection(0).into());
                }
                cpu.lapic.base = value;
            }
            (_, EFER) => {
                let regs = &mut cpu.regs;
                let known = EFER_SCE | EFER_LME | EFER_NXE | if intel { 0 } else { EFER_SVME };
                let changes_lme = (value ^ regs.efer) & EFER_LME != 0 && regs.paging();
                if value & !(known | EFER_LMA) != 0 || changes_lme {
                    return Err(Fault::protection(0).into());
                }
                regs.efer = value & known | regs.efer & EFER_LMA;
            }
            // Intel's legacy address sign-extends 32 bits.
            (Vendor::Intel, msr::PMC0) => cpu.pmu.set_counter(value as i32 as i64 as u64),
            _ if is_counter(vendor, number) => cpu.pmu.set_counter(value),
            (Vendor::Intel, msr::PERF_GLOBAL_OVF_CTRL) => cpu.pmu.status &= !value,
            _ => return Err(Fault::protection(0).into()),
        }
        Ok(())
    }

    /// A register that reads as what was written last.
    fn kept(&mut self, number: u32) -> Option<&mut u64> {
        let cpu = &mut *self.cpu;
        let (regs, pmu) = (&mut cpu.regs, &mut cpu.pmu);
        Some(match (cpu.vendor, number) {
            (_, msr::STAR) => &mut regs.star,
            (_, msr::LSTAR) => &mut regs.lstar,
            (_, msr::CSTAR) => &mut regs.cstar,
            (_, msr::SFMASK) => &mut regs.sfmask,
            (_, msr::FS_BASE) => &mut regs.segments[FS].base,
            (_, msr::GS_BASE) => &mut regs.segments[GS].base,
            (_, msr::KERNEL_GS_BASE) => &mut regs.kernel_gs_base,
            (_, msr::TSC_AUX) => &mut regs.tsc_aux,
            (_, msr::SYSENTER_CS..=msr::SYSENTER_EIP) => &mut regs.sysenter[(number - msr::SYSENTER_CS) as usize],
            (Vendor::Amd, msr::VM_HSAVE_PA) => &mut cpu.svm.hsave,
            (Vendor::Amd, msr::AMD_PERF_EVT_SEL0 | msr::AMD_CORE_PERF_CTL0) => &mut pmu.select,
            (Vendor::Intel, msr::PERFEVTSEL0) => &mut pmu.select,
            (Vendor::Intel, msr::PERF_GLOBAL_CTRL) => &mut pmu.global,
            _ => return None,
        })
    }

    /// Registers of the x2APIC (Intel SDM vol. 3, section 10.12.1.2 "x2APIC Register Address Space").
    fn write_x2apic(&mut self, number: u32, value: u64) -> Run<()> {
        if !self.cpu.lapic.x2apic()
            || matches!(number, X2APIC_ID | X2APIC_VERSION | X2APIC_PPR | X2APIC_LDR | X2APIC_ICR_HIGH)
        {
            return Err(Fault::protection(0).into());
        }
        match number {
            X2APIC_ICR => self.bus.sent.push(self.cpu.lapic.command(Icr::from_bits(value))),
            X2APIC_SELF_IPI if self.cpu.rules.self_ipi_sends_nmis() => self.cpu.arrive(1),
            X2APIC_SELF_IPI => self.cpu.accept(value as u8),
            _ => {
                let cpu = &mut *self.cpu;
                self.bus.sent.extend(cpu.lapic.write(&*cpu.rules, msr::apic_offset(number), value as u32));
            }
        }
        Ok(())
    }
}

/// Whether it is the counter's value (Intel SDM vol. 3, section "Architectural Performance Monitoring"; AMD APM vol. 2,
/// section 13.2.1).
fn is_counter(vendor: Vendor, number: u32) -> bool {
    match vendor {
        Vendor::Intel => matches!(number, msr::PMC0 | msr::A_PMC0),
        Vendor::Amd => matches!(number, msr::AMD_PERF_CTR0 | msr::AMD_CORE_PERF_CTR0),
    }
}
