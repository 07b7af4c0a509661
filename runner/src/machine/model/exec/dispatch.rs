//! Which function executes an instruction; one that no guest of the suite uses is trouble that names it.

use iced_x86::{Formatter, Instruction, IntelFormatter, Mnemonic, Register};
use x86::flags::{CF, DF};
use x86::register::{RAX, RCX, RDX};
use x86::svm::Intercept;

use super::super::cpu::{Abort, Core, Fault, Run};
use super::Done;
use super::operand::{slot, truncate};
use crate::machine::Unmodelled;

impl Core<'_> {
    /// Executes an instruction that was fetched: RIP is past it.
    pub(crate) fn execute(&mut self, i: &Instruction) -> Run<Done> {
        use Mnemonic as M;
        if let Some(done) = self.svm_instruction(i)? {
            return Ok(done);
        }
        if let Some(done) = self.vmx_instruction(i)? {
            return Ok(done);
        }
        match i.mnemonic() {
            M::Mov => self.mov(i),
            M::Jmp => self.jmp(i),
            M::Call => self.call(i),
            M::Ret | M::Retf => self.ret(i),
            M::Pop => self.pop_operand(i),
            M::Int | M::Int3 | M::Int1 => self.interrupt(i),
            M::Sti => self.set_interrupt_flag(true),
            M::Cli => self.set_interrupt_flag(false),
            M::Syscall => self.syscall(),
            M::Sysretq => self.sysret(),
            M::Rsm => self.leave_smm(),
            M::Iret | M::Iretd | M::Iretq => self.iret_or_exit(i.op_code().operand_size() as usize / 8),
            M::Popf | M::Popfd | M::Popfq => {
                self.intercept(Intercept::POPF)?;
                self.pop_flags(slot(i))
            }
            M::Lss => self.load_stack_pointer(i),
            M::Stosb | M::Lodsb | M::Outsb => self.string(i),
            _ => self.plain(i).map(|()| Done::Plain),
        }
    }

    /// Instructions that leave nothing special at the boundary after them.
    fn plain(&mut self, i: &Instruction) -> Run<()> {
        use Mnemonic as M;
        match i.mnemonic() {
            M::Add | M::Sub | M::Cmp | M::And | M::Or | M::Xor | M::Test => self.two_operands(i),
            M::Inc | M::Dec | M::Not => self.one_operand(i),
            M::Xadd => self.exchange_and_add(i),
            M::Shl => self.shift_left(i),
            M::Lea => self.lea(i),
            M::Push => self.push_operand(i),
            M::Pushf | M::Pushfd | M::Pushfq => {
                self.intercept(Intercept::PUSHF)?;
                self.push_flags(slot(i))
            }
            M::Loop => self.loop_while(i),
            M::Hlt => self.halt(i),
            M::Ud2 => Err(Fault::UNDEFINED.into()),
            M::Nop | M::Pause => Ok(()),
            M::Stc => self.flag(CF, true),
            M::Cld => self.flag(DF, false),
            M::Std => self.flag(DF, true),
            M::Out => {
                let port = match i.op_register(0) {
                    Register::DX => self.register(Register::DX) as u16,
                    _ => truncate(self.get(i, 0)?, 1) as u16,
                };
                let (size, value) = (self.size(i, 1), self.get(i, 1)?);
                self.output(port, size, value)
            }
            M::Lidt => self.load_idt(i),
            M::Sidt => self.store_idt(i),
            M::Cpuid => {
                self.intercept(Intercept::CPUID)?;
                self.vmx_cpuid()?;
                self.cpuid();
                Ok(())
            }
            M::Rdtsc => {
                self.set_pair(self.cpu.retired);
                Ok(())
            }
            M::Rdmsr | M::Wrmsr => {
                self.privileged()?;
                self.vmx_msr(i.mnemonic() == M::Rdmsr)?;
                let msr = self.cpu.regs.general[RCX] as u32;
                if i.mnemonic() == M::Rdmsr {
                    let value = self.read_msr(msr)?;
                    self.set_pair(value);
                    return Ok(());
                }
                let value = self.register(Register::EDX) << 32 | self.register(Register::EAX);
                self.write_msr(msr, value)
            }
            _ if i.is_jcc_short_or_near() => self.jump_if(i),
            _ => Err(self.unknown(i)),
        }
    }

    fn flag(&mut self, flag: u64, on: bool) -> Run<()> {
        self.cpu.regs.set_flag(flag, on);
        Ok(())
    }

    fn set_pair(&mut self, value: u64) {
        self.cpu.regs.general[RAX] = value & 0xffff_ffff;
        self.cpu.regs.general[RDX] = value >> 32;
    }

    /// Trouble that names an instruction the model does not know.
    pub(crate) fn unknown(&self, i: &Instruction) -> Abort {
        let mut instruction = String::new();
        IntelFormatter::new().format(i, &mut instruction);
        let address = i.ip().wrapping_add(if self.cpu.regs.code64() { 0 } else { self.cpu.regs.segments[1].base });
        Unmodelled::Instruction { instruction, address }.into()
    }
}
