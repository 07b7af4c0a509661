/// What the kernel's build appends after a module's signature.
const MAGIC: &[u8] = b"~Module signature appended~\n";

/// A kernel module without the signature appended to it.
///
/// Checking one costs an emulated processor seconds. The kernel takes a module without a signature, taints itself and
/// says so, unless it was started with `module.sig_enforce` or locked down.
pub fn unsigned(module: &[u8]) -> &[u8] {
    // Before the magic stand 12 bytes of `struct module_signature`, whose last four are the signature's length.
    let without = || {
        let rest = module.strip_suffix(MAGIC)?;
        let (rest, tail) = rest.split_last_chunk::<12>()?;
        let length = u32::from_be_bytes(*tail.last_chunk::<4>()?) as usize;
        rest.get(..rest.len().checked_sub(length)?)
    };
    without().unwrap_or(module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_signature_is_taken_off() {
        let signed = [b"\x7fELF and code", &b"signed!"[..], &[0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 7], MAGIC].concat();
        assert_eq!(unsigned(&signed), b"\x7fELF and code");
        assert_eq!(unsigned(b"\x7fELF and code"), b"\x7fELF and code");
        // A length beyond the file is damage, which is the kernel's to complain of.
        let damaged = [&[0; 8][..], &[0xff; 4], MAGIC].concat();
        assert_eq!(unsigned(&damaged), damaged);
    }
}
