//! QEMU with AMD's NMI virtualization: Debian's source and the patches in `ci/lab/qemu`.

use crate::patched::Recipe;

/// Six minutes on two processors.
pub const RECIPE: Recipe = Recipe {
    name: "QEMU",
    made_for: "QEMU 7.2 of Debian bookworm",
    package: "qemu",
    version: "1:7.2",
    debian_patches: true,
    patches: &[
        ("svm-exit-codes.patch", include_str!("../../qemu/svm-exit-codes.patch")),
        ("svm-interrupt-shadow.patch", include_str!("../../qemu/svm-interrupt-shadow.patch")),
        ("svm-vmrun.patch", include_str!("../../qemu/svm-vmrun.patch")),
        ("svm-breakpoints.patch", include_str!("../../qemu/svm-breakpoints.patch")),
        ("iret-faults.patch", include_str!("../../qemu/iret-faults.patch")),
        ("nmi-virtualization.patch", include_str!("../../qemu/nmi-virtualization.patch")),
        ("tss-busy.patch", include_str!("../../qemu/tss-busy.patch")),
        ("delivery-error-codes.patch", include_str!("../../qemu/delivery-error-codes.patch")),
        ("svm-asid.patch", include_str!("../../qemu/svm-asid.patch")),
    ],
    programs: &[
        ("cc", "build-essential"),
        ("make", "build-essential"),
        ("patch", "patch"),
        ("python3", "python3"),
        ("meson", "meson"),
        ("ninja", "ninja-build"),
        ("pkg-config", "pkg-config"),
    ],
    files: &[
        (&["pkg-config", "glib-2.0"], "libglib2.0-dev"),
        (&["pkg-config", "pixman-1"], "libpixman-1-dev"),
        // Debian's has no entry in pkg-config.
        (&["cc", "-E", "-include", "libfdt.h", "-x", "c", "/dev/null"], "libfdt-dev"),
    ],
    tree: "build-lab",
    configure: &[
        "../configure",
        "--target-list=x86_64-softmmu",
        "--meson=meson",
        "--without-default-features",
        "--enable-tcg",
        "--enable-system",
        "--disable-debug-info",
        "--disable-docs",
        "--disable-tools",
    ],
    make: &["ninja", "qemu-system-x86_64"],
    binary: "qemu-system-x86_64",
};
