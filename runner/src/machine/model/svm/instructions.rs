//! The instructions of SVM: VMRUN, VMMCALL, STGI and CLGI (AMD APM vol. 2, chapter 15).

use iced_x86::{Instruction, Mnemonic};
use x86::control::EFER_SVME;
use x86::svm::Intercept;
use x86::vector;

use super::super::cpu::{Abort, Core, Fault, Run};
use super::super::exec::Done;
use super::leave::Leave;

impl Core<'_> {
    /// Executes VMRUN, VMMCALL, STGI or CLGI; `None` if it is another instruction.
    pub(crate) fn svm_instruction(&mut self, i: &Instruction) -> Run<Option<Done>> {
        Ok(Some(match i.mnemonic() {
            Mnemonic::Vmrun => {
                self.svm_allowed()?;
                self.intercept(Intercept::VMRUN)?;
                self.vmrun()?
            }
            Mnemonic::Vmmcall => {
                self.intercept(Intercept::VMMCALL)?;
                return Err(Fault::UNDEFINED.into());
            }
            Mnemonic::Stgi => self.set_gif(true)?,
            Mnemonic::Clgi => self.set_gif(false)?,
            _ => return Ok(None),
        }))
    }

    /// EFER.SVME, protected mode and CPL 0 (AMD APM vol. 3, "VMRUN", "STGI", "CLGI").
    fn svm_allowed(&self) -> Run<()> {
        let regs = &self.cpu.regs;
        if regs.efer & EFER_SVME == 0 || !regs.protected() {
            return Err(Fault::UNDEFINED.into());
        }
        if regs.cpl != 0 {
            return Err(Fault::protection(0).into());
        }
        Ok(())
    }

    /// STGI and CLGI: of L2's virtual GIF if there is one (AMD APM vol. 2, 15.33.2 "VGIF Behavior").
    fn set_gif(&mut self, on: bool) -> Run<Done> {
        self.svm_allowed()?;
        let what = if on { Intercept::STGI } else { Intercept::CLGI };
        let virtual_gif = self.cpu.svm.guest.as_ref().is_some_and(|guest| guest.control.v_gif_enable());
        if self.cpu.rules.gif_instruction_exits(self.cpu.svm.intercepts(what), virtual_gif) {
            return Err(Abort::Exit(Leave::instruction(what, self.cpu.regs.rip)));
        }
        let cpu = &mut *self.cpu;
        match &mut cpu.svm.guest {
            None => cpu.svm.gif = on,
            Some(guest) if guest.control.v_gif_enable() => {
                if cpu.rules.guest_changes_virtual_gif() {
                    guest.control.set_v_gif(on);
                }
            }
            Some(_) => {
                if cpu.rules.guest_changes_gif() {
                    cpu.svm.gif = on;
                }
            }
        }
        Ok(Done::Plain)
    }

    /// Exits if L1 intercepts this instruction, which was fetched.
    pub(crate) fn intercept(&mut self, what: Intercept) -> Run<()> {
        if self.cpu.svm.intercepts(what) {
            return Err(Abort::Exit(Leave::instruction(what, self.cpu.regs.rip)));
        }
        Ok(())
    }

    /// HLT, which may be intercepted only while no virtual event is pending (AMD APM vol. 2, 15.9 "Instruction Intercepts").
    pub(crate) fn intercept_hlt(&mut self) -> Run<()> {
        self.vmx_hlt()?;
        self.intercept(Intercept::HLT)?;
        let Some(guest) = &self.cpu.svm.guest else { return Ok(()) };
        if self.cpu.rules.idle_hlt_exits(guest.nmi.pending, guest.control.v_irq()) {
            self.intercept(Intercept::IDLE_HLT)?;
        }
        Ok(())
    }

    /// INT n, INT3 and INT1.
    pub(crate) fn intercept_interrupt(&mut self, i: &Instruction) -> Run<()> {
        self.vmx_software_exception(i)?;
        let Some(guest) = &self.cpu.svm.guest else { return Ok(()) };
        match i.mnemonic() {
            Mnemonic::Int => {
                let rules = &self.cpu.rules;
                if rules.int_n_exits(guest.intercepts(Intercept::INTN), i.immediate8()) {
                    return Err(Abort::Exit(Leave::instruction(Intercept::INTN, self.cpu.regs.rip)));
                }
                let nmi = i.immediate8() == vector::NMI;
                if nmi && guest.intercepts(Intercept::NMI) && rules.int_2_exits_as_nmi() {
                    return Err(Abort::Exit(Leave::event(Intercept::NMI)));
                }
                if nmi && rules.int_2_sets_virtual_mask() {
                    self.mask_virtual_nmis();
                }
            }
            Mnemonic::Int3 => {
                let (bp, int_n) = (guest.intercepts_exception(vector::BP), guest.intercepts(Intercept::INTN));
                if self.cpu.rules.int3_exits(bp, int_n) {
                    let fault = Fault { vector: vector::BP, code: None, address: None };
                    return Err(Abort::Exit(Leave { next: self.cpu.regs.rip, ..Leave::exception(fault) }));
                }
            }
            Mnemonic::Int1 if self.cpu.rules.int1_exits(guest.intercepts_exception(vector::DB)) => {
                return Err(Abort::Exit(Leave::exception(Fault::DEBUG)));
            }
            _ => {}
        }
        Ok(())
    }

    fn mask_virtual_nmis(&mut self) {
        if let Some(guest) = &mut self.cpu.svm.guest {
            guest.nmi.masked = guest.virtual_nmis;
        }
    }

    /// IRET, which exits before it does anything if L1 intercepts it, or after it if a rule says so.
    pub(crate) fn iret_or_exit(&mut self, size: usize) -> Run<Done> {
        let intercepted = self.cpu.svm.intercepts(Intercept::IRET);
        let next = self.cpu.regs.rip;
        if !intercepted || !self.cpu.rules.iret_exits_first() {
            self.iret(size)?;
        }
        if !intercepted {
            return Ok(Done::Iret);
        }
        let cpu = &mut *self.cpu;
        if cpu.rules.intercepted_iret_unblocks() {
            cpu.nmi.blocked = false;
            if let Some(guest) = &mut cpu.svm.guest {
                guest.nmi.masked = false;
            }
        }
        Err(Abort::Exit(Leave::instruction(Intercept::IRET, next)))
    }
}
