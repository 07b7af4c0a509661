//! An initramfs as a cpio archive.

use std::io::Write;
use std::path::Path;

use cpio::newc::{Builder, ModeFileType};
use fs_err as fs;

use crate::kernel::Module;
use crate::{Attempt, Failure};

const RUN: u32 = 0o755;
const READ: u32 = 0o644;

/// Where a module is in the guest.
pub(super) fn guest_file(module: &str) -> String {
    format!("/modules/{module}.ko")
}

/// The files of an initramfs, not compressed: it is read once, from memory.
pub struct Archive {
    bytes: Vec<u8>,
    inode: u32,
}

impl Archive {
    /// An archive with the mount points of every guest, and a console. Errors: none that is to be expected.
    pub fn new() -> Result<Archive, Failure> {
        let mut archive = Archive { bytes: Vec::new(), inode: 0 };
        for folder in ["dev", "proc", "sys", "tmp", "modules"] {
            archive.folder(folder);
        }
        archive.console()?;
        Ok(archive)
    }

    /// Adds a program of this machine. Errors: it cannot be read.
    pub fn program(&mut self, name: &str, file: &Path) -> Result<(), Failure> {
        self.write(name, RUN, &fs::read(file)?)
    }

    /// Adds a file. Errors: it is larger than an initramfs can hold.
    pub fn file(&mut self, name: &str, content: &[u8]) -> Result<(), Failure> {
        self.write(name, READ, content)
    }

    /// Adds modules, each in `/modules`. Errors: as of a file.
    pub fn modules(&mut self, modules: &[Module]) -> Result<(), Failure> {
        modules.iter().try_for_each(|module| self.file(guest_file(&module.name).trim_start_matches('/'), &module.bytes))
    }

    /// Writes all of it. Errors: it cannot be written.
    pub fn store(self, to: &Path) -> Result<(), Failure> {
        let bytes =
            cpio::newc::trailer(self.bytes).map_err(|error| Failure::trouble(Attempt::WriteInitramfs, error))?;
        Ok(fs::write(to, bytes)?)
    }

    /// Adds an empty folder.
    pub fn folder(&mut self, name: &str) {
        let entry = self.next(name, ModeFileType::Directory, RUN);
        // Writing an entry without content to memory cannot fail.
        let _ = entry.write(&mut self.bytes, 0).finish();
    }

    fn next(&mut self, name: &str, kind: ModeFileType, mode: u32) -> Builder {
        self.inode += 1;
        Builder::new(name).ino(self.inode).nlink(1).mode(mode).set_mode_file_type(kind)
    }

    /// The node that the kernel opens as the first process's output.
    fn console(&mut self) -> Result<(), Failure> {
        let entry = self.next("dev/console", ModeFileType::Char, 0o600).rdev_major(5).rdev_minor(1);
        entry.write(&mut self.bytes, 0).finish().map_err(|error| Failure::trouble(Attempt::WriteInitramfs, error))?;
        Ok(())
    }

    fn write(&mut self, name: &str, mode: u32, content: &[u8]) -> Result<(), Failure> {
        let size = u32::try_from(content.len()).map_err(|_| Failure::TooLong(name.to_owned()))?;
        let entry = self.next(name, ModeFileType::Regular, mode);
        let mut writer = entry.write(&mut self.bytes, size);
        writer.write_all(content).map_err(|error| Failure::trouble(Attempt::WriteInitramfs, error))?;
        writer.finish().map_err(|error| Failure::trouble(Attempt::WriteInitramfs, error))?;
        Ok(())
    }
}
