//! The instructions of VMX: VMXON to VMRESUME, and how they succeed or fail (Intel SDM vol. 3, chapter 30).

use std::collections::BTreeMap;

use iced_x86::{Instruction, Mnemonic};
use x86::flags::{AF, CF, OF, PF, SF, ZF};
use x86::vmcs::{self, Field};
use x86::vmx::{error, reason};

use super::super::cpu::{Abort, Core, Fault, Run};
use super::super::exec::Done;
use super::fields::named;
use super::msr::REVISION;
use super::state::Vmcs;
use super::vm_exit::VmExit;
use crate::machine::Unmodelled;
use crate::terms::Vendor;

/// The flags that tell whether an instruction succeeded (Intel SDM vol. 3, 30.2 "Conventions").
const FLAGS: u64 = CF | PF | AF | ZF | SF | OF;

impl Core<'_> {
    /// Executes one of VMX's instructions; `None` if it is another one.
    pub(crate) fn vmx_instruction(&mut self, i: &Instruction) -> Run<Option<Done>> {
        use Mnemonic as M;
        let known = matches!(
            i.mnemonic(),
            M::Vmxon | M::Vmclear | M::Vmptrld | M::Vmread | M::Vmwrite | M::Vmlaunch | M::Vmresume | M::Vmcall
        );
        if !known || self.cpu.vendor != Vendor::Intel {
            return Ok(None);
        }
        if i.mnemonic() == M::Vmcall && self.cpu.vmx.guest.is_some() {
            return Err(self.instruction_exit(reason::VMCALL));
        }
        let on = self.cpu.vmx.on || i.mnemonic() == M::Vmxon && self.vmxon_allowed();
        if !on || !self.cpu.regs.code64() {
            return Err(Fault::UNDEFINED.into());
        }
        if self.cpu.vmx.guest.is_some() || i.mnemonic() == M::Vmcall {
            return Err(self.unknown(i));
        }
        self.privileged()?;
        match i.mnemonic() {
            M::Vmxon if self.cpu.vmx.on => return Err(self.unknown(i)),
            M::Vmxon => {
                self.region(i)?;
                self.cpu.vmx.on = true;
                self.succeed();
            }
            M::Vmclear => {
                let region = self.region(i)?;
                self.cpu.vmx.current = None;
                // This model has one VMCS, which a VMPTRLD of this region makes current.
                self.cpu.vmx.cleared = Some(region);
                self.succeed();
            }
            M::Vmptrld => {
                let region = self.region(i)?;
                if self.cpu.vmx.cleared != Some(region) {
                    return Err(Unmodelled::Vmptrld.into());
                }
                self.cpu.vmx.current = Some(Vmcs { launched: false, fields: BTreeMap::new() });
                self.succeed();
            }
            M::Vmread | M::Vmwrite if self.cpu.vmx.current.is_none() => self.fail_invalid(),
            M::Vmread => {
                let field = Field(self.get(i, 1)? as u32);
                let value = self.field(field)?;
                self.put(i, 0, value)?;
                self.succeed();
            }
            M::Vmwrite => {
                let (field, value) = (Field(self.get(i, 0)? as u32), self.get(i, 1)?);
                if vmcs::name(field).is_none() {
                    return Err(Unmodelled::Field { field: named(field) }.into());
                }
                if field.is_read_only() {
                    self.fail(error::READ_ONLY_FIELD);
                } else {
                    self.set_field(field, value);
                    self.succeed();
                }
            }
            _ => return self.enter_l2(i.mnemonic() == M::Vmlaunch).map(Some),
        }
        Ok(Some(Done::Plain))
    }

    /// The region that a memory operand names, which must begin with the revision identifier.
    fn region(&mut self, i: &Instruction) -> Run<u64> {
        let (segment, offset) = self.address(i);
        let region = self.read(segment, offset, 8)?;
        let begins = self.bus.read(region, 4)? as u32;
        if i.mnemonic() != Mnemonic::Vmclear && begins != REVISION {
            return Err(Unmodelled::Region { address: region }.into());
        }
        Ok(region)
    }

    /// VMsucceed.
    fn succeed(&mut self) {
        self.cpu.regs.set_flag(FLAGS, false);
    }

    /// VMfailInvalid.
    pub(super) fn fail_invalid(&mut self) {
        self.succeed();
        self.cpu.regs.set_flag(CF, true);
    }

    /// VMfailValid.
    pub(super) fn fail(&mut self, number: u32) {
        self.succeed();
        self.cpu.regs.set_flag(ZF, true);
        self.set_field(vmcs::INSTRUCTION_ERROR, number.into());
    }

    /// The VM exit of an instruction.
    fn instruction_exit(&self, reason: u16) -> Abort {
        Abort::VmExit(VmExit::of(reason))
    }

    /// Exits if L2 executes CPUID, which always does.
    pub(crate) fn vmx_cpuid(&self) -> Run<()> {
        if self.cpu.vmx.guest.is_some() { Err(self.instruction_exit(reason::CPUID)) } else { Ok(()) }
    }

    /// Exits if L2 executes HLT and HLT exiting is 1.
    pub(crate) fn vmx_hlt(&self) -> Run<()> {
        let exits = self.cpu.vmx.guest.as_ref().is_some_and(|guest| guest.processor.hlt_exiting());
        if exits { Err(self.instruction_exit(reason::HLT)) } else { Ok(()) }
    }

    /// Exits if L2 executes RDMSR or WRMSR without MSR bitmaps; those of this suite are zeros.
    pub(crate) fn vmx_msr(&self, reads: bool) -> Run<()> {
        let exits = self.cpu.vmx.guest.as_ref().is_some_and(|guest| !guest.processor.msr_bitmaps());
        let reason = if reads { reason::RDMSR } else { reason::WRMSR };
        if exits { Err(self.instruction_exit(reason)) } else { Ok(()) }
    }
}
