//! Chooses among the forms of an instruction: those that the text means, and of these the shortest.

use iced_x86::{Code, Encoder, FlowControl, Instruction, OpKind, Register};

use super::build::{self, Failure, Site};
use super::expr::{Env, Expr};
use super::forms::{self, Forms};
use super::matching;
use super::operand::{Operand, OperandKind};
use super::prefixes::Prefixes;
use super::problem::{Problem, Span};

/// An instruction whose operands may still lack values.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) bits: u32,
    pub(super) prefixes: Prefixes,
    pub(super) word: String,
    pub(super) operands: Vec<Operand>,
    /// The mnemonic's place.
    pub(super) span: Span,
    /// The forms that are meant.
    pub(super) codes: Vec<Code>,
    /// Whether the bytes depend on where labels or the instruction lie.
    pub(super) moves: bool,
}

impl Statement {
    /// Finds the forms that the mnemonic, the operands and the prefixes mean.
    pub(super) fn new(
        bits: u32,
        prefixes: Prefixes,
        (word, span): (String, Span),
        operands: Vec<Operand>,
        forms: &Forms,
    ) -> Result<Self, Problem> {
        let mut statement = Self { bits, prefixes, word, operands, span, codes: Vec::new(), moves: false };
        statement.codes = statement.choose(forms)?;
        statement.moves = statement.operands.iter().any(|operand| moves(&operand.kind))
            || statement
                .codes
                .iter()
                .any(|code| code.op_code().op_kinds().iter().any(|&kind| matching::is_target(kind)));
        Ok(statement)
    }

    /// Drops an operand `st` that iced's formatter writes and the manuals do not, as in `fld st, dword [x]`.
    fn without_stack_top(&mut self, here: &[Code]) -> Vec<Code> {
        let is_top = |operand: &Operand| matches!(operand.kind, OperandKind::Register(Register::ST0));
        for at in [0, 1] {
            if self.operands.len() == 2 && self.operands.get(at).is_some_and(is_top) {
                let mut fewer = self.operands.clone();
                fewer.remove(at);
                let codes: Vec<Code> = here.iter().copied().filter(|&code| matching::takes(code, &fewer)).collect();
                if !codes.is_empty() {
                    self.operands = fewer;
                    return codes;
                }
            }
        }
        Vec::new()
    }

    /// Takes `vmrun rax` and the like, which always use these registers: the first one's width is the address size.
    fn leave_out_registers(&mut self, here: &[Code]) -> bool {
        let registers: Vec<Register> = self
            .operands
            .iter()
            .filter_map(|operand| match operand.kind {
                OperandKind::Register(register) => Some(register),
                _ => None,
            })
            .collect();
        let bits = match registers.first() {
            Some(Register::AX) => 16,
            Some(Register::EAX) => 32,
            Some(Register::RAX) => 64,
            _ => return false,
        };
        let implied = here.iter().all(|code| code.op_code().op_count() == 0);
        let sized = here.iter().any(|code| code.op_code().address_size() == bits);
        let rest = matches!(registers.get(1..), Some([] | [Register::ECX]));
        if !implied || !rest || registers.len() != self.operands.len() || !(sized || self.word == "skinit") {
            return false;
        }
        self.operands.clear();
        if sized {
            self.prefixes.address_size = Some(bits);
        }
        true
    }

