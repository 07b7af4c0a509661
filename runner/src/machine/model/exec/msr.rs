use super::super::cpu::flags::{EFER_LMA, EFER_LME, EFER_NXE, EFER_SCE};
use super::super::cpu::{Core, FS, Fault, GS, Run, canonical};
use crate::terms::Vendor;

const APIC_BASE: u32 = 0x1b;
const EFER: u32 = 0xc000_0080;
const X2APIC: std::ops::RangeInclusive<u32> = 0x800..=0x8ff;
const X2APIC_ICR: u32 = 0x830;

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
    pub(super) fn read_msr(&mut self, msr: u32) -> Run<u64> {
        let cpu = &*self.cpu;
        if let Some(counter) = self.counter(msr) {
            return Ok(match counter {
                Counter::Select => cpu.pmu.select,
                Counter::Value => cpu.pmu.counter,
                Counter::GlobalControl => cpu.pmu.global,
                Counter::GlobalStatus => cpu.pmu.status,
                Counter::OverflowControl => 0,
            });
        }
        if X2APIC.contains(&msr) {
            if !cpu.lapic.x2apic() {
                return Err(Fault::protection(0).into());
            }
            return Ok(if msr == X2APIC_ICR { cpu.lapic.icr() } else { cpu.lapic.read((msr - 0x800) << 4).into() });
        }
        let regs = &cpu.regs;
        Ok(match msr {
            0x10 => self.cpu.retired,
            APIC_BASE => cpu.lapic.base,
            EFER => regs.efer,
            0xc000_0081 => regs.star,
            0xc000_0082 => regs.lstar,
            0xc000_0083 => regs.cstar,
            0xc000_0084 => regs.sfmask,
            0xc000_0100 => regs.segments[FS].base,
            0xc000_0101 => regs.segments[GS].base,
            0xc000_0102 => regs.kernel_gs_base,
            0xc000_0103 => regs.tsc_aux,
            0x174..=0x176 => regs.sysenter[(msr - 0x174) as usize],
            _ => return Err(Fault::protection(0).into()),
        })
    }

    /// WRMSR.
    pub(super) fn write_msr(&mut self, msr: u32, value: u64) -> Run<()> {
        if let Some(counter) = self.counter(msr) {
            let intel = self.rules.vendor == Vendor::Intel;
            let pmu = &mut self.cpu.pmu;
            match counter {
                Counter::Select => pmu.select = value,
                // Intel's legacy address sign-extends 32 bits.
                Counter::Value if intel && msr == 0xc1 => pmu.set_counter(value as i32 as i64 as u64),
                Counter::Value => pmu.set_counter(value),
                Counter::GlobalControl => pmu.global = value,
                Counter::GlobalStatus => return Err(Fault::protection(0).into()),
                Counter::OverflowControl => pmu.status &= !value,
            }
            return Ok(());
        }
        if X2APIC.contains(&msr) {
            return self.write_x2apic(msr, value);
        }
        let address = matches!(msr, 0xc000_0082 | 0xc000_0083 | 0xc000_0100..=0xc000_0102);
        if address && !canonical(value) {
            return Err(Fault::protection(0).into());
        }
        let regs = &mut self.cpu.regs;
        match msr {
            0x10 => {}
            APIC_BASE => {
                // From x2APIC mode the only ways out are through "disabled".
                let forbidden = self.cpu.lapic.x2apic() && value & 0xc00 == 0x800 || value & 0xc00 == 0x400;
                if forbidden {
                    return Err(Fault::protection(0).into());
                }
                self.cpu.lapic.base = value;
            }
            EFER => {
                let known = EFER_SCE | EFER_LME | EFER_NXE;
                let changes_lme = (value ^ regs.efer) & EFER_LME != 0 && regs.paging();
                if value & !(known | EFER_LMA) != 0 || changes_lme {
                    return Err(Fault::protection(0).into());
                }
                regs.efer = value & known | regs.efer & EFER_LMA;
            }
            0xc000_0081 => regs.star = value,
            0xc000_0082 => regs.lstar = value,
            0xc000_0083 => regs.cstar = value,
            0xc000_0084 => regs.sfmask = value,
            0xc000_0100 => regs.segments[FS].base = value,
            0xc000_0101 => regs.segments[GS].base = value,
            0xc000_0102 => regs.kernel_gs_base = value,
            0xc000_0103 => regs.tsc_aux = value,
            0x174..=0x176 => regs.sysenter[(msr - 0x174) as usize] = value,
            _ => return Err(Fault::protection(0).into()),
        }
        Ok(())
    }

    /// Registers of the x2APIC (Intel SDM vol. 3, section 10.12.1.2 "x2APIC Register Address Space").
    fn write_x2apic(&mut self, msr: u32, value: u64) -> Run<()> {
        if !self.cpu.lapic.x2apic() || matches!(msr, 0x802 | 0x803 | 0x80a | 0x80d | 0x831) {
            return Err(Fault::protection(0).into());
        }
        match msr {
            X2APIC_ICR => self.bus.sent.push(self.cpu.lapic.command(value)),
            // SELF IPI sends fixed interrupts only.
            0x83f => self.cpu.lapic.accept(value as u8),
            _ => self.bus.sent.extend(self.cpu.lapic.write((msr - 0x800) << 4, value as u32)),
        }
        Ok(())
    }

    /// Intel SDM vol. 3, section "Architectural Performance Monitoring"; AMD APM vol. 2, section 13.2.1.
    fn counter(&self, msr: u32) -> Option<Counter> {
        match (self.rules.vendor, msr) {
            (Vendor::Intel, 0x186) | (Vendor::Amd, 0xc001_0000 | 0xc001_0200) => Some(Counter::Select),
            (Vendor::Intel, 0xc1 | 0x4c1) | (Vendor::Amd, 0xc001_0004 | 0xc001_0201) => Some(Counter::Value),
            (Vendor::Intel, 0x38f) => Some(Counter::GlobalControl),
            (Vendor::Intel, 0x38e) => Some(Counter::GlobalStatus),
            (Vendor::Intel, 0x390) => Some(Counter::OverflowControl),
            _ => None,
        }
    }
}
