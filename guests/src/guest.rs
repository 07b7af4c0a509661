//! A guest that is built: its memory, how its processors start, and what its addresses mean.

use std::collections::BTreeMap;
use std::sync::Arc;

use x86::segment::Descriptor;

use crate::{Hypervisor, Mode, SectionName, Site};

/// A guest ready to run: an image of its memory, where its processors start, and what its addresses mean.
#[derive(Clone, Debug)]
pub struct Guest {
    /// The mode it starts in.
    pub mode: Mode,
    /// Guest memory from address 0 up to its last byte that is not zero, [`crate::map::MEMORY_SIZE`] bytes at most.
    pub memory: Vec<u8>,
    /// One start per processor: one or two.
    pub start: Vec<StartState>,
    /// Whether the second processor runs the built-in sender.
    pub sender: bool,
    /// Which vendor's hypervisor it is; `None` if it is no hypervisor.
    pub hypervisor: Option<Hypervisor>,
    /// Whether MSR 830h must work: start with the local APIC in x2APIC mode.
    pub x2apic: bool,
    /// Names of marks and snaps; a record's `mark` is an index into it.
    pub marks: Vec<String>,
    /// The case's pseudo-instructions, by ascending address.
    pub sites: Vec<Site>,
    /// Labels of the case and of the ABI.
    pub symbols: BTreeMap<String, u64>,
    /// Every instruction and datum in the image, by ascending address.
    pub listing: Vec<Arc<Line>>,
}

impl Guest {
    /// The mark or snap that wrote a record, by the record's [`site`](crate::abi::Record::site).
    pub fn mark_site(&self, returns: u64) -> Option<&Site> {
        self.sites.iter().find(|site| site.call.is_some_and(|call| call.returns == returns))
    }

    /// Whether it is a hypervisor with a guest of its own, L2.
    pub fn has_l2(&self) -> bool {
        self.listing.iter().any(|line| line.section.is_some_and(SectionName::is_l2))
    }

    /// The sites of all marks and snaps of that name.
    pub fn mark_sites<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Site> {
        let named = move |mark: u16| self.marks.get(usize::from(mark)).is_some_and(|known| known == name);
        self.sites.iter().filter(move |site| site.mark.is_some_and(named))
    }
}

/// One line of the listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Address of the first byte.
    pub address: u64,
    /// Bytes as assembled.
    pub bytes: Vec<u8>,
    /// The section it was written in; none for the ABI's own routines.
    pub section: Option<SectionName>,
    /// Line in the section's text, from 0; lines that a pseudo-instruction expands to share one.
    pub line: usize,
    /// The instruction as assembled, for example `out 0E1h,al`.
    pub text: String,
}

/// Segment registers, control registers and the rest, at a processor's first instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartState {
    /// Code segment.
    pub cs: Segment,
    /// Data segment.
    pub ds: Segment,
    /// Extra segment.
    pub es: Segment,
    /// Flat with a limit of 4 GiB, so that real-mode code can reach the APIC's page; 64 KiB in real mode if no code uses it.
    pub fs: Segment,
    /// The processor block.
    pub gs: Segment,
    /// Stack segment.
    pub ss: Segment,
    /// Task register.
    pub tr: Segment,
    /// Local descriptor table register: unusable.
    pub ldt: Segment,
    /// Global descriptor table register.
    pub gdt: Table,
    /// Interrupt descriptor table register.
    pub idt: Table,
    /// Control register 0.
    pub cr0: u64,
    /// Control register 3: address of the paging structures.
    pub cr3: u64,
    /// Control register 4.
    pub cr4: u64,
    /// Extended feature enable register.
    pub efer: u64,
    /// VM_HSAVE_PA, where VMRUN keeps the host's state (AMD); 0 if the guest is no hypervisor.
    pub hsave: u64,
    /// Which vendor's hypervisor the guest is; `None` if it is no hypervisor.
    pub hypervisor: Option<Hypervisor>,
    /// First instruction.
    pub rip: u64,
    /// Initial stack pointer.
    pub rsp: u64,
    /// Initial flags.
    pub rflags: u64,
}

/// A segment register with its hidden part (Intel SDM vol. 3, "Segment Registers" and "Segment Descriptors").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// The visible part.
    pub selector: u16,
    /// Linear address of the first byte.
    pub base: u64,
    /// Last valid offset, in bytes.
    pub limit: u32,
    /// Descriptor type, 4 bits.
    pub kind: u8,
    /// S: code or data, not system.
    pub code_or_data: bool,
    /// Descriptor privilege level.
    pub dpl: u8,
    /// P: the segment is there.
    pub present: bool,
    /// L: 64-bit code.
    pub long: bool,
    /// D/B: 32-bit.
    pub big: bool,
    /// G: limit counts pages.
    pub granular: bool,
    /// The register holds no segment.
    pub unusable: bool,
}

impl Segment {
    /// What a segment register holds after loading `selector` with this descriptor.
    pub fn loaded(selector: u16, descriptor: Descriptor) -> Self {
        Self {
            selector,
            base: descriptor.base().into(),
            limit: descriptor.limit(),
            kind: descriptor.kind(),
            code_or_data: descriptor.code_or_data(),
            dpl: descriptor.dpl(),
            present: descriptor.present(),
            long: descriptor.long(),
            big: descriptor.big(),
            granular: descriptor.granular(),
            unusable: false,
        }
    }
}

/// Base and limit of a descriptor table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Linear address.
    pub base: u64,
    /// Last valid offset, in bytes.
    pub limit: u16,
}
