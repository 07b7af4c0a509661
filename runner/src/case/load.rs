//! Loading and checking of a suite, whole or in part.

use std::path::Path;

use super::diagnostics::Diagnostics;
use super::file_read::read_all;
use super::files::File;
use super::library::{Library, Loaded};
use super::library_builder::LibraryBuilder;
use super::source::Source;

/// Loads and checks every file.
///
/// Guests are assembled to check them, which takes longer than all the rest. Those of the embedded suite are not: a test does it.
///
/// Errors: everything that is wrong with any file; of a file that is not YAML, the first problem.
pub fn load(source: &Source) -> Result<Library, Diagnostics> {
    take(&source.files()?, builds(source)).finish(source, None).map(|loaded| loaded.library)
}

/// Loads the suite for a run of some cases; `needed` says by id which. Problems of other cases do not stop it, and those cases are
/// left out.
///
/// Errors: what is wrong with a needed case, or with the files that all cases share.
pub fn load_needed(source: &Source, needed: &dyn Fn(&str) -> bool) -> Result<Loaded, Diagnostics> {
    take(&source.files()?, builds(source)).finish(source, Some(needed))
}

/// The files of a source, without the embedded ones under an overlay: path below its folder, or a single file's name, and content.
///
/// Errors: a file cannot be read, or there is none.
pub fn files(source: &Source) -> Result<Vec<(String, Vec<u8>)>, Diagnostics> {
    let own = source.files()?.into_iter().filter(|file| !file.beside);
    own.map(|file| Ok((file.path, file.bytes?.into_owned()))).collect()
}

/// Checks every file and builds every guest. Returns the number of files.
///
/// Errors: everything that is wrong.
pub fn check(source: &Source) -> Result<usize, Diagnostics> {
    let files = source.files()?;
    take(&files, true).finish(source, None)?;
    Ok(files.iter().filter(|file| !file.beside).count())
}

/// Checks one file together with all others of its folder; `below` is its path in the folder.
///
/// Errors: everything that is wrong with it, or it is not a file of the suite.
pub fn check_one(folder: &Path, below: &str) -> Result<(), Diagnostics> {
    let source = Source::Folder(folder.to_owned());
    let files = source.files()?;
    let Some(file) = files.iter().find(|file| file.path == below) else {
        let name = folder.join(below).display().to_string();
        let message = "this is no file of the suite: it does not end in `.yaml`, or an editor left it there".to_owned();
        return Err(Diagnostics::whole(name, "passed-over", message, "rename the file"));
    };
    let wrong = take(&files, true).finish(&source, None).err().unwrap_or_default().of_file(&file.shown);
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Whether guests are assembled to check them.
fn builds(source: &Source) -> bool {
    !matches!(source, Source::Embedded)
}

fn take(files: &[File], assembles: bool) -> LibraryBuilder {
    let mut builder = LibraryBuilder::default();
    for (file, read) in files.iter().zip(read_all(files, assembles)) {
        builder.add(file, read);
    }
    builder
}
