use crate::needs::{Need, Probe};
use crate::patched::Recipe;

/// The VGA BIOS, where its own package has it: Debian's Bochs only links to it.
pub(super) const VGA_BIOS: &str = "/usr/share/vgabios/vgabios.bin";

/// Firmware for every Bochs. Debian's source package of Bochs contains none.
pub(crate) const FIRMWARE: &[Need] =
    &[(Probe::File("/usr/share/bochs/BIOS-bochs-latest"), "bochsbios"), (Probe::File(VGA_BIOS), "vgabios")];

/// How the lab's Bochs is built (about two minutes on two processors). Debian's patches change only packaging and are not applied.
pub const RECIPE: Recipe = Recipe {
    name: "Bochs",
    made_for: "Bochs 3.0 of Debian trixie",
    package: "bochs",
    version: "3.0+",
    debian_patches: false,
    patches: &[
        ("vmx-posted-interrupt-descriptor.patch", include_str!("../../bochs/vmx-posted-interrupt-descriptor.patch")),
        ("vmx-nmi-injection.patch", include_str!("../../bochs/vmx-nmi-injection.patch")),
        ("vmx-saved-resume-flag.patch", include_str!("../../bochs/vmx-saved-resume-flag.patch")),
        ("vmx-external-interrupt-exiting.patch", include_str!("../../bochs/vmx-external-interrupt-exiting.patch")),
        ("svm-debug-exception-dr6.patch", include_str!("../../bochs/svm-debug-exception-dr6.patch")),
        ("svm-exit-clears-event-injection.patch", include_str!("../../bochs/svm-exit-clears-event-injection.patch")),
        ("svm-exit-clears-debug-trap.patch", include_str!("../../bochs/svm-exit-clears-debug-trap.patch")),
        ("svm-exit-keeps-shadow.patch", include_str!("../../bochs/svm-exit-keeps-shadow.patch")),
        ("svm-interrupt-masking.patch", include_str!("../../bochs/svm-interrupt-masking.patch")),
        ("svm-exit-interrupt-info.patch", include_str!("../../bochs/svm-exit-interrupt-info.patch")),
        ("svm-injected-software-interrupt.patch", include_str!("../../bochs/svm-injected-software-interrupt.patch")),
        ("vmx-nmi-injection-check.patch", include_str!("../../bochs/vmx-nmi-injection-check.patch")),
        ("vmx-exit-from-halt.patch", include_str!("../../bochs/vmx-exit-from-halt.patch")),
        ("iret-in-virtual-8086-mode.patch", include_str!("../../bochs/iret-in-virtual-8086-mode.patch")),
    ],
    fetching: &[(Probe::Program("tar"), "tar"), (Probe::Program("xz"), "xz-utils")],
    building: &[
        (Probe::Program("c++"), "build-essential"),
        (Probe::Program("make"), "build-essential"),
        (Probe::Program("patch"), "patch"),
    ],
    running: FIRMWARE,
    tree: ".",
    configure: &[
        "./configure",
        "--enable-cpu-level=6",
        "--enable-x86-64",
        "--enable-vmx=2",
        "--enable-svm",
        "--enable-avx",
        "--enable-evex",
        "--enable-all-optimizations",
        "--with-nogui",
        "--disable-plugins",
        "--disable-docbook",
        "CXXFLAGS=-O2",
    ],
    make: &["make", "bochs"],
    binary: "bochs",
};
