/// The note by which a kernel says that it can be entered as it is: XEN_ELFNOTE_PHYS32_ENTRY, 18, of owner `Xen`.
const ENTRY_NOTE: [u8; 4] = 18_u32.to_le_bytes();
const OWNER: [u8; 4] = *b"Xen\0";

/// Whether QEMU can start this ELF file without a decompressor (PVH, x86/HVM direct boot ABI): the kernel was built with
/// CONFIG_PVH.
pub fn has_pvh_entry(vmlinux: &[u8]) -> bool {
    // Name's length, description's length, type, name: the description may be of 4 or 8 bytes.
    let is_note =
        |window: &[u8]| window.starts_with(&[4, 0, 0, 0]) && window[8..12] == ENTRY_NOTE && window[12..] == OWNER;
    vmlinux.windows(16).step_by(4).any(is_note)
}

#[cfg(test)]
mod tests {
    use super::has_pvh_entry;

    #[test]
    fn the_note_of_the_entry_is_found_at_multiples_of_four() {
        let note = b"\x04\0\0\0\x08\0\0\0\x12\0\0\0Xen\0";
        assert!(has_pvh_entry(&[b"\x7fELF", &note[..]].concat()));
        assert!(!has_pvh_entry(&[b"\x7fEL", &note[..]].concat()));
        assert!(!has_pvh_entry(b""));
    }
}
