use iced_x86::{Code, ConditionCode, Formatter, Instruction, IntelFormatter, Mnemonic, Register};
use x86::flags::{AF, CF, DF, PF, SF, ZF};

use super::super::cpu::{Abort, Core, Fault, Run};
use super::Done;
use super::operand::truncate;
use crate::machine::Trouble;

impl Core<'_> {
    /// Executes an instruction that was fetched: RIP is past it.
    pub(super) fn execute(&mut self, i: &Instruction) -> Run<Done> {
        use Mnemonic as M;
        match i.mnemonic() {
            M::Mov => return self.mov(i),
            M::Jmp => return self.jmp(i),
            M::Call => return self.call(i),
            M::Ret | M::Retf => return self.ret(i),
            M::Pop => return self.pop_operand(i),
            M::Int | M::Int3 | M::Into | M::Int1 => return self.interrupt(i),
            M::Sti => return self.set_interrupt_flag(true),
            M::Cli => return self.set_interrupt_flag(false),
            M::Syscall => return self.syscall(),
            M::Sysret | M::Sysretq => return self.sysret(i),
            M::Rsm => return self.leave_smm(),
            M::Iret | M::Iretd | M::Iretq => {
                self.iret(match i.mnemonic() {
                    M::Iret => 2,
                    M::Iretd => 4,
                    _ => 8,
                })?;
                return Ok(Done::Iret);
            }
            M::Popf | M::Popfd | M::Popfq => {
                self.pop_flags(match i.mnemonic() {
                    M::Popf => 2,
                    M::Popfd => 4,
                    _ => 8,
                })?;
                return Ok(Done::Popf);
            }
            M::Lss => {
                self.load_far_pointer(i)?;
                return Ok(Done::Lss);
            }
            M::Movsb | M::Stosb | M::Lodsb | M::Scasb | M::Cmpsb | M::Insb | M::Outsb => return self.string(i, 1),
            M::Movsw | M::Stosw | M::Lodsw | M::Scasw | M::Cmpsw | M::Insw | M::Outsw => return self.string(i, 2),
            M::Stosd | M::Lodsd | M::Scasd | M::Insd | M::Outsd => return self.string(i, 4),
            // SSE has instructions of these names.
            M::Movsd if i.code() == Code::Movsd_m32_m32 => return self.string(i, 4),
            M::Cmpsd if i.code() == Code::Cmpsd_m32_m32 => return self.string(i, 4),
            M::Movsq | M::Stosq | M::Lodsq | M::Scasq | M::Cmpsq => return self.string(i, 8),
            _ => {}
        }
        if i.is_jcc_short_or_near() || i.is_jcx_short() {
            self.jump_if(i)?;
            return Ok(Done::Plain);
        }
        self.plain(i)?;
        Ok(Done::Plain)
    }

    /// Instructions that leave nothing special at the boundary after them.
    fn plain(&mut self, i: &Instruction) -> Run<()> {
        use Mnemonic as M;
        match i.mnemonic() {
            M::Add | M::Adc | M::Sub | M::Sbb | M::Cmp | M::And | M::Or | M::Xor | M::Test => self.two_operands(i),
            M::Inc | M::Dec | M::Neg | M::Not => self.one_operand(i),
            M::Mul => self.multiply_wide(i, false),
            M::Imul if i.op_count() == 1 => self.multiply_wide(i, true),
            M::Imul => self.multiply(i),
            M::Div => self.divide(i, false),
            M::Idiv => self.divide(i, true),
            M::Xadd => self.exchange_and_add(i),
            M::Cmpxchg => self.compare_and_exchange(i),
            M::Shl | M::Sal | M::Shr | M::Sar => self.shift(i),
            M::Rol | M::Ror | M::Rcl | M::Rcr => self.rotate(i),
            M::Bt | M::Bts | M::Btr | M::Btc => self.bit_test(i),
            M::Bsf | M::Bsr => self.bit_scan(i),
            M::Movzx | M::Movsx | M::Movsxd => self.mov_extended(i),
            M::Lea => self.lea(i),
            M::Xchg => self.exchange(i),
            M::Xlatb => self.translate_byte(i),
            M::Bswap => self.byte_swap(i),
            M::Cbw | M::Cwde | M::Cdqe | M::Cwd | M::Cdq | M::Cqo => {
                self.widen(i.mnemonic());
                Ok(())
            }
            M::Push => self.push_operand(i),
            M::Pusha => self.push_all(2),
            M::Pushad => self.push_all(4),
            M::Popa => self.pop_all(2),
            M::Popad => self.pop_all(4),
            M::Pushf => self.push_flags(2),
            M::Pushfd => self.push_flags(4),
            M::Pushfq => self.push_flags(8),
            M::Enter | M::Leave => {
                let size = match i.code() {
                    Code::Enterw_imm16_imm8 | Code::Leavew => 2,
                    Code::Enterd_imm16_imm8 | Code::Leaved => 4,
                    _ => 8,
                };
                if i.mnemonic() == M::Enter { self.enter_frame(i, size) } else { self.leave_frame(size) }
            }
            M::Lds | M::Les | M::Lfs | M::Lgs => self.load_far_pointer(i),
            M::Bound => self.bound(i),
            M::Loop | M::Loope | M::Loopne => self.loop_if(i),
            M::Hlt => self.halt(i),
            M::Ud0 | M::Ud1 | M::Ud2 => Err(Fault::UNDEFINED.into()),
            M::Nop | M::Pause | M::Lfence | M::Sfence | M::Mfence | M::Endbr64 | M::Endbr32 => Ok(()),
            M::Clc | M::Stc | M::Cmc | M::Cld | M::Std | M::Lahf | M::Sahf => {
                self.flag_instruction(i.mnemonic());
                Ok(())
            }
            M::In => {
                let value = self.input_port(i, 1)?;
                let size = self.size(i, 0);
                let value = self.input(value, size)?;
                self.put(i, 0, value)
            }
            M::Out => {
                let port = self.input_port(i, 0)?;
                let (size, value) = (self.size(i, 1), self.get(i, 1)?);
                self.output(port, size, value)
            }
            _ => self.rare(i),
        }
    }

    /// System instructions and whole families by condition.
    fn rare(&mut self, i: &Instruction) -> Run<()> {
        use Mnemonic as M;
        match i.mnemonic() {
            M::Lgdt | M::Lidt => self.load_table(i),
            M::Sgdt | M::Sidt => self.store_table(i),
            M::Ltr | M::Lldt | M::Str | M::Sldt => self.system_selector(i),
            M::Smsw | M::Lmsw | M::Clts | M::Invlpg | M::Wbinvd | M::Invd | M::Swapgs => self.system(i),
            M::Verr | M::Verw => self.verify(i),
            M::Cpuid => {
                self.cpuid();
                Ok(())
            }
            M::Rdtsc => {
                self.set_pair(self.cpu.retired);
                Ok(())
            }
            M::Rdmsr | M::Wrmsr => {
                self.privileged()?;
                let msr = self.cpu.regs.general[1] as u32;
                if i.mnemonic() == M::Rdmsr {
                    let value = self.read_msr(msr)?;
                    self.set_pair(value);
                    return Ok(());
                }
                let value = self.register(Register::EDX) << 32 | self.register(Register::EAX);
                self.write_msr(msr, value)
            }
            _ if i.condition_code() != ConditionCode::None && i.op_count() == 2 => self.mov_if(i),
            _ if i.condition_code() != ConditionCode::None && i.op_count() == 1 => {
                let value = u64::from(self.holds(i.condition_code()));
                self.put(i, 0, value)
            }
            _ => Err(self.unknown(i)),
        }
    }

    fn input_port(&mut self, i: &Instruction, operand: u32) -> Run<u16> {
        Ok(match i.op_register(operand) {
            Register::DX => self.register(Register::DX) as u16,
            _ => truncate(self.get(i, operand)?, 1) as u16,
        })
    }

    fn set_pair(&mut self, value: u64) {
        self.cpu.regs.general[0] = value & 0xffff_ffff;
        self.cpu.regs.general[2] = value >> 32;
    }

    fn flag_instruction(&mut self, mnemonic: Mnemonic) {
        const LOW: u64 = CF | PF | AF | ZF | SF;
        let regs = &mut self.cpu.regs;
        match mnemonic {
            Mnemonic::Clc => regs.set_flag(CF, false),
            Mnemonic::Stc => regs.set_flag(CF, true),
            Mnemonic::Cmc => regs.rflags ^= CF,
            Mnemonic::Cld => regs.set_flag(DF, false),
            Mnemonic::Std => regs.set_flag(DF, true),
            Mnemonic::Sahf => {
                let ah = regs.general[0] >> 8;
                regs.rflags = regs.rflags & !LOW | ah & LOW;
            }
            _ => {
                let ah = regs.rflags & LOW | 2;
                regs.general[0] = regs.general[0] & !0xff00 | ah << 8;
            }
        }
    }

    /// Trouble that names an instruction the model does not know.
    pub(super) fn unknown(&self, i: &Instruction) -> Abort {
        let mut text = String::new();
        IntelFormatter::new().format(i, &mut text);
        let address = i.ip().wrapping_add(if self.cpu.regs.code64() { 0 } else { self.cpu.regs.segments[1].base });
        Abort::Trouble(Trouble::new(
            format!("the instruction `{text}` at {address:#x}"),
            "the model does not know it; write the case without it or teach it to the model",
        ))
    }
}
