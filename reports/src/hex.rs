//! Bytes as text.

/// Bytes in hexadecimal, two digits each, without separators: `e8f92700`.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(hex(&[]), "");
        assert_eq!(hex(&[0xe8, 0x0f, 0]), "e80f00");
    }
}
