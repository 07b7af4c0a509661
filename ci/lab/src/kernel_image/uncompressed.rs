use super::{Error, SetupHeader, payload};

/// The note by which a kernel says that it can be entered as it is: XEN_ELFNOTE_PHYS32_ENTRY, 18, of owner `Xen`.
const ENTRY_NOTE: [u8; 4] = 18_u32.to_le_bytes();
const OWNER: [u8; 4] = *b"Xen\0";

/// The kernel of a bzImage as the ELF file that QEMU starts without a decompressor (PVH, x86/HVM direct boot ABI). None
/// if the kernel was not built for that (CONFIG_PVH).
///
/// Errors: not a bzImage, a damaged one, one compressed by an unknown method.
pub fn uncompressed(bzimage: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let header = SetupHeader::read(bzimage)?;
    let kernel = payload::decompress(&bzimage[header.payload.clone()])?;
    // Name's length, description's length, type, name: the description may be of 4 or 8 bytes.
    let is_note =
        |window: &[u8]| window.starts_with(&[4, 0, 0, 0]) && window[8..12] == ENTRY_NOTE && window[12..] == OWNER;
    let enterable = kernel.windows(16).step_by(4).any(is_note);
    Ok(enterable.then_some(kernel))
}
