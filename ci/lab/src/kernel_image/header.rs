use super::Error;

/// What a boot loader needs of a bzImage's setup header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupHeader {
    /// The header as it stands in the file, from `setup_sects` on: the boot parameters begin with a copy of it.
    pub bytes: Vec<u8>,
    /// Memory that the kernel uses from its load address on before it has read the memory map, in bytes.
    pub init_size: u32,
    /// Where the compressed kernel lies in the file.
    pub(crate) payload: std::ops::Range<usize>,
}

impl SetupHeader {
    /// Where the header stands, in the file and in the boot parameters.
    pub const OFFSET: usize = 0x1f1;

    /// Reads the header.
    ///
    /// Errors: not a bzImage, an old one, one without a 64-bit entry point, or one cut short.
    pub(super) fn read(image: &[u8]) -> Result<SetupHeader, Error> {
        let short = Error::NotABzImage("it ends within the setup header");
        let header = image.get(..0x268).ok_or(short)?;
        if u16_at(header, 0x1fe) != 0xaa55 || &header[0x202..0x206] != b"HdrS" {
            return Err(Error::NotABzImage("the setup header's magic is missing"));
        }
        let [minor, major] = [header[0x206], header[0x207]];
        if (major, minor) < (2, 12) {
            return Err(Error::OldProtocol { major, minor });
        }
        // Bit 0 of xloadflags is XLF_KERNEL_64.
        if header[0x236] & 1 == 0 {
            return Err(Error::Not64Bit);
        }
        // Zero stands for four, for the sake of loaders older than the field.
        let setup_sects = match usize::from(header[Self::OFFSET]) {
            0 => 4,
            count => count,
        };
        let protected_mode_code = (setup_sects + 1) * 512;
        let start = protected_mode_code.saturating_add(u32_at(header, 0x248) as usize);
        let end = start.saturating_add(u32_at(header, 0x24c) as usize);
        if end > image.len() {
            return Err(Error::Truncated { have: image.len(), need: end });
        }
        // The byte before the magic is a jump over the header, whose distance is how the header's end is told.
        let end_of_header = 0x202 + usize::from(header[0x201]);
        let bytes =
            image.get(Self::OFFSET..end_of_header).ok_or(Error::NotABzImage("it ends within the setup header"))?;
        Ok(SetupHeader { bytes: bytes.to_vec(), init_size: u32_at(header, 0x260), payload: start..end })
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
