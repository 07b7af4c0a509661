//! Writes the sections of a program as assembly, and collects the names of marks and the host's steps.

use guests::Mode;

use super::pieces::{Action, Caster, Covered, Gate, Piece, Program, Smm};

/// The number of entries of handlers after which a guest gives up, which bounds it.
const BUDGET: u8 = 16;
/// Breakpoints of a processor.
const BREAKPOINTS: usize = 4;
/// The registers that a handler saves, in the order in which they are pushed.
const KEPT: [&str; 5] = ["xax", "xcx", "xdx", "xbx", "xbp"];

/// A moment and what the host does then.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The snap, or the label before whose instruction it is.
    pub at: String,
    pub before: bool,
    pub actions: Vec<Action>,
}

/// A program's sections.
#[derive(Debug)]
pub(super) struct Assembly {
    mode: Mode,
    /// Word and lines of each.
    pub sections: Vec<(&'static str, Vec<String>)>,
    /// Names of marks and snaps.
    pub names: Vec<String>,
    pub steps: Vec<Step>,
    lines: Vec<String>,
    count: u32,
    breakpoints: usize,
}

impl Assembly {
    /// Writes a program.
    pub(super) fn of(program: &Program) -> Self {
        let mut assembly = Self {
            mode: program.mode,
            sections: Vec::new(),
            names: Vec::new(),
            steps: Vec::new(),
            lines: Vec::new(),
            count: 0,
            breakpoints: 0,
        };
        assembly.main(program);
        assembly.handlers(program);
        if !program.smm.is_empty() || assembly.steps.iter().any(|step| step.actions.contains(&Action::Smi)) {
            assembly.smm(&program.smm);
        }
        let entries = program.entries;
        for word in ["nmi_left", "ud_left", "irq_left"] {
            assembly.line(format!("{word}: db {entries}"));
        }
        assembly.line(format!("budget: db {BUDGET}"));
        assembly.lines(&["smm_table:", "dw 3FFh", "dd smm_vectors", "smm_vectors:", "dw 0, 0, 0, 0"]);
        let target = if assembly.sections.iter().any(|(word, _)| *word == "smm") { "smm_nmi" } else { "0" };
        assembly.line(format!("dw {target}, 3000h"));
        assembly.end("data");
        assembly
    }

    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn lines(&mut self, lines: &[&str]) {
        self.lines.extend(lines.iter().map(|line| (*line).to_owned()));
    }

    fn end(&mut self, word: &'static str) {
        self.sections.push((word, std::mem::take(&mut self.lines)));
    }

    fn fresh(&mut self, stem: &str) -> String {
        self.count += 1;
        format!("{stem}{}", self.count)
    }

    fn mark(&mut self, name: &str, frame: &str) {
        self.names.push(name.to_owned());
        self.line(format!("mark {name}{frame}"));
    }

    fn main(&mut self, program: &Program) {
        self.line("mov xbx, stop");
        self.mark("start", "");
        for piece in &program.main {
            self.piece(piece);
        }
        if !program.user.is_empty() {
            let user = self.fresh("user");
            self.lines(&["mov xax, xsp", "push USER_DS", "push xax", "push 2", "push USER_CS"]);
            self.lines(&[&format!("mov xax, {user}"), "push xax", "iret", &format!("{user}:")]);
            for piece in &program.user {
                self.piece(piece);
            }
        }
        self.mark("end", "");
        self.lines(&["done", "stop:"]);
        self.mark("stop", "");
        self.line("done");
        self.end("main");
    }

    fn handlers(&mut self, program: &Program) {
        self.handler("nmi", &program.nmi);
        self.lines(&["iret"]);
        self.end("nmi");
        self.handler("ud", &program.undefined);
        // It returns to the address that the faulting instructions left in XBX.
        self.lines(&["push xbp", "mov xbp, xsp", "mov [xbp+SLOT], xbx", "pop xbp", "iret"]);
        self.end("ud");
        self.handler("irq", &program.interrupt);
        self.lines(&["push xax", "push xcx", "push xdx", "eoi", "pop xdx", "pop xcx", "pop xax", "iret"]);
        self.end("irq");
        self.mark("bp", ", frame");
        self.pay();
        self.line("iret");
        self.end("bp");
        self.mark("db", ", frame");
        self.pay();
        self.lines(&["push xbp", "mov xbp, xsp", "and word [xbp+3*SLOT], 0FEFFh", "pop xbp", "iret"]);
        self.end("db");
        self.recovering("gp");
        if self.mode != Mode::Real {
            self.recovering("pf");
            self.mark("df", "");
            self.line("done");
            self.end("df");
        }
        if program.gate == Gate::NotPresent {
            self.mark("np", ", error-frame");
            self.pay();
            self.lines(&["add xsp, SLOT", "iret"]);
            self.end("np");
        }
    }

