//! RDMSR and WRMSR: the registers that guests of the suite use.

use x86::apic::{ApicBase, register};
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

/// A register of the performance counter.
enum Counter {
    Select,
    Value,
    GlobalControl,
    GlobalStatus,
    OverflowControl,
}

impl Core<'_> {
    /// RDMSR.
    pub(super) fn read_msr(&mut self, number: u32) -> Run<u64> {
        if let Some(value) = self.read_vmx_msr(number) {
            return Ok(value);
        }
        let cpu = &*self.cpu;
        if let Some(counter) = self.counter(number) {
            return Ok(match counter {
                Counter::Select => cpu.pmu.select,
                Counter::Value => cpu.pmu.counter,
                Counter::GlobalControl => cpu.pmu.global,
                Counter::GlobalStatus => cpu.pmu.status,
                Counter::OverflowControl => 0,
            });
        }
        if X2APIC.contains(&number) {
            if !cpu.lapic.x2apic() {
                return Err(Fault::protection(0).into());
            }
            return Ok(if number == X2APIC_ICR {
                cpu.lapic.icr()
            } else {
                cpu.lapic.read(msr::apic_offset(number)).into()
            });
        }
        let regs = &cpu.regs;
        Ok(match number {
            msr::TSC => self.cpu.retired,
            APIC_BASE => cpu.lapic.base,
            EFER => regs.efer,
            msr::STAR => regs.star,
            msr::LSTAR => regs.lstar,
            msr::CSTAR => regs.cstar,
            msr::SFMASK => regs.sfmask,
            msr::FS_BASE => regs.segments[FS].base,
            msr::GS_BASE => regs.segments[GS].base,
            msr::KERNEL_GS_BASE => regs.kernel_gs_base,
            msr::TSC_AUX => regs.tsc_aux,
            msr::SYSENTER_CS..=msr::SYSENTER_EIP => regs.sysenter[(number - msr::SYSENTER_CS) as usize],
            msr::VM_CR if cpu.vendor == Vendor::Amd => 0,
            msr::VM_HSAVE_PA if cpu.vendor == Vendor::Amd => cpu.svm.hsave,
            _ => return Err(Fault::protection(0).into()),
        })
    }

    /// WRMSR.
    pub(super) fn write_msr(&mut self, number: u32, value: u64) -> Run<()> {
        if let Some(written) = self.write_vmx_msr(number, value) {
            return written;
        }
        let intel = self.cpu.vendor == Vendor::Intel;
        if let Some(counter) = self.counter(number) {
            let pmu = &mut self.cpu.pmu;
            match counter {
                Counter::Select => pmu.select = value,
                // Intel's legacy address sign-extends 32 bits.
                Counter::Value if intel && number == msr::PMC0 => pmu.set_counter(value as i32 as i64 as u64),
                Counter::Value => pmu.set_counter(value),
                Counter::GlobalControl => pmu.global = value,
                Counter::GlobalStatus => return Err(Fault::protection(0).into()),
                Counter::OverflowControl => pmu.status &= !value,
            }
            return Ok(());
        }
        if X2APIC.contains(&number) {
            return self.write_x2apic(number, value);
        }
        // Intel SDM vol. 2, "WRMSR - Write to Model Specific Register". AMD's SYSENTER has no more than 32 bits.
        let address = match number {
            msr::LSTAR | msr::CSTAR | msr::FS_BASE..=msr::KERNEL_GS_BASE => true,
            msr::SYSENTER_CS..=msr::SYSENTER_EIP => intel && number != msr::SYSENTER_CS,
            _ => false,
        };
        if address && !is_canonical(value) {
            return Err(Fault::protection(0).into());
        }
        let regs = &mut self.cpu.regs;
        match number {
            msr::TSC => {}
            APIC_BASE => {
                // From x2APIC mode the only ways out are through "disabled".
                let mode = ApicBase::from_bits(value);
                let forbidden =
                    !mode.x2apic() && mode.enabled() && self.cpu.lapic.x2apic() || mode.x2apic() && !mode.enabled();
                if forbidden {
                    return Err(Fault::protection(0).into());
                }
                self.cpu.lapic.base = value;
            }
            EFER => {
                let known = EFER_SCE | EFER_LME | EFER_NXE | if intel { 0 } else { EFER_SVME };
                let changes_lme = (value ^ regs.efer) & EFER_LME != 0 && regs.paging();
                if value & !(known | EFER_LMA) != 0 || changes_lme {
                    return Err(Fault::protection(0).into());
                }
                regs.efer = value & known | regs.efer & EFER_LMA;
            }
            msr::STAR => regs.star = value,
            msr::LSTAR => regs.lstar = value,
            msr::CSTAR => regs.cstar = value,
            msr::SFMASK => regs.sfmask = value,
            msr::FS_BASE => regs.segments[FS].base = value,
            msr::GS_BASE => regs.segments[GS].base = value,
            msr::KERNEL_GS_BASE => regs.kernel_gs_base = value,
            msr::TSC_AUX => regs.tsc_aux = value,
            msr::SYSENTER_CS..=msr::SYSENTER_EIP => regs.sysenter[(number - msr::SYSENTER_CS) as usize] = value,
            msr::VM_HSAVE_PA if !intel && value.is_multiple_of(PAGE) => self.cpu.svm.hsave = value,
            _ => return Err(Fault::protection(0).into()),
        }
        Ok(())
    }

    /// Registers of the x2APIC (Intel SDM vol. 3, section 10.12.1.2 "x2APIC Register Address Space").
    fn write_x2apic(&mut self, number: u32, value: u64) -> Run<()> {
        if !self.cpu.lapic.x2apic()
            || matches!(number, X2APIC_ID | X2APIC_VERSION | X2APIC_PPR | X2APIC_LDR | X2APIC_ICR_HIGH)
        {
            return Err(Fault::protection(0).into());
        }
        match number {
            X2APIC_ICR => self.bus.sent.push(self.cpu.lapic.command(value)),
            X2APIC_SELF_IPI if self.cpu.rules.self_ipi_sends_nmis() => self.cpu.arrive(1),
            X2APIC_SELF_IPI => self.cpu.accept(value as u8),
            _ => self.bus.sent.extend(self.cpu.lapic.write(msr::apic_offset(number), value as u32)),
        }
        Ok(())
    }

    /// Intel SDM vol. 3, section "Architectural Performance Monitoring"; AMD APM vol. 2, section 13.2.1.
    fn counter(&self, number: u32) -> Option<Counter> {
        match (self.cpu.vendor, number) {
            (Vendor::Intel, msr::PERFEVTSEL0) | (Vendor::Amd, msr::AMD_PERF_EVT_SEL0 | msr::AMD_CORE_PERF_CTL0) => {
                Some(Counter::Select)
            }
            (Vendor::Intel, msr::PMC0 | msr::A_PMC0) | (Vendor::Amd, msr::AMD_PERF_CTR0 | msr::AMD_CORE_PERF_CTR0) => {
                Some(Counter::Value)
            }
            (Vendor::Intel, msr::PERF_GLOBAL_CTRL) => Some(Counter::GlobalControl),
            (Vendor::Intel, msr::PERF_GLOBAL_STATUS) => Some(Counter::GlobalStatus),
            (Vendor::Intel, msr::PERF_GLOBAL_OVF_CTRL) => Some(Counter::OverflowControl),
            _ => None,
        }
    }
}
