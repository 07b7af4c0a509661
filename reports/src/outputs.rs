//! The files of one command: none is written that it reads, and none twice.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::Claim;
use crate::claim::{ClaimError, resolve};
use crate::output::named;

/// The files of one command: none is written that it reads, and none twice.
#[derive(Debug, Default)]
pub struct Outputs {
    read: Vec<(String, Place)>,
    cases: Vec<PathBuf>,
    written: Vec<(String, Place)>,
}

/// Why an output is refused, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It must not be written; another file must be named.
    #[error("cannot write {file}: {why}")]
    Refused {
        /// Its name, as it was given.
        file: String,
        /// Why not, and what to do.
        why: Refusal,
    },
    /// The system's error; the text names the file.
    #[error("{0}")]
    Io(io::Error),
}

/// Why an output must not be written, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Standard output, for a file that is replaced as a whole.
    #[error("`{flag}` does not write to standard output; name a file, or `./-`")]
    Standard {
        /// The option.
        flag: String,
    },
    /// Two options name one file.
    #[error("`{other}` and `{flag}` both go there; give one another file")]
    Both {
        /// The first option.
        other: String,
        /// The second one.
        flag: String,
    },
    /// The command reads it.
    #[error("`{flag}` would write over {what}; give it another file")]
    Read {
        /// The option.
        flag: String,
        /// What it is read as.
        what: String,
    },
    /// It is, or would be, a case.
    #[error("`{flag}` would write among the cases; give it another file")]
    Case {
        /// The option.
        flag: String,
    },
    /// Standard output goes there.
    #[error("standard output and `{flag}` both go there; give one another file")]
    StandardToo {
        /// The option.
        flag: String,
    },
    /// It cannot be claimed.
    #[error(transparent)]
    Claim(ClaimError),
}

/// A file by its path without links, and by device and inode, since one file may have several names.
#[derive(Debug, Default)]
struct Place {
    path: Option<PathBuf>,
    id: Option<(u64, u64)>,
}

impl Place {
    fn of(path: &Path) -> Place {
        let id = fs::metadata(path).ok().map(|there| (there.dev(), there.ino()));
        Place { path: resolve(path).ok(), id }
    }

    fn is(&self, other: &Place) -> bool {
        (self.path.is_some() && self.path == other.path) || (self.id.is_some() && self.id == other.id)
    }
}

impl Outputs {
    /// For a command that reads and writes no file yet.
    pub fn new() -> Outputs {
        Outputs::default()
    }

    /// Notes a file that the command reads; `what` names it in errors: `the baseline`.
    pub fn reads(&mut self, what: &str, path: &Path) {
        self.read.push((what.to_owned(), Place::of(path)));
    }

    /// Notes a folder of cases, or a file of one.
    pub fn reads_cases(&mut self, path: &Path) {
        self.cases.extend(fs::canonicalize(path));
    }

    /// Claims a file that is written as the work goes on. `flag` names the option in errors. Errors: see [`OutputError`].
    pub fn growing(&mut self, flag: &str, path: &Path) -> Result<Claim, OutputError> {
        self.claim(flag, path, Claim::growing)
    }

    /// Claims a file that is replaced as a whole or not at all. Errors: see [`OutputError`].
    pub fn whole(&mut self, flag: &str, path: &Path) -> Result<Claim, OutputError> {
        if path == Path::new("-") {
            let why = Refusal::Standard { flag: flag.to_owned() };
            return Err(OutputError::Refused { file: "-".to_owned(), why });
        }
        self.claim(flag, path, Claim::whole)
    }

    fn claim(
        &mut self,
        flag: &str,
        path: &Path,
        claim: fn(&Path) -> Result<Claim, ClaimError>,
    ) -> Result<Claim, OutputError> {
        let file = path.display().to_string();
        let place = Place::of(path);
        let refused = |why| OutputError::Refused { file: file.clone(), why };
        // Several commands and flags may write to the same device.
        let is_device = fs::metadata(path).is_ok_and(|there| there.file_type().is_char_device());
        if !is_device {
            self.check(flag, &place).map_err(refused)?;
        }
        let claimed = claim(path).map_err(|error| match error {
            ClaimError::Io(error) => OutputError::Io(named("write", &file, error)),
            other => refused(Refusal::Claim(other)),
        })?;
        self.written.push((flag.to_owned(), if is_device { Place::default() } else { place }));
        Ok(claimed)
    }

