//! One scenario as a guest of the bare machine: the hypervisor, its guest's code and tables, and the VMCB.

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::asm::{Assembled, Pseudo, PseudoError, Region, Unit, assemble};
use guests::{Program, RaiseBy, Section, SectionName, Wiring, build, map};
use lab::bare::{Entry, Features};
use runner::terms::Need;

use crate::scenario::{Change, Mode, Scenario, vmcb};

/// The scenario's guest stands where L2's code does; in real mode that is its segment.
const CODE: u64 = map::L2_CODE.start;
const GDT: u64 = map::SCRATCH.start;
const IDT: u64 = GDT + 0x100;
const IVT: u64 = GDT + 0x400;

const HANDLERS: [(usize, &str); 4] = [(1, "trap"), (2, "nmi"), (3, "breakpoint"), (13, "gp")];

/// The guest for the bare machine, and the addresses of the scenario's labels.
pub(crate) fn entry(scenario: &Scenario) -> (Entry, BTreeMap<String, u64>) {
    let section = |name, text: String| Section { name, text };
    let sections = vec![section(SectionName::Main, main(scenario)), section(SectionName::L2, "vmmcall".to_owned())];
    let program = Program { sections, ..Program::default() };
    let wiring = Wiring { raise: RaiseBy::XApic, sender: false, constants: BTreeMap::new() };
    let mut guest = build(&program, guests::Mode::Long, &wiring).unwrap();
    let assembled = assembled(scenario);
    guest.memory.resize(guest.memory.len().max(map::MEMORY_SIZE as usize), 0);
    let mut put = |at: u64, bytes: &[u8]| guest.memory[at as usize..][..bytes.len()].copy_from_slice(bytes);
    for line in &assembled.lines {
        put(line.address, &line.bytes);
    }
    for (index, descriptor) in [0, 0x00CF_9B00_0000_FFFF_u64, 0x00CF_9300_0000_FFFF].into_iter().enumerate() {
        put(GDT + 8 * index as u64, &descriptor.to_le_bytes());
    }
    for (vector, handler) in HANDLERS {
        // An interrupt gate, absent if the guest has no handler.
        let (address, present) = assembled.symbols.get(handler).map_or((0, 0), |&address| (address, 0x8000));
        let gate = 8 << 16 | address & 0xFFFF | (0xE00 | present | (address & 0xFFFF_0000)) << 32;
        put(IDT + 8 * vector as u64, &gate.to_le_bytes());
        put(IVT + 4 * vector as u64, &((CODE << 12 | address) as u32).to_le_bytes());
    }
    for (offset, value) in start_state(scenario.mode, &assembled) {
        put(map::VMCB + offset, &value.to_le_bytes());
    }
    let needs = Features::of(&[Need::Svm, Need::Vnmi, Need::Vgif]);
    let name = scenario.name.to_owned();
    (Entry { name, guest: Arc::new(guest), needs, hypervisor: true, digests: Vec::new() }, assembled.symbols)
}

/// The hypervisor: changes the VMCB as each step says, runs the guest to its next #VMEXIT, and marks what it finds.
fn main(scenario: &Scenario) -> String {
    let vmcb = map::VMCB;
    let change = |change: &Change| {
        let Change { at, keep, set } = *change;
        let at = vmcb + u64::from(at);
        format!("and dword [{at:#x}], {keep:#x}\nor dword [{at:#x}], {set:#x}\n")
    };
    let step = |(number, changes): (usize, &&[Change])| {
        // VMRUN does not load TR. VMLOAD does, beside the MSRs by which the hypervisor ends: these stay.
        let (save, load) = match changes.iter().any(|change| change.at == vmcb::TR) {
            true => (format!("mov eax, {vmcb:#x}\nvmsave rax\n"), "vmload rax\n"),
            false => (String::new(), ""),
        };
        let changes: String = changes.iter().map(change).collect();
        // STI: a shadow of the hypervisor, which must not become the guest's. EBX receives the operand of `frame`.
        format!(
            "{save}{changes}mov ebx, 0\nmov eax, {vmcb:#x}\n{load}sti\nvmrun rax\ncli\nmark exit, exit\n\
             push rbx\npush qword [{vmcb:#x} + 5F8h]\nmark said, frame\nadd rsp, 16\n\
             cmp dword [{vmcb:#x} + 70h], 81h\njne next{number}\nadd dword [{vmcb:#x} + 578h], 3\nnext{number}:\n"
        )
    };
    let steps: String = scenario.steps.iter().enumerate().map(step).collect();
    format!("clgi\n{steps}done\n")
}

fn assembled(scenario: &Scenario) -> Assembled {
    let (base, bits) = match scenario.mode {
        Mode::Protected => (0, 32),
        Mode::Real => (CODE, 16),
    };
    let units = vec![Unit { name: "guest", text: scenario.guest }];
    let region = Region { start: CODE, end: CODE + 0x1000, base, bits, units };
    assemble(&[region], &[], &mut Words).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The VMCB before the first step. APM volume 2, appendix B, "VMCB Layout".
fn start_state(mode: Mode, assembled: &Assembled) -> Vec<(u64, u64)> {
    let segment = |selector: u64, attributes: u64, limit: u64| selector | attributes << 16 | limit << 32;
    let mut state = vec![
        (0x00C, 1 << 1 | 1 << 31 | 0b11 << 32), // intercepts: NMI, shutdown; VMRUN, VMMCALL
        (vmcb::INT_CTL.into(), u64::from(vmcb::V_NMI_ENABLE)),
        (0x4D0, 0x1000), // EFER.SVME
        (0x548, 0),      // CR4
        (0x550, 0),      // CR3
        (0x570, 2),      // RFLAGS
        (0x578, assembled.symbols["guest"]),
    ];
    let (code, data, base) = match mode {
        Mode::Protected => (segment(8, 0xC9B, 0xFFFF_FFFF), segment(16, 0xC93, 0xFFFF_FFFF), 0),
        Mode::Real => (segment(CODE >> 4, 0x9B, 0xFFFF), segment(CODE >> 4, 0x93, 0xFFFF), CODE),
    };
    for (offset, value) in [(0x400, data), (0x410, code), (0x420, data), (0x430, data)] {
        state.extend([(offset, value), (offset + 8, base)]);
    }
    let (cr0, idt, limit, stack) = match mode {
        Mode::Protected => (0x11, IDT, 0xFF, map::L2_STACK.top()),
        Mode::Real => (0x10, IVT, 0x3FF, 0x1000),
    };
    state.extend([(0x460, 23 << 32), (0x468, GDT)]);
    state.extend([(0x558, cr0), (0x480, limit << 32), (0x488, idt), (0x5D8, stack)]);
    state
}

/// `mark N` appends a digit to the trail in EAX; `frame` puts the return address of a handler's frame into EBX.
struct Words;

impl Pseudo for Words {
    fn expand(&mut self, _: &str, bits: u32, word: &str, operands: &str) -> Option<Result<Vec<String>, PseudoError>> {
        let lines = match (word, bits) {
            ("mark", _) => vec!["shl eax, 4".to_owned(), format!("or al, {operands}")],
            ("frame", 16) => vec!["mov bp, sp".to_owned(), "movzx ebx, word [bp]".to_owned()],
            ("frame", _) => vec!["mov ebx, [esp]".to_owned()],
            _ => return None,
        };
        Some(Ok(lines))
    }

    fn words(&self) -> &'static [&'static str] {
        &["mark", "frame"]
    }
}
