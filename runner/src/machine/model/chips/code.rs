//! A cache of decoded instructions by physical address; a write to a page drops those of the page.

use std::ops::Range;

use iced_x86::Instruction;

const PAGE: usize = x86::paging::PAGE as usize;
/// The slot that says "not decoded".
const NONE: u16 = 0;

/// Decoded instructions of one page of memory, dropped as soon as the page is written.
#[derive(Clone, Debug, Default)]
struct Page {
    /// It was written since the guest was loaded.
    changed: bool,
    slots: Vec<u16>,
    decoded: Vec<(u32, Instruction)>,
}

impl Page {
    fn forget(&mut self) {
        if !self.decoded.is_empty() {
            self.decoded.clear();
            self.slots.fill(NONE);
        }
    }
}

/// Decoded instructions by physical address, and which pages were written.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    pages: Vec<Page>,
}

impl Code {
    pub(super) fn new(memory: usize) -> Self {
        Self { pages: vec![Page::default(); memory.div_ceil(PAGE)] }
    }

    /// The instruction at `address` if it was decoded as `bits`-bit code at offset `rip`.
    pub(super) fn get(&self, address: u64, bits: u32, rip: u64) -> Option<&Instruction> {
        let page = self.pages.get(address as usize / PAGE)?;
        let slot = *page.slots.get(address as usize % PAGE)?;
        let (known, instruction) = page.decoded.get(usize::from(slot).checked_sub(1)?)?;
        (*known == bits && instruction.ip() == rip).then_some(instruction)
    }

    /// Remembers an instruction that lies in one page.
    pub(super) fn put(&mut self, address: u64, bits: u32, instruction: Instruction) {
        let Some(page) = self.pages.get_mut(address as usize / PAGE) else { return };
        if page.slots.is_empty() {
            page.slots.resize(PAGE, NONE);
        }
        page.decoded.push((bits, instruction));
        if let (Some(slot), Ok(index)) =
            (page.slots.get_mut(address as usize % PAGE), u16::try_from(page.decoded.len()))
        {
            *slot = index;
        }
    }

    /// Memory at `address` was written.
    pub(super) fn written(&mut self, address: u64, length: usize) {
        let first = address as usize / PAGE;
        let last = (address as usize).saturating_add(length.saturating_sub(1)) / PAGE;
        for page in first..=last {
            if let Some(page) = self.pages.get_mut(page) {
                page.changed = true;
                page.forget();
            }
        }
    }

    /// Calls `restore` with the bytes of every page that was written since the last time.
    pub(super) fn undo(&mut self, mut restore: impl FnMut(Range<usize>)) {
        for (number, page) in self.pages.iter_mut().enumerate().filter(|(_, page)| page.changed) {
            page.changed = false;
            page.forget();
            restore(number * PAGE..(number + 1) * PAGE);
        }
    }
}
