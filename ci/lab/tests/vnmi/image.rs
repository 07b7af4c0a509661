//! One scenario as a bootable image: hypervisor, guest, tables, VMCB.

use std::collections::BTreeMap;

use guests::asm::{Assembled, Pseudo, Region, Unit, assemble};

use crate::scenario::{Mode, Scenario, Step, vmcb};

const HYPERVISOR: u64 = 0x10_0000;
const GUEST: u64 = 0x10_1000;
const REAL_CODE: u64 = 0x10_2000;
const IDT: u64 = 0x10_3000;
const IVT: u64 = 0x10_3800;
const STEPS: u64 = 0x10_4000;
pub(crate) const VMCB: u64 = 0x10_5000;
const END: u64 = 0x10_6000;
const HSAVE: u64 = 0x10_6000;
const STACK: u64 = 0x10_8000;
const GUEST_STACK: u64 = 0x10_9000;
/// The 16-bit guest runs at 8000h; its stack ends at 9000h.
const REAL_SEGMENT: u64 = 0x800;

const HANDLERS: [(usize, &str); 4] = [(1, "trap"), (2, "nmi"), (3, "breakpoint"), (13, "gp")];

/// What QEMU loads, and what its labels are called.
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    pub(crate) labels: BTreeMap<String, u64>,
}

pub(crate) fn image(scenario: &Scenario) -> Image {
    let constants = [("STEPS", STEPS), ("VMCB", VMCB), ("HSAVE", HSAVE), ("STACK", STACK), ("REAL_CODE", REAL_CODE)];
    let mut constants: BTreeMap<String, u64> = constants.map(|(name, value)| (name.to_owned(), value)).into();
    constants.insert("REAL_SEGMENT".to_owned(), REAL_SEGMENT);
    let hypervisor = Unit { name: "hypervisor", text: include_str!("hypervisor.asm") };
    let guest = Unit { name: "guest", text: scenario.guest };
    let (start, base, bits) = match scenario.mode {
        Mode::Protected => (GUEST, 0, 32),
        Mode::Real => (REAL_CODE, REAL_CODE, 16),
    };
    let regions = [
        Region { start: HYPERVISOR, end: GUEST, base: 0, bits: 32, units: vec![hypervisor] },
        Region { start, end: start + 0x1000, base, bits, units: vec![guest] },
    ];
    let assembled = assemble(&regions, &constants, &mut Words).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let mut bytes = vec![0; (END - HYPERVISOR) as usize];
    let mut put = |at: u64, what: &[u8]| {
        let at = (at - HYPERVISOR) as usize;
        bytes[at..at + what.len()].copy_from_slice(what);
    };
    for line in &assembled.lines {
        put(line.address, &line.bytes);
    }
    for (vector, handler) in HANDLERS {
        // An interrupt gate, absent if the guest has no handler.
        let (address, present) = assembled.symbols.get(handler).map_or((0, 0), |&address| (address, 0x8000));
        let gate = 8 << 16 | address & 0xFFFF | (0xE00 | present | (address & 0xFFFF_0000)) << 32;
        put(IDT + 8 * vector as u64, &gate.to_le_bytes());
        put(IVT + 4 * vector as u64, &((REAL_SEGMENT << 16 | address) as u32).to_le_bytes());
    }
    put(STEPS, &steps(scenario.steps));
    for (offset, value) in start_state(scenario.mode, &assembled) {
        put(VMCB + offset, &value.to_le_bytes());
    }
    Image { bytes, labels: assembled.symbols }
}

/// The VMCB before the first step. APM volume 2, appendix B, "VMCB Layout".
fn start_state(mode: Mode, assembled: &Assembled) -> Vec<(u64, u64)> {
    let segment = |selector: u64, attributes: u64, limit: u64| selector | attributes << 16 | limit << 32;
    let mut state = vec![
        (0x00C, 1 << 1 | 1 << 31 | 0b11 << 32), // intercepts: NMI, shutdown; VMRUN, VMMCALL
        (0x058, 1),                             // ASID
        (vmcb::INT_CTL as u64, u64::from(vmcb::V_NMI_ENABLE)),
        (0x4D0, 0x1000), // EFER.SVME
        (0x560, 0x400),  // DR7
        (0x568, 0xFFFF_0FF0),
        (0x570, 2), // RFLAGS
        (0x578, assembled.symbols["guest"]),
    ];
    let (code, data, base) = match mode {
        Mode::Protected => (segment(8, 0xC9B, 0xFFFF_FFFF), segment(16, 0xC93, 0xFFFF_FFFF), 0),
        Mode::Real => (segment(REAL_SEGMENT, 0x9B, 0xFFFF), segment(REAL_SEGMENT, 0x93, 0xFFFF), REAL_SEGMENT << 4),
    };
    for (offset, value) in [(0x400, data), (0x410, code), (0x420, data), (0x430, data)] {
        state.extend([(offset, value), (offset + 8, base)]);
    }
    let (cr0, idt, limit, stack) = match mode {
        Mode::Protected => (0x11, IDT, 0xFF, GUEST_STACK),
        Mode::Real => (0x10, IVT, 0x3FF, 0x1000),
    };
    state.extend([(0x460, 23 << 32), (0x468, assembled.symbols["gdt"])]);
    state.extend([(0x558, cr0), (0x480, limit << 32), (0x488, idt), (0x5D8, stack)]);
    state
}

/// What [`hypervisor.asm`] reads.
fn steps(steps: &[Step]) -> Vec<u8> {
    let mut words = Vec::new();
    for step in steps {
        words.extend(step.iter().flat_map(|change| [change.at, change.keep, change.set]));
        words.push(u32::MAX);
    }
    words.push(u32::MAX - 1);
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// `mark N` appends a digit to the trail in EAX; `frame` puts the return address of a handler's frame into EBX.
struct Words;

impl Pseudo for Words {
    fn expand(&mut self, _: &str, bits: u32, word: &str, operands: &str) -> Option<Result<Vec<String>, String>> {
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