    /// The guest gives up once it has entered too many handlers.
    fn pay(&mut self) {
        self.lines(&["dec byte [budget]", "jz stop"]);
    }

    /// A handler with pieces, up to what it returns by.
    fn handler(&mut self, word: &str, pieces: &[Piece]) {
        self.mark(word, ", frame");
        self.pay();
        if pieces.is_empty() {
            return;
        }
        self.line(format!("dec byte [{word}_left]"));
        self.line(format!("js {word}_leave"));
        for register in KEPT {
            self.line(format!("push {register}"));
        }
        for piece in pieces {
            self.piece(piece);
        }
        for register in KEPT.iter().rev() {
            self.line(format!("pop {register}"));
        }
        self.line(format!("{word}_leave:"));
    }

    /// A handler that returns to the address that the faulting instructions left in XBX.
    fn recovering(&mut self, word: &'static str) {
        let coded = self.mode != Mode::Real;
        self.mark(word, if coded { ", error-frame" } else { ", frame" });
        self.pay();
        self.lines(&["push xbp", "mov xbp, xsp"]);
        self.line(format!("mov [xbp+{}*SLOT], xbx", if coded { 2 } else { 1 }));
        self.line("pop xbp");
        if coded {
            self.line("add xsp, SLOT");
        }
        self.line("iret");
        self.end(word);
    }

    fn smm(&mut self, parts: &[Smm]) {
        self.mark("smm", "");
        for part in parts {
            match part {
                Smm::Mark => {
                    let name = self.fresh("m");
                    self.mark(&name, "");
                }
                Smm::Raise => self.line("raise"),
                Smm::Snap(actions) => self.snap(actions),
                Smm::Iret => {
                    let after = self.fresh("smm_after");
                    self.lines(&["lidt [smm_table]", "pushf", "push cs", &format!("push {after}"), "iret"]);
                    self.line(format!("{after}:"));
                }
            }
        }
        self.lines(&["rsm", "smm_nmi:"]);
        self.mark("smm-nmi", "");
        self.line("iret");
        self.end("smm");
    }

    fn snap(&mut self, actions: &[Action]) {
        let name = self.fresh("s");
        self.names.push(name.clone());
        self.line(format!("snap {name}"));
        if !actions.is_empty() {
            self.steps.push(Step { at: name, before: false, actions: actions.to_vec() });
        }
    }

    /// A label, before whose instruction the host does something if there is a breakpoint left.
    fn before(&mut self, actions: &[Action]) {
        let label = self.fresh("b");
        self.line(format!("{label}:"));
        if !actions.is_empty() && self.breakpoints < BREAKPOINTS {
            self.breakpoints += 1;
            self.steps.push(Step { at: label, before: true, actions: actions.to_vec() });
        }
    }

