//! The files and the command that start Bochs.

use std::path::Path;
use std::process::{Command, Stdio};

use fs_err::{self as fs, File};

use super::memory::Image;
use super::{Build, Error, Machine, config, rom};
use crate::bare;
use crate::kernel_image::Flat;

/// The guest's console, com1, below the directory of the run.
pub const CONSOLE: &str = "console.log";

/// What the guest writes to com2, below the directory of the run.
pub const RESULTS: &str = "results";

/// Writes all that Bochs needs into `dir`, and returns the command that starts it.
///
/// Nothing in `dir` is shared: runs in different directories do not meet. The command needs neither a terminal nor a
/// screen, and may be killed at any time; Debian's build takes a free one of the ports 5900 to 5949 for the display nobody
/// looks at. It ends, always with exit code 1, when the guest powers off; only the results tell whether the guest did its work.
///
/// Errors: kernel and initramfs do not fit, or a file cannot be written.
pub fn prepare(machine: &Machine, kernel: &Flat, initramfs: &[u8], dir: &Path) -> Result<Command, Error> {
    let image = Image::place((kernel.address, kernel.end()), initramfs.len() as u64, machine.memory_mib)?;
    let rom = rom::build(kernel, &image, &machine.command_line())?;
    start(machine, &image, (&kernel.bytes, initramfs), &rom, dir)
}

/// The same for an image with no kernel in it, which is entered in 32-bit protected mode.
pub fn prepare_bare(machine: &Machine, bare: &bare::Image, dir: &Path) -> Result<Command, Error> {
    let end = bare::ADDRESS + bare.bytes.len() as u64;
    let image = Image::place((bare::ADDRESS, end), 0, machine.memory_mib)?;
    let rom = rom::build_bare(bare.entry, &image)?;
    start(machine, &image, (&bare.bytes, &[]), &rom, dir)
}

fn start(
    machine: &Machine,
    image: &Image,
    (bytes, initramfs): (&[u8], &[u8]),
    rom: &[u8],
    dir: &Path,
) -> Result<Command, Error> {
    let write = |name: &str, bytes: &[u8]| fs::write(dir.join(name), bytes);
    write("bochsrc", config::bochsrc(machine, image.address)?.as_bytes())?;
    write("rom", rom)?;
    for name in [CONSOLE, RESULTS] {
        write(name, b"")?;
    }
    image.write(&dir.join("memory"), bytes, initramfs)?;
    let said = File::create(dir.join("bochs.out"))?.into_file();
    let errors = said.try_clone()?;
    let mut command = Command::new(machine.build.program());
    command.args(["-q", "-f", "bochsrc"]).current_dir(dir);
    if machine.build == Build::Debian {
        // Its debugger waits for a command: continue.
        write("go", b"c\n")?;
        command.args(["-rc", "go"]);
    }
    command.stdin(Stdio::null()).stdout(said).stderr(errors);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::bochs::memory::{BLOCK, END_MARK, LAST_SPARE};
    use crate::kernel_image::SetupHeader;

    fn machine() -> Machine {
        let model = "corei7_skylake_x".to_owned();
        Machine { build: Build::Debian, model, memory_mib: 64, instructions_per_second: 100_000_000 }
    }

    fn kernel() -> Flat {
        let header = SetupHeader { bytes: b"\x01header".to_vec(), init_size: 0x50_0001, payload: 0..0 };
        Flat { address: 0x100_0000, entry: 0x100_0040, bytes: b"kernel".to_vec(), header }
    }

    #[test]
    fn the_files_say_the_same_of_the_memory() {
        let dir = tempfile::tempdir().unwrap();
        let command = prepare(&machine(), &kernel(), b"initramfs", dir.path()).unwrap();
        assert_eq!(command.get_current_dir(), Some(dir.path()));
        insta::assert_snapshot!(fs::read_to_string(dir.path().join("bochsrc")).unwrap());

        let image = fs::read(dir.path().join("memory")).unwrap();
        let spares = 64 * BLOCK as usize;
        assert!(image[spares - BLOCK as usize..].starts_with(&LAST_SPARE.to_le_bytes()));
        assert!(image[spares..].starts_with(b"kernel"));
        assert!(image[spares + 0x52_0000..].starts_with(b"initramfs"), "behind init_size, in a block of its own");
        assert!(image[image.len() - BLOCK as usize..].starts_with(&END_MARK.to_le_bytes()));

        let rom = fs::read(dir.path().join("rom")).unwrap();
        assert_eq!(rom[..2], [0x55, 0xaa]);
        assert_eq!(rom.len(), usize::from(rom[2]) * 512);
        assert_eq!(rom.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)), 0);
        let parameters = &rom[0x800..];
        assert!(parameters[0x1f1..].starts_with(b"\x01header"));
        assert!(parameters[0x218..].starts_with(&0x152_0000_u32.to_le_bytes()));
        assert!(parameters[0x21c..].starts_with(&9_u32.to_le_bytes()));
        assert!(parameters[0x228..].starts_with(&0x1_1000_u32.to_le_bytes()));
        assert!(parameters[0x1000..].starts_with(b"console=ttyS0 quiet"));
    }

    #[test]
    fn the_labs_own_has_neither_debugger_nor_display() {
        let dir = tempfile::tempdir().unwrap();
        let own = Machine { build: Build::Lab(PathBuf::from("/cache/bochs")), ..machine() };
        let command = prepare(&own, &kernel(), b"initramfs", dir.path()).unwrap();
        assert_eq!(command.get_program(), "/cache/bochs");
        assert!(!command.get_args().any(|argument| argument == "-rc"));
        assert!(fs::read_to_string(dir.path().join("bochsrc")).unwrap().contains("display_library: nogui\n"));
    }

    #[test]
    fn what_bochs_could_not_run_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let try_with = |machine: &Machine, kernel: &Flat, initramfs: &[u8]| {
            prepare(machine, kernel, initramfs, dir.path()).unwrap_err().to_string()
        };
        let named = Machine { model: "ryzen, count=2".to_owned(), ..machine() };
        let low = Flat { address: 0x10_0000, ..kernel() };
        let gone = dir.path().join("gone");
        let told = [
            try_with(&machine(), &kernel(), &[0; 50 << 20]),
            try_with(&machine(), &low, b""),
            try_with(&named, &kernel(), b""),
            prepare(&machine(), &kernel(), b"", &gone)
                .unwrap_err()
                .to_string()
                .replace(&gone.display().to_string(), "DIR"),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }
}
