//! What the cache keeps of a kernel's package: the image and the modules of KVM.

use std::path::Path;

use fs_err as fs;

use super::closure;
use super::files::{name_of, walk};
use crate::Failure;

/// The modules whose closures are kept of a kernel.
const KEPT: [&str; 2] = ["kvm-amd", "kvm-intel"];

/// Takes from an unpacked package what the lab needs of it: the image and the modules that KVM is made of.
pub(super) fn keep(root: &Path, into: &Path) -> Result<(), Failure> {
    // `boot/vmlinuz-RELEASE`, and in newer packages `usr/lib/modules/RELEASE/vmlinuz`.
    let image = walk(root).into_iter().find(|path| name_of(path).split('-').next() == Some("vmlinuz"));
    let image = image.ok_or(Failure::NoImage)?;
    fs::copy(&image, into.join("image"))?;
    let modules = into.join("modules");
    fs::create_dir_all(&modules)?;
    for top in KEPT {
        for module in closure(root, top)? {
            fs::write(modules.join(format!("{}.ko", module.name)), &module.bytes)?;
        }
    }
    Ok(())
}
