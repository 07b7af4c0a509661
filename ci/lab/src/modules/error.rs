//! What is wrong with a patch of KVM, or why no modules can be built with it.

use std::io;
use std::path::{Path, PathBuf};

use reports::code;

use super::header::BadHeader;

/// What is wrong with a patch of KVM, or why no modules can be built with it.
#[derive(Debug, thiserror::Error)]
pub enum ModulesError {
    // The patch.
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// Its name, or what stands above the diff in a planted fault or a fix.
    #[error("{}:{line}:{column}: {why}", file.display())]
    Header {
        /// The file.
        file: PathBuf,
        /// Line of the header, from 1.
        line: usize,
        /// Column in the line, from 1.
        column: usize,
        /// What is wrong there.
        why: BadHeader,
    },
    /// It is no unified diff.
    #[error(
        "{patch} changes no file: write it with `git diff` or `diff -u`, so that its lines begin with ---, +++ and @@"
    )]
    NoDiff {
        /// The patch.
        patch: String,
    },
    /// It changes what is built into the kernel, or nothing that is there.
    #[error(
        "{patch}:{line}: `{file}` is not part of KVM's modules in Linux {kernel}; a patch may change what is below \
         arch/x86/kvm and virt/kvm and the headers they include"
    )]
    Outside {
        /// The patch.
        patch: String,
        /// The line that names the file.
        line: usize,
        /// The file.
        file: String,
        /// The kernel.
        kernel: String,
    },
    /// It is made for another source.
    #[error(
        "{patch} does not apply to Linux {kernel}: hunk {hunk} does not fit {file}, where it is looked for at line {at}"
    )]
    Hunk {
        /// The patch.
        patch: String,
        /// The kernel.
        kernel: String,
        /// The file.
        file: String,
        /// Which of the patch's hunks for the file, from 1.
        hunk: usize,
        /// The line of the source.
        at: usize,
    },
    /// `patch` refuses it for another reason.
    #[error("{patch} does not apply to Linux {kernel}: {words}")]
    Refused {
        /// The patch.
        patch: String,
        /// The kernel.
        kernel: String,
        /// What `patch` said.
        words: String,
    },
    /// The compiler refuses what came of it.
    #[error("KVM of Linux {kernel} does not build with {patches}: {words}")]
    Compile {
        /// The kernel.
        kernel: String,
        /// The patches.
        patches: String,
        /// The first error.
        words: String,
    },

    // The machine.
    /// Its kernel came from files.
    #[error(
        "patches are applied to the source that Debian built a kernel from, and {kernel} is a kernel of your own: build its \
         modules there and name them, --kernel BZIMAGE:MODULES"
    )]
    OwnKernel {
        /// The kernel's label.
        kernel: String,
    },
    /// No namespaces.
    #[error(
        "building modules needs a root folder of its own, which `unshare` cannot make here ({words}): allow user namespaces \
         (sysctl kernel.unprivileged_userns_clone=1), or run the lab outside of the container"
    )]
    NoSandbox {
        /// What it said.
        words: String,
    },
}

impl ModulesError {
    /// An error of a header, from column 1.
    pub(crate) fn header(file: &Path, line: usize, why: BadHeader) -> ModulesError {
        ModulesError::Header { file: file.to_owned(), line, column: 1, why }
    }

    /// The process's exit code: whether the patch is to blame, or this machine.
    pub fn exit_code(&self) -> u8 {
        match self {
            ModulesError::OwnKernel { .. } | ModulesError::NoSandbox { .. } => code::TROUBLE,
            _ => code::BAD_INPUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ModulesError;

    #[test]
    fn what_cannot_be_built_is_one_sentence() {
        let (patch, kernel) = ("mine.patch".to_owned(), "7.3.4".to_owned());
        let file = "arch/x86/kvm/svm/svm.c".to_owned();
        let errors = [
            ModulesError::NoDiff { patch: patch.clone() },
            ModulesError::Outside {
                patch: patch.clone(),
                line: 3,
                file: "mm/gup.c".to_owned(),
                kernel: kernel.clone(),
            },
            ModulesError::Hunk { patch: patch.clone(), kernel: kernel.clone(), file, hunk: 2, at: 4157 },
            ModulesError::Refused {
                patch: patch.clone(),
                kernel: kernel.clone(),
                words: "malformed patch at line 9".to_owned(),
            },
            ModulesError::Compile { kernel, patches: patch, words: "svm/svm.c:12:3: error: `x` undeclared".to_owned() },
            ModulesError::OwnKernel { kernel: "bzImage".to_owned() },
            ModulesError::NoSandbox { words: "unshare failed: Operation not permitted".to_owned() },
        ];
        let told: Vec<String> = errors.iter().map(|error| format!("{}  {error}", error.exit_code())).collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
