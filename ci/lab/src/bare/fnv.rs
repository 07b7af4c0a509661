//! 32-bit FNV-1a: a hash that the supervisor computes in a few instructions.

/// The initial value.
pub(super) const BASIS: u32 = 0x811c_9dc5;
/// The factor at each byte.
pub(super) const PRIME: u32 = 0x0100_0193;

/// A hash that grows byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fnv(u32);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(BASIS)
    }
}

impl Fnv {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(PRIME));
    }

    pub(super) fn value(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Fnv;

    // From the authors' table of test vectors.
    #[test]
    fn it_is_fnv_1a() {
        let hash = |text: &str| {
            let mut hash = Fnv::default();
            hash.add(text.as_bytes());
            hash.value()
        };
        assert_eq!([hash(""), hash("a"), hash("foobar")], [0x811c_9dc5, 0xe40c_292c, 0xbf9c_f968]);
    }
}
