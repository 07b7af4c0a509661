//! Jumps, calls, software interrupts, HLT, SYSCALL and SYSRET.

use iced_x86::{Code, Instruction, Mnemonic, OpKind, Register};
use x86::control::EFER_SCE;
use x86::flags::{FIXED, IF, LOADED_BY_SYSRET, RF};
use x86::msr::Star;
use x86::paging::is_canonical;
use x86::register::{CS, R11, RCX, SS};
use x86::segment::{Selector, USER};
use x86::vector::{BP, DB};

use super::super::cpu::{Core, Event, Fault, Run, Source, flat};
use super::Done;
use super::operand::{slot, truncate};

impl Core<'_> {
    /// Sets RIP to a near target.
    pub(super) fn jump(&mut self, target: u64) -> Run<()> {
        let regs = &mut self.cpu.regs;
        let inside = if regs.code64() { is_canonical(target) } else { target <= u64::from(regs.segments[CS].limit) };
        if !inside {
            return Err(Fault::protection(0).into());
        }
        regs.rip = target;
        Ok(())
    }

    fn near_target(&mut self, i: &Instruction) -> Run<u64> {
        match i.op0_kind() {
            OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => Ok(i.near_branch_target()),
            _ => {
                let size = self.size(i, 0);
                Ok(truncate(self.get(i, 0)?, size))
            }
        }
    }

    /// The far target of JMP and CALL, with the size of its offset; none if the target is near.
    fn far_pointer(&mut self, i: &Instruction) -> Run<Option<(u16, u64, usize)>> {
        Ok(match i.code() {
            Code::Jmp_ptr1616 | Code::Call_ptr1616 => Some((i.far_branch_selector(), i.far_branch16().into(), 2)),
            Code::Jmp_ptr1632 | Code::Call_ptr1632 => Some((i.far_branch_selector(), i.far_branch32().into(), 4)),
            code => {
                let size = match code {
                    Code::Jmp_m1616 | Code::Call_m1616 => 2,
                    Code::Jmp_m1632 | Code::Call_m1632 => 4,
                    Code::Jmp_m1664 | Code::Call_m1664 => 8,
                    _ => return Ok(None),
                };
                let (segment, at) = self.address(i);
                let offset = self.read(segment, at, size)?;
                let selector = self.read(segment, at.wrapping_add(size as u64), 2)? as u16;
                Some((selector, offset, size))
            }
        })
    }

    /// JMP, near and far.
    pub(super) fn jmp(&mut self, i: &Instruction) -> Run<Done> {
        if let Some((selector, offset, _)) = self.far_pointer(i)? {
            self.jump_far(selector, offset)?;
            return Ok(Done::FarJmp);
        }
        let target = self.near_target(i)?;
        self.jump(target)?;
        Ok(Done::Plain)
    }

    /// CALL, near and far.
    pub(super) fn call(&mut self, i: &Instruction) -> Run<Done> {
        if let Some((selector, offset, size)) = self.far_pointer(i)? {
            self.call_far(selector, offset, size)?;
            return Ok(Done::Plain);
        }
        let target = self.near_target(i)?;
        let back = self.cpu.regs.rip;
        self.push(slot(i), back)?;
        self.jump(target)?;
        Ok(Done::Plain)
    }

    /// RET and RETF.
    pub(super) fn ret(&mut self, i: &Instruction) -> Run<Done> {
        let release = i.try_immediate(0).unwrap_or(0);
        let size = i.op_code().operand_size() as usize / 8;
        if i.mnemonic() == Mnemonic::Retf {
            self.return_far(size, release)?;
            return Ok(Done::Ret);
        }
        let mut stack = self.stack();
        let target = self.pop_from(&mut stack, size)?;
        stack.pointer = stack.pointer.wrapping_add(release) & stack.mask;
        self.jump(target)?;
        self.commit(&stack);
        Ok(Done::Ret)
    }

    /// Jcc.
    pub(super) fn jump_if(&mut self, i: &Instruction) -> Run<()> {
        if self.holds(i.condition_code()) { self.jump(i.near_branch_target()) } else { Ok(()) }
    }

    /// LOOP.
    pub(super) fn loop_while(&mut self, i: &Instruction) -> Run<()> {
        let counter = match i.op_code().address_size() {
            16 => Register::CX,
            32 => Register::ECX,
            _ => Register::RCX,
        };
        self.set_register(counter, self.register(counter).wrapping_sub(1));
        if self.register(counter) != 0 { self.jump(i.near_branch_target()) } else { Ok(()) }
    }

    /// INT n, INT3, INT1.
    pub(super) fn interrupt(&mut self, i: &Instruction) -> Run<Done> {
        let event = match i.mnemonic() {
            Mnemonic::Int3 => Event::new(BP, Source::Software),
            Mnemonic::Int1 => Event::new(DB, Source::Int1),
            _ => Event::new(i.immediate8(), Source::Software),
        };
        self.intercept_interrupt(i)?;
        self.cpu.regs.rip = self.cpu.rules.software_interrupt_saved_rip(self.cpu.regs.rip);
        self.enter(event)?;
        Ok(Done::Interrupt)
    }

    /// HLT.
    pub(super) fn halt(&mut self, i: &Instruction) -> Run<()> {
        self.privileged()?;
        self.intercept_hlt()?;
        self.cpu.hlt = i.ip();
        self.cpu.halted = true;
        Ok(())
    }

    /// CLI and STI: need CPL <= IOPL.
    pub(super) fn set_interrupt_flag(&mut self, on: bool) -> Run<Done> {
        let regs = &mut self.cpu.regs;
        if regs.protected() && regs.cpl > regs.iopl() {
            return Err(Fault::protection(0).into());
        }
        regs.set_flag(IF, on);
        Ok(if on { Done::Sti } else { Done::Plain })
    }

    /// SYSCALL in 64-bit mode (Intel SDM vol. 2, "SYSCALL - Fast System Call"; AMD APM vol. 3, same title).
    pub(super) fn syscall(&mut self) -> Run<Done> {
        let regs = &mut self.cpu.regs;
        if regs.efer & EFER_SCE == 0 || !regs.code64() {
            return Err(Fault::UNDEFINED.into());
        }
        regs.general[RCX] = regs.rip;
        regs.general[R11] = regs.rflags & !RF;
        regs.rip = regs.lstar;
        regs.rflags = regs.rflags & !(regs.sfmask | RF) | FIXED;
        let selector = Selector::from_bits(Star::from_bits(regs.star).call()).with_rpl(0);
        regs.segments[CS] = flat(selector.into_bits(), 0, true);
        regs.segments[SS] = flat(selector.next().into_bits(), 0, false);
        regs.cpl = 0;
        Ok(Done::Syscall)
    }

    /// SYSRET to 64-bit code.
    pub(super) fn sysret(&mut self) -> Run<Done> {
        let regs = &mut self.cpu.regs;
        if regs.efer & EFER_SCE == 0 || !regs.code64() {
            return Err(Fault::UNDEFINED.into());
        }
        if regs.cpl != 0 || !is_canonical(regs.general[RCX]) {
            return Err(Fault::protection(0).into());
        }
        let star = Star::from_bits(regs.star);
        regs.rflags = regs.general[R11] & LOADED_BY_SYSRET | FIXED;
        regs.rip = regs.general[RCX];
        let code = flat(star.ret_cs_64().into_bits(), USER, true);
        regs.segments[CS] = guests::Segment { long: true, big: false, ..code };
        regs.segments[SS] = flat(star.ret_ss().into_bits(), USER, false);
        regs.cpl = USER;
        Ok(Done::Sysret)
    }

    /// #GP unless CPL is 0.
    pub(crate) fn privileged(&self) -> Run<()> {
        if self.cpu.regs.cpl == 0 { Ok(()) } else { Err(Fault::protection(0).into()) }
    }
}