    fn choose(&mut self, forms: &Forms) -> Result<Vec<Code>, Problem> {
        let word = &self.word.clone();
        let here: Vec<Code> =
            forms.codes.iter().copied().filter(|code| code.op_code().is_available_in_mode(self.bits)).collect();
        if here.is_empty() {
            return Err(Problem::new(self.span, format!("`{word}` does not exist in {}-bit code", self.bits)));
        }
        let mut codes: Vec<Code> = here.iter().copied().filter(|&code| matching::takes(code, &self.operands)).collect();
        if codes.is_empty() {
            codes = self.without_stack_top(&here);
        }
        if codes.is_empty() && self.leave_out_registers(&here) {
            codes.clone_from(&here);
        }
        if codes.is_empty() {
            return Err(Problem::new(self.span, format!("no form of `{word}` takes these operands")).help(list(&here)));
        }
        // Encodings of obsolete processors only if there is no other.
        keep(&mut codes, |code| code.op_code().decoder_option() == 0);
        if let Some(size) = self.prefixes.operand_size {
            codes.retain(|code| code.op_code().operand_size() == size);
        }
        if let Some(size) = self.prefixes.address_size {
            let writes_memory = self.operands.iter().any(|operand| matches!(operand.kind, OperandKind::Memory(_)));
            codes.retain(|&code| match code.op_code().address_size() {
                0 => writes_memory || forms::is_string(code),
                own => own == size,
            });
        }
        if codes.is_empty() {
            return Err(Problem::new(self.span, format!("no form of `{word}` has that operand and address size")));
        }
        codes.retain(|&code| self.prefixes.allowed(code));
        if codes.is_empty() {
            return Err(Problem::new(self.span, format!("`{}` cannot precede `{word}`", self.prefixes.words())));
        }
        self.check_memory_size(&codes)?;
        let operand_size = |code: Code| code.op_code().operand_size();
        if forms.natural {
            keep(&mut codes, |code| operand_size(code) == self.bits);
        } else {
            keep(&mut codes, |code| {
                let info = code.op_code();
                matches!(info.operand_size(), size if size == 0 || (size == self.bits && (self.bits != 64 || info.default_op_size64())))
            });
            keep(&mut codes, |code| matches!(operand_size(code), size if size == 0 || size == self.bits.min(32)));
        }
        keep(&mut codes, |code| matches!(code.op_code().address_size(), size if size == 0 || size == self.bits));
        Ok(codes)
    }

    /// Checks that a register or a size word decides between forms that access memory in different sizes.
    fn check_memory_size(&self, codes: &[Code]) -> Result<(), Problem> {
        let unsized_memory = self.operands.iter().find_map(|operand| match &operand.kind {
            OperandKind::Memory(memory) if memory.size.is_none() => Some(operand.span),
            _ => None,
        });
        let Some(span) = unsized_memory else { return Ok(()) };
        let mut sizes: Vec<u32> = codes.iter().map(|code| matching::memory_bytes(code.op_code())).collect();
        sizes.sort_unstable();
        sizes.dedup();
        // Pushes, pops and branches have a natural size.
        let natural =
            codes.iter().all(|code| code.op_code().is_stack_instruction() || code.flow_control() != FlowControl::Next);
        // So have the blocks of the FPU.
        let blocks = codes.iter().all(|code| code.op_code().operand_size() != 0) && sizes.iter().all(|&size| size > 10);
        if sizes.len() < 2 || natural || blocks {
            return Ok(());
        }
        Err(Problem::new(span, "the operand size is unclear")
            .help("write byte, word, dword or qword before the bracket"))
    }

    /// Calls `visit` with every symbol that the operands use.
    pub(super) fn symbols(&self, visit: &mut dyn FnMut(&str, Span)) {
        for operand in &self.operands {
            for expr in exprs(&operand.kind) {
                expr.symbols(visit);
            }
        }
    }

    /// The shortest encoding of at least `least` bytes, or the shortest of all if there is none.
    ///
    /// Each instruction is encoded by itself because iced's `BlockEncoder` relaxes branches only, while here immediates and
    /// displacements depend on labels too, and data lies between the instructions.
    pub(super) fn encode(&self, encoder: &mut Encoder, env: &Env<'_>, least: usize) -> Result<Vec<u8>, Problem> {
        let mut worst: Option<Failure> = None;
        for &address_bytes in self.address_sizes() {
            let mut best: Option<Vec<u8>> = None;
            for &code in &self.codes {
                let site = Site { bits: self.bits, env, address_bytes };
                match self.encode_one(encoder, code, &site) {
                    Ok(bytes) if better(&bytes, best.as_deref(), least) => best = Some(bytes),
                    Ok(_) => {}
                    Err(failure) if worst.as_ref().is_none_or(|worst| failure.bits > worst.bits) => {
                        worst = Some(failure)
                    }
                    Err(_) => {}
                }
            }
            if let Some(bytes) = best {
                return Ok(bytes);
            }
        }
        Err(worst.map_or_else(|| Problem::new(self.span, "this cannot be encoded"), |failure| failure.problem))
    }

