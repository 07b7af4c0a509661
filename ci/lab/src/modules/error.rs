//! What is wrong with a patch of KVM, or why no modules can be built with it.

use std::io;
use std::path::{Path, PathBuf};

use reports::code;

use super::header::BadHeader;

/// What is wrong with a patch of KVM, or why no modules can be built with it.
#[derive(Debug, thiserror::Error)]
pub enum ModulesError {
    // The patch.
    /// The patch cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// The name of a planted fault or a fix, or its header above the diff, is wrong.
    #[error("{}:{line}:{column}: {why}", file.display())]
    Header {
        /// Path of the patch file.
        file: PathBuf,
        /// Line of the header, from 1.
        line: usize,
        /// Column in the line, from 1.
        column: usize,
        /// What is wrong at this place.
        why: BadHeader,
    },
    /// The patch is no unified diff.
    #[error(
        "{patch} changes no file: write it with `git diff` or `diff -u`, so that its lines begin with ---, +++ and @@"
    )]
    NoDiff {
        /// Name of the patch file.
        patch: String,
    },
    /// The patch changes a file that is not built into KVM's modules, or does not exist.
    #[error(
        "{patch}:{line}: `{file}` is not part of KVM's modules in Linux {kernel}; a patch may change what is below \
         arch/x86/kvm and virt/kvm and the headers they include"
    )]
    Outside {
        /// Name of the patch file.
        patch: String,
        /// Line of the patch that names the file, from 1.
        line: usize,
        /// Path of the changed file in the kernel's source.
        file: String,
        /// Release of the kernel, such as 7.3.4.
        kernel: String,
    },
    /// The patch was made for another source.
    #[error(
        "{patch} does not apply to Linux {kernel}: hunk {hunk} does not fit {file}, where it is looked for at line {at}"
    )]
    Hunk {
        /// Name of the patch file.
        patch: String,
        /// Release of the kernel, such as 7.3.4.
        kernel: String,
        /// Path of the changed file in the kernel's source.
        file: String,
        /// Which of the patch's hunks for the file, from 1.
        hunk: usize,
        /// Line of the source at which the hunk was expected, from 1.
        at: usize,
    },
    /// `patch` refuses the patch for another reason.
    #[error("{patch} does not apply to Linux {kernel}: {words}")]
    Refused {
        /// Name of the patch file.
        patch: String,
        /// Release of the kernel, such as 7.3.4.
        kernel: String,
        /// What `patch` said.
        words: String,
    },
    /// The patched source does not compile.
    #[error("KVM of Linux {kernel} does not build with {patches}: {words}")]
    Compile {
        /// Release of the kernel, such as 7.3.4.
        kernel: String,
        /// Names of the patch files.
        patches: String,
        /// First error of the compiler.
        words: String,
    },

    // The machine.
    /// The kernel was given as files, not by Debian.
    #[error(
        "patches are applied to the source that Debian built a kernel from, and {kernel} is a kernel of your own: build its \
         modules there and name them, --kernel BZIMAGE:MODULES"
    )]
    OwnKernel {
        /// Label of the kernel, from its file's name.
        kernel: String,
    },
    /// User namespaces are missing.
    #[error(
        "building modules needs a root folder of its own, which `unshare` cannot make here ({words}): allow user namespaces \
         (sysctl kernel.unprivileged_userns_clone=1), or run the lab outside of the container"
    )]
    NoSandbox {
        /// What `unshare` said.
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
