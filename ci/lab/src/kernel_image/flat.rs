use super::{Error, SetupHeader, elf, payload};

/// No kernel takes more memory than this, in bytes.
const LARGEST: u64 = 1 << 30;

/// A kernel as it lies in memory, at the address it was linked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flat {
    /// Physical address of the first byte.
    pub address: u64,
    /// Physical address of `startup_64`, entered by the 64-bit boot protocol.
    pub entry: u64,
    /// The memory's content.
    pub bytes: Vec<u8>,
    /// The bzImage's setup header.
    pub header: SetupHeader,
}

impl Flat {
    /// Lays out the segments of a bzImage's kernel, which [`vmlinux`] has decompressed.
    ///
    /// The kernel is at the address it was linked for, so it must be started with `nokaslr`, which has no other meaning
    /// here: the code that would move it has been left out.
    ///
    /// Errors: not a bzImage, or not an ELF file with segments in one place.
    pub fn new(bzimage: &[u8], vmlinux: &[u8]) -> Result<Flat, Error> {
        let header = SetupHeader::read(bzimage)?;
        let (entry, loads) = elf::read(vmlinux)?;
        let address = loads.iter().map(|load| load.address).min().ok_or(Error::Elf("it has no segment to load"))?;
        let end = loads.iter().map(|load| load.address.saturating_add(load.size)).max().unwrap_or(address);
        if end - address > LARGEST || end > 1 << 32 {
            return Err(Error::Elf("its segments are too far apart"));
        }
        if !(address..end).contains(&entry) {
            return Err(Error::Elf("its entry point lies outside its segments"));
        }
        let mut bytes = vec![0; (end - address) as usize];
        for load in loads {
            let at = (load.address - address) as usize;
            bytes[at..at + load.bytes.len()].copy_from_slice(load.bytes);
        }
        Ok(Flat { address, entry, bytes, header })
    }

    /// One past the last physical address that the kernel uses before it has read the memory map.
    pub fn end(&self) -> u64 {
        self.address + u64::from(self.header.init_size).max(self.bytes.len() as u64)
    }
}

/// The ELF file that a bzImage holds compressed. Takes seconds.
///
/// Errors: not a bzImage, a damaged one, one compressed by an unknown method.
pub fn vmlinux(bzimage: &[u8]) -> Result<Vec<u8>, Error> {
    payload::decompress(&bzimage[SetupHeader::read(bzimage)?.payload])
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
