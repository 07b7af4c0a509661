//! Error codes of exceptions.

use bitfield_struct::bitfield;

/// The error code of #TS, #NP, #SS and #GP (Intel SDM vol. 3, 6.13 "Error Code"; AMD APM vol. 2, 8.4.1 "Selector-Error
/// Code").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct SelectorError {
    /// EXT: an event outside the program was being delivered.
    pub external: bool,
    /// IDT: the index is that of a gate.
    pub idt: bool,
    /// TI: the index is that of an LDT's descriptor.
    pub local: bool,
    /// Index of the descriptor or the gate.
    #[bits(13)]
    pub index: u16,
    __: u16,
}

impl SelectorError {
    /// The error code that names the gate of `vector`.
    pub const fn gate(vector: u8) -> Self {
        Self::new().with_idt(true).with_index(vector as u16)
    }
}

/// The error code of #PF (Intel SDM vol. 3, 4.7 "Page-Fault Exceptions"; AMD APM vol. 2, 8.4.2 "Page-Fault Error Code").
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct PageError {
    /// P: the page is present, and its protection forbids the access.
    pub present: bool,
    /// W/R: a write.
    pub write: bool,
    /// U/S: an access of CPL 3.
    pub user: bool,
    /// RSVD: a reserved bit is set in an entry.
    pub reserved: bool,
    /// I/D: an instruction fetch.
    pub fetch: bool,
    #[bits(27)]
    __: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_where_the_manuals_put_them() {
        assert_eq!(SelectorError::gate(2).into_bits(), 0x12);
        assert_eq!(SelectorError::gate(2).with_external(true).into_bits(), 0x13);
        assert_eq!(SelectorError::new().with_local(true).with_index(0x1fff).into_bits(), 0xfffc);
        let all = PageError::new().with_present(true).with_write(true).with_user(true).with_fetch(true);
        assert_eq!(all.into_bits(), 0x17);
        assert_eq!(PageError::new().with_reserved(true).into_bits(), 8);
    }
}
