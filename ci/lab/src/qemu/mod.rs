//! QEMU with AMD's NMI virtualization: Debian's source and the patches in `ci/lab/qemu`.

use crate::needs::Probe;
use crate::patched::Recipe;

/// Four minutes on two processors.
pub const RECIPE: Recipe = Recipe {
    name: "QEMU",
    made_for: "QEMU 7.2 of Debian bookworm",
    package: "qemu",
    version: "1:7.2",
    debian_patches: true,
    patches: &[
        ("devices.patch", include_str!("../../qemu/devices.patch")),
        ("svm-exit-codes.patch", include_str!("../../qemu/svm-exit-codes.patch")),
        ("svm-interrupt-shadow.patch", include_str!("../../qemu/svm-interrupt-shadow.patch")),
        ("svm-vmrun.patch", include_str!("../../qemu/svm-vmrun.patch")),
        ("svm-breakpoints.patch", include_str!("../../qemu/svm-breakpoints.patch")),
        ("iret-faults.patch", include_str!("../../qemu/iret-faults.patch")),
        ("nmi-virtualization.patch", include_str!("../../qemu/nmi-virtualization.patch")),
        ("tss-busy.patch", include_str!("../../qemu/tss-busy.patch")),
        ("delivery-error-codes.patch", include_str!("../../qemu/delivery-error-codes.patch")),
        ("svm-asid.patch", include_str!("../../qemu/svm-asid.patch")),
        ("single-step.patch", include_str!("../../qemu/single-step.patch")),
        ("resume-flag.patch", include_str!("../../qemu/resume-flag.patch")),
        ("svm-int3.patch", include_str!("../../qemu/svm-int3.patch")),
        ("svm-interrupts.patch", include_str!("../../qemu/svm-interrupts.patch")),
        ("nmi-before-an-interrupt.patch", include_str!("../../qemu/nmi-before-an-interrupt.patch")),
        ("svm-interrupt-priority.patch", include_str!("../../qemu/svm-interrupt-priority.patch")),
        ("svm-single-step.patch", include_str!("../../qemu/svm-single-step.patch")),
    ],
    // It unpacks Debian's own patches, too.
    fetching: &[(Probe::Program("dpkg-source"), "dpkg-dev"), (Probe::Program("xz"), "xz-utils")],
    building: &[
        (Probe::Program("cc"), "build-essential"),
        (Probe::Program("make"), "build-essential"),
        (Probe::Program("patch"), "patch"),
        (Probe::Program("python3"), "python3"),
        (Probe::Program("meson"), "meson"),
        (Probe::Program("ninja"), "ninja-build"),
        (Probe::Program("pkg-config"), "pkg-config"),
        (Probe::Command(&["pkg-config", "glib-2.0"]), "libglib2.0-dev"),
        (Probe::Command(&["pkg-config", "pixman-1"]), "libpixman-1-dev"),
        // Debian's has no entry in pkg-config.
        (Probe::Command(&["cc", "-E", "-include", "libfdt.h", "-x", "c", "/dev/null"]), "libfdt-dev"),
    ],
    // Of Debian's own QEMU, which brings it.
    running: &[
        (Probe::File("/usr/share/qemu/linuxboot_dma.bin"), "qemu-system-x86"),
        (Probe::File("/usr/share/seabios/bios-256k.bin"), "qemu-system-x86"),
    ],
    tree: "build-lab",
    configure: &[
        "../configure",
        "--target-list=x86_64-softmmu",
        "--meson=meson",
        "--without-default-features",
        // The devices of `devices.patch`. Its code of trace events alone is a third of all files.
        "--without-default-devices",
        "--with-devices-x86_64=lab",
        "--enable-trace-backends=nop",
        "--enable-tcg",
        "--enable-system",
        "--disable-debug-info",
        "--disable-docs",
        "--disable-tools",
    ],
    make: &["ninja", "qemu-system-x86_64"],
    binary: "qemu-system-x86_64",
};