    fn encode_one(&self, encoder: &mut Encoder, code: Code, site: &Site<'_>) -> Result<Vec<u8>, Failure> {
        let here = site.env.here;
        let ip = here as u64;
        let mut instruction = build::build(code, &self.operands, &self.prefixes, site, here)?;
        if self.counts_from_rip() {
            // The length does not depend on the distance.
            let length = self.run(encoder, &instruction, ip)?.len();
            instruction = build::build(code, &self.operands, &self.prefixes, site, here + length as i128)?;
        }
        self.run(encoder, &instruction, ip)
    }

    fn run(&self, encoder: &mut Encoder, instruction: &Instruction, ip: u64) -> Result<Vec<u8>, Failure> {
        let result = encoder.encode(instruction, ip);
        let bytes = encoder.take_buffer();
        match result {
            Ok(_) => Ok(bytes),
            Err(error) => {
                let counts_from_here = instruction.is_ip_rel_memory_operand()
                    || instruction
                        .op_kinds()
                        .any(|kind| matches!(kind, OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64));
                let problem = if counts_from_here {
                    let span = self.operands.last().map_or(self.span, |operand| operand.span);
                    Problem::new(span, "the target is out of reach")
                } else {
                    Problem::new(self.span, "this cannot be encoded").maybe_help(Some(error.to_string()))
                };
                Err(Failure { problem, bits: 1 })
            }
        }
    }

    fn counts_from_rip(&self) -> bool {
        self.operands.iter().any(|operand| matches!(&operand.kind, OperandKind::Memory(memory) if memory.base.is_ip()))
    }

    /// Sizes in bytes to try for an address without registers, the usual size first.
    fn address_sizes(&self) -> &'static [u32] {
        let written = self.operands.iter().find_map(|operand| match &operand.kind {
            OperandKind::Memory(memory) => memory.width,
            _ => None,
        });
        match (self.bits, self.prefixes.address_size, written) {
            (_, Some(16), _) => &[2],
            (_, Some(32), _) => &[4],
            (_, Some(_), _) => &[8],
            (16 | 32, None, Some(2)) => &[2],
            (16 | 32, None, Some(4)) => &[4],
            (64, None, Some(_)) => &[8],
            (16, None, _) => &[2, 4],
            (32, None, _) => &[4],
            _ => &[8, 4],
        }
    }
}

fn better(bytes: &[u8], best: Option<&[u8]>, least: usize) -> bool {
    let Some(best) = best else { return true };
    match (bytes.len() >= least, best.len() >= least) {
        (true, false) => true,
        (false, true) => false,
        _ => bytes.len() < best.len(),
    }
}

/// Keeps only the preferred forms, if there are any.
fn keep(codes: &mut Vec<Code>, preferred: impl Fn(Code) -> bool) {
    if codes.iter().any(|&code| preferred(code)) {
        codes.retain(|&code| preferred(code));
    }
}

fn list(codes: &[Code]) -> String {
    let mut seen: Vec<String> = Vec::new();
    for code in codes {
        let form = code.op_code().instruction_string().to_lowercase();
        if !seen.contains(&form) {
            seen.push(form);
        }
    }
    let more = if seen.len() > 12 { "; ..." } else { "" };
    seen.truncate(12);
    let operands = if codes.iter().all(|&code| forms::is_string(code)) { " (operands may be left out)" } else { "" };
    format!("forms: {}{more}{operands}", seen.join("; "))
}

fn exprs(kind: &OperandKind) -> Vec<&Expr> {
    match kind {
        OperandKind::Register(_) => Vec::new(),
        OperandKind::Value(value) => vec![&value.expr],
        OperandKind::Memory(memory) => memory.displacement.iter().collect(),
        OperandKind::Pointer { selector, offset, .. } => vec![selector, offset],
    }
}

fn moves(kind: &OperandKind) -> bool {
    match kind {
        OperandKind::Memory(memory) if memory.relative || memory.base.is_ip() => true,
        _ => exprs(kind).into_iter().any(Expr::moves),
    }
}
