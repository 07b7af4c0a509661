use super::Error;

/// A stretch of the kernel's ELF file that goes into memory.
pub(super) struct Load<'a> {
    /// Physical address.
    pub(super) address: u64,
    /// What goes there.
    pub(super) bytes: &'a [u8],
    /// Size in memory, in bytes; what the file does not have is zero.
    pub(super) size: u64,
}

/// The entry point, a physical address, and the LOAD segments of a vmlinux.
///
/// Errors: not ELF for x86-64, or a table or a segment outside the file.
pub(super) fn read(file: &[u8]) -> Result<(u64, Vec<Load<'_>>), Error> {
    let header = file.get(..64).ok_or(Error::Elf("it is shorter than an ELF header"))?;
    let (elf64_little_endian, x86_64) = (b"\x7fELF\x02\x01", 62);
    if !header.starts_with(elf64_little_endian) || number(header, 18, 2) != Some(x86_64) {
        return Err(Error::Elf("the magic or the machine is another"));
    }
    let field = |at, size| number(header, at, size).ok_or(Error::Elf("it is shorter than an ELF header"));
    let (entry, table, size, count) = (field(24, 8)?, field(32, 8)?, field(54, 2)?, field(56, 2)?);
    let outside = Error::Elf("its program headers lie outside the file");
    let headers = slice(file, table, size * count).filter(|_| size >= 56).ok_or(outside)?;
    let mut loads = Vec::new();
    for header in headers.chunks_exact(size as usize) {
        let field = |at, size| number(header, at, size).unwrap_or_default();
        let (kind, load) = (field(0, 4), 1);
        if kind != load {
            continue;
        }
        let (offset, address, in_file, size) = (field(8, 8), field(24, 8), field(32, 8), field(40, 8));
        let bytes = slice(file, offset, in_file).ok_or(Error::Elf("a segment lies outside the file"))?;
        loads.push(Load { address, bytes, size: size.max(in_file) });
    }
    Ok((entry, loads))
}

fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + size)?;
    Some(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

fn slice(bytes: &[u8], at: u64, size: u64) -> Option<&[u8]> {
    let end = at.checked_add(size)?;
    bytes.get(usize::try_from(at).ok()?..usize::try_from(end).ok()?)
}
