use sha2::{Digest, Sha256};

/// A patch and its name, in the order in which they apply.
pub(super) const PATCHES: [(&str, &str); 8] = [
    ("svm-exit-codes.patch", include_str!("../../qemu/svm-exit-codes.patch")),
    ("svm-interrupt-shadow.patch", include_str!("../../qemu/svm-interrupt-shadow.patch")),
    ("svm-vmrun.patch", include_str!("../../qemu/svm-vmrun.patch")),
    ("svm-breakpoints.patch", include_str!("../../qemu/svm-breakpoints.patch")),
    ("iret-faults.patch", include_str!("../../qemu/iret-faults.patch")),
    ("nmi-virtualization.patch", include_str!("../../qemu/nmi-virtualization.patch")),
    ("tss-busy.patch", include_str!("../../qemu/tss-busy.patch")),
    ("delivery-error-codes.patch", include_str!("../../qemu/delivery-error-codes.patch")),
];

/// First 12 hex digits of the hash of all patches.
pub fn patches_hash() -> String {
    let mut hash = Sha256::new();
    for (name, text) in PATCHES {
        hash.update(name);
        hash.update(text);
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// Name of the cache entry that holds the QEMU built from this version of Debian's source package.
pub fn patched_qemu_key(debian_version: &str) -> String {
    let fit = |c: char| c.is_ascii_alphanumeric() || ".+-~".contains(c);
    let version: String = debian_version.chars().map(|c| if fit(c) { c } else { '_' }).collect();
    format!("qemu/{version}-{}", patches_hash())
}

#[cfg(test)]
mod tests {
    use super::{patched_qemu_key, patches_hash};

    #[test]
    fn the_key_holds_version_and_patches_and_is_one_folder() {
        let key = patched_qemu_key("1:7.2+dfsg-7+deb12u18");
        assert_eq!(key, format!("qemu/1_7.2+dfsg-7+deb12u18-{}", patches_hash()));
        assert_eq!(patches_hash().len(), 12);
    }
}
