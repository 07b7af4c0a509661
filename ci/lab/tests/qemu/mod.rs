//! Finds QEMU, and makes a machine of it for tests of the bare machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use lab::bare::Image;
use lab::boot::{Boot, Logs};

/// Where Debian's package keeps it.
#[allow(dead_code, reason = "not every test takes Debian's")]
pub(crate) const DEBIANS: &str = "/usr/bin/qemu-system-x86_64";

/// The one that LAB_QEMU names, or the one that the lab has built.
pub(crate) fn patched() -> Option<PathBuf> {
    let named = std::env::var_os("LAB_QEMU").map(PathBuf::from);
    let built = || lab::qemu::RECIPE.find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/lab"));
    named.or_else(built)
}

/// A machine with this processor. Unlike the lab's it translates several instructions at once.
pub(crate) fn machine(qemu: PathBuf, processor: &'static str) -> Boot<Image> {
    let command = move |image: &Image, logs: &Logs| {
        let file = logs.console.with_file_name("image");
        std::fs::write(&file, &image.bytes).unwrap();
        let mut command = Command::new(&qemu);
        command.args(["-L", "/usr/share/qemu", "-L", "/usr/share/seabios", "-nodefaults", "-display", "none"]);
        command.args(["-no-reboot", "-accel", "tcg", "-cpu", processor, "-m", "64", "-kernel"]).arg(file);
        command.arg("-serial").arg(format!("file:{}", logs.console.display()));
        Ok(command)
    };
    Boot { about: "QEMU".to_owned(), emulator: "QEMU TCG", command: Box::new(command) }
}