    fn check(&self, flag: &str, place: &Place) -> Result<(), Refusal> {
        let flag = flag.to_owned();
        if let Some((other, _)) = self.written.iter().find(|(_, other)| other.is(place)) {
            return Err(Refusal::Both { other: other.clone(), flag });
        }
        if let Some((what, _)) = self.read.iter().find(|(_, other)| other.is(place)) {
            return Err(Refusal::Read { flag, what: what.clone() });
        }
        let is_case = |path: &Path| {
            let is_yaml = path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml");
            self.cases.iter().any(|cases| path == cases || (is_yaml && path.starts_with(cases)))
        };
        if place.path.as_deref().is_some_and(is_case) {
            return Err(Refusal::Case { flag });
        }
        let stdout = rustix::fs::fstat(io::stdout()).ok().map(|stdout| (stdout.st_dev, stdout.st_ino));
        if place.id.is_some() && place.id == stdout {
            return Err(Refusal::StandardToo { flag });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Folder {
            Folder(tempfile::tempdir().expect("created"))
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn with(&self, name: &str, text: &str) -> PathBuf {
            fs::write(self.path(name), text).expect("written");
            self.path(name)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.0.path()).expect("readable").flatten();
            let mut names: Vec<String> =
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            names
        }
    }

    fn refused(claim: Result<Claim, OutputError>) -> String {
        match claim {
            Err(OutputError::Refused { why, .. }) => why.to_string(),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn what_is_there_stays_until_the_work_begins() {
        let folder = Folder::new();
        let [old, whole] = ["old", "whole"].map(|name| folder.with(name, "old"));
        {
            let mut outputs = Outputs::new();
            let _old = outputs.growing("--json", &old).expect("claimed");
            let _new = outputs.growing("--other", &folder.path("new")).expect("claimed");
            let _whole = outputs.whole("--junit", &whole).expect("claimed");
            let _later = outputs.whole("--html", &folder.path("later")).expect("claimed");
        }
        assert_eq!(folder.names(), ["old", "whole"], "nothing else is left");
        assert_eq!([&old, &whole].map(|path| fs::read(path).expect("there")), [b"old", b"old"]);
        let mut begun = Outputs::new().growing("--json", &old).expect("claimed").begin().expect("begun");
        begun.write_all(b"n").expect("written");
        Outputs::new().whole("--junit", &whole).expect("claimed").replace(|to| to.write_all(b"n")).expect("written");
        assert_eq!([&old, &whole].map(|path| fs::read(path).expect("there")), [b"n", b"n"]);
        assert_eq!(folder.names(), ["old", "whole"]);
    }

    #[test]
    fn one_file_is_written_once_whatever_its_name() {
        let folder = Folder::new();
        let file = folder.with("file", "text");
        symlink(&file, folder.path("link")).expect("linked");
        fs::hard_link(&file, folder.path("hard")).expect("linked");
        symlink("new", folder.path("to-new")).expect("linked");
        for (one, other) in [("file", "file"), ("file", "link"), ("link", "hard"), ("new", "new"), ("new", "to-new")] {
            let mut outputs = Outputs::new();
            let _one = outputs.growing("--json", &folder.path(one)).expect("claimed");
            let why = refused(outputs.whole("--junit", &folder.path(other)));
            assert_eq!(why, "`--json` and `--junit` both go there; give one another file", "{one} {other}");
            let mut outputs = Outputs::new();
            outputs.reads("the baseline", &folder.path(one));
            let why = refused(outputs.growing("--json", &folder.path(other)));
            assert_eq!(why, "`--json` would write over the baseline; give it another file", "{one} {other}");
        }
        let mut outputs = Outputs::new();
        outputs.reads_cases(folder.0.path());
        let why = refused(outputs.growing("--json", &folder.path("case.yaml")));
        assert_eq!(why, "`--json` would write among the cases; give it another file");
        outputs.growing("--json", &folder.path("run.jsonl")).expect("no case");
        assert_eq!(fs::read(&file).expect("there"), b"text");
    }

    #[test]
    fn another_command_does_not_write_what_one_writes() {
        let folder = Folder::new();
        let busy = "another command is writing it; wait for its end, or name another file";
        let old = folder.with("old", "old");
        for path in [old, folder.path("new")] {
            let growing = Outputs::new().growing("--json", &path).expect("claimed");
            assert_eq!(refused(Outputs::new().growing("--json", &path)), busy);
            assert_eq!(refused(Outputs::new().whole("--junit", &path)), busy);
            let begun = growing.begin().expect("begun");
            assert_eq!(refused(Outputs::new().growing("--json", &path)), busy, "until the file is closed");
            drop(begun);
            let whole = Outputs::new().whole("--junit", &path).expect("claimed");
            assert_eq!(refused(Outputs::new().growing("--json", &path)), busy);
            assert_eq!(refused(Outputs::new().whole("--junit", &path)), busy);
            whole.replace(|to| to.write_all(b"whole")).expect("written");
            Outputs::new().whole("--junit", &path).expect("free again");
            fs::remove_file(path).expect("removed");
        }
        let new = folder.path("absent");
        let whole = Outputs::new().whole("--junit", &new).expect("claimed");
        assert_eq!(refused(Outputs::new().growing("--json", &new)), busy, "though it is not there yet");
        drop(whole);
        assert!(folder.names().is_empty());
    }

    #[test]
    fn what_cannot_be_written_is_told_at_once() {
        let folder = Folder::new();
        assert_eq!(refused(Outputs::new().growing("--json", folder.0.path())), "it is a folder; name a file");
        assert_eq!(refused(Outputs::new().whole("--html", folder.0.path())), "it is a folder; name a file");
        for path in [folder.path("none/run.jsonl"), folder.with("file", "").join("below")] {
            let start = format!("cannot write {}: ", path.display());
            for claim in [Outputs::growing, Outputs::whole] {
                let error = claim(&mut Outputs::new(), "--json", &path).expect_err("no folder");
                assert!(matches!(error, OutputError::Io(_)) && error.to_string().starts_with(&start), "{error}");
            }
        }
        let mut outputs = Outputs::new();
        outputs.growing("--json", Path::new("/dev/null")).expect("nothing stays there");
        outputs.whole("--junit", Path::new("/dev/null")).expect("so it may be named twice");
    }
}
