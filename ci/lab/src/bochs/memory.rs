//! One image of the guest's memory, and what Bochs 2.7 makes of it.
//!
//! Bochs gives the guest memory by blocks of 128 KiB, in the order in which they are first touched. Its `optramimage`
//! reads a whole file to where the first block is, but gives the guest only that block; what follows in the file
//! becomes the content of whatever blocks are touched next. So the image begins with spare blocks, for those that the
//! BIOS touches, each with its number in its first dword. The boot ROM touches block after block below the kernel until
//! it reads the last spare's number, and then the kernel's and the initramfs' blocks in their order. A Bochs that puts
//! the whole file where it belongs satisfies the same loop, for the image is addressed so that this is right as well.

use std::io;
use std::path::Path;

use fs_err::File;
use fs_err::os::unix::fs::FileExt;

use super::Error;

/// Bochs' unit of guest memory, in bytes (`BX_MEM_BLOCK_LEN`).
pub(super) const BLOCK: u64 = 128 << 10;

/// Blocks that the BIOS may touch before the ROM runs. It touches about ten.
const SPARE_BLOCKS: u32 = 64;

/// The first dword of spare 0, of which the others follow.
const FIRST_SPARE: u32 = 0x5350_0000;

/// The first dword of the last spare block.
pub(super) const LAST_SPARE: u32 = FIRST_SPARE + SPARE_BLOCKS - 1;

/// The first dword of the image's last block.
pub(super) const END_MARK: u32 = 0x454e_4421;

/// The kernel reads the page tables and the initramfs below this, the part that the ROM maps.
const MAPPED: u64 = 1 << 30;

/// Where things are in the guest's memory: physical addresses.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// Of the image's first byte.
    pub(super) address: u64,
    /// Of what is started: the first byte after the spare blocks.
    pub(super) start: u64,
    /// Of the initramfs' first byte.
    pub(super) initramfs: u64,
    /// Of the initramfs, in bytes.
    pub(super) initramfs_size: u64,
    /// One past the image.
    pub(super) end: u64,
}

impl Image {
    /// Places a kernel, from its first byte to its end, and an initramfs in a guest of `memory_mib`.
    ///
    /// Errors: not enough memory, or a kernel where it cannot be served.
    pub(super) fn place((start, end): (u64, u64), initramfs_size: u64, memory_mib: u32) -> Result<Image, Error> {
        let spares = u64::from(SPARE_BLOCKS) * BLOCK;
        let address = start.checked_sub(spares).filter(|address| *address >= 1 << 20 && address % BLOCK == 0);
        let address = address.ok_or(Error::Address(start))?;
        let initramfs = end.next_multiple_of(BLOCK);
        let end_mark = initramfs.saturating_add(initramfs_size).saturating_add(BLOCK - 1) / BLOCK * BLOCK;
        let end = end_mark + BLOCK;
        let have = u64::from(memory_mib) << 20;
        // The BIOS keeps its tables in the last block or two.
        if end + (1 << 20) > have.min(MAPPED) {
            return Err(Error::Memory { need: (end >> 20) + 2, have: have >> 20 });
        }
        Ok(Image { address, start, initramfs, initramfs_size, end })
    }

    /// Writes the image, with holes where memory is zero.
    pub(super) fn write(&self, path: &Path, bytes: &[u8], initramfs: &[u8]) -> io::Result<()> {
        let file = File::create(path)?;
        file.set_len(self.end - self.address)?;
        for spare in 0..SPARE_BLOCKS {
            file.write_all_at(&(FIRST_SPARE + spare).to_le_bytes(), u64::from(spare) * BLOCK)?;
        }
        write_with_holes(&file, bytes, self.start - self.address)?;
        write_with_holes(&file, initramfs, self.initramfs - self.address)?;
        file.write_all_at(&END_MARK.to_le_bytes(), self.end - BLOCK - self.address)
    }
}

fn write_with_holes(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let hole = 64 << 10;
    for (chunk, at) in bytes.chunks(hole).zip((at..).step_by(hole)) {
        if chunk.iter().any(|byte| *byte != 0) {
            file.write_all_at(chunk, at)?;
        }
    }
    Ok(())
}