    /// Instructions that fault. Before them XBX is set to the address at which to continue, which is behind them.
    fn faulting(&mut self, lines: &[&str]) {
        let after = self.fresh("after");
        self.line(format!("mov xbx, {after}"));
        self.lines(lines);
        self.line(format!("{after}:"));
    }

    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Mark => {
                let name = self.fresh("m");
                self.mark(&name, "");
            }
            Piece::Raise(1) => self.line("raise"),
            Piece::Raise(count) => self.line(format!("raise {count}")),
            Piece::Interrupt => self.line("irq"),
            Piece::Snap(actions) => self.snap(actions),
            Piece::Before(actions) => {
                self.before(actions);
                self.line("nop");
            }
            Piece::Halt { armed: true } => self.lines(&["arm", "hlt"]),
            Piece::Halt { armed: false } => self.line("hlt"),
            Piece::Shadows { run, covered, before } => self.shadows(run, *covered, before),
            Piece::Popf { trap, enable } => {
                let enable = if *enable { "or word [xbp], 200h" } else { "and word [xbp], 0FDFFh" };
                self.lines(&["pushf", "mov xbp, xsp", enable]);
                if *trap {
                    self.line("or word [xbp], 100h");
                }
                self.line("popf");
            }
            Piece::Disable => self.line("cli"),
            Piece::Breakpoint => self.faulting(&["int3"]),
            Piece::SoftwareNmi => self.faulting(&["int 2"]),
            Piece::PageFault if self.mode != Mode::Real => self.faulting(&["mov al, [absent]"]),
            Piece::Protection if self.mode != Mode::Real => {
                self.faulting(&["mov ax, BAD_SELECTOR", "mov fs, ax"]);
            }
            Piece::Undefined | Piece::PageFault | Piece::Protection => self.faulting(&["ud2"]),
            Piece::Iret { narrow, trap, enable } => {
                self.iret(*narrow, 2 + 256 * u16::from(*trap) + 512 * u16::from(*enable))
            }
            Piece::FaultingIret { address } => self.faulting_iret(*address),
        }
    }

    fn shadows(&mut self, run: &[Caster], covered: Covered, before: &[Action]) {
        // 64-bit code has no POP SS.
        let pops = |caster: &&Caster| **caster == Caster::PopSs && self.mode != Mode::Long;
        let pops = run.iter().filter(pops).count();
        let after = self.fresh("after");
        self.line(format!("mov xbx, {after}"));
        for _ in 0..pops {
            self.line("push ss");
        }
        self.line("mov dx, ss");
        if covered == Covered::Raise {
            self.line("mov al, 1");
        }
        for caster in run {
            self.line(match caster {
                Caster::Sti => "sti",
                Caster::PopSs if self.mode != Mode::Long => "pop ss",
                Caster::MovSs | Caster::PopSs => "mov ss, dx",
            });
        }
        self.before(before);
        self.lines(match covered {
            Covered::Nop => &["nop"],
            Covered::Disable => &["cli"],
            Covered::PushFlags => &["pushf", "pop xax"],
            Covered::Raise => &["out 0E1h, al"],
            Covered::Breakpoint => &["int3"],
            Covered::Undefined => &["ud2"],
            Covered::Halt => &["hlt"],
        });
        self.line(format!("{after}:"));
    }

    /// Pushes a frame for an IRET of the mode's own width, without the instruction pointer.
    fn push_frame(&mut self, flags: u16, selector: &str) {
        if self.mode == Mode::Long {
            self.lines(&["mov rbp, rsp", "mov eax, ss", "push rax", "push rbp"]);
        }
        self.lines(&[&format!("push {flags}"), selector]);
    }

    fn iret(&mut self, narrow: bool, flags: u16) {
        let after = self.fresh("after");
        if !narrow || self.mode == Mode::Real {
            self.push_frame(flags, if self.mode == Mode::Real { "push cs" } else { "push KERNEL_CS" });
            self.lines(&[&format!("mov xax, {after}"), "push xax", "iret", &format!("{after}:")]);
            return;
        }
        self.lines(&["mov xbp, xsp", "sub xsp, 10", &format!("mov xax, {after}"), "mov word [xsp], ax"]);
        self.lines(&["mov word [xsp+2], KERNEL_CS", &format!("mov word [xsp+4], {flags}")]);
        self.lines(&["mov word [xsp+6], bp", "mov word [xsp+8], ss", "iretw", &format!("{after}:"), "mov xsp, xbp"]);
    }

    /// An IRET that faults: by its address (not in protected mode) or by its code segment.
    fn faulting_iret(&mut self, address: bool) {
        let after = self.fresh("after");
        self.lines(&[&format!("mov xbx, {after}"), "mov xbp, xsp"]);
        match self.mode {
            Mode::Real => self.lines(&["push dword 2", "push dword 0", "push dword 10000h", "iretd"]),
            Mode::Long if address => {
                self.push_frame(2, "push KERNEL_CS");
                self.lines(&["mov rax, 8000000000000000h", "push rax", "iret"]);
            }
            Mode::Protected | Mode::Long => {
                self.push_frame(2, "push BAD_SELECTOR");
                self.lines(&["push xbx", "iret"]);
            }
        }
        self.lines(&[&format!("{after}:"), "mov xsp, xbp"]);
        let name = self.fresh("recovered");
        self.mark(&name, "");
    }
}
