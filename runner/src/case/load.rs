//! Loading and checking of a suite, whole or in part.

use std::path::Path;

use super::diagnostics::Diagnostics;
use super::files::File;
use super::library::{Library, Loaded};
use super::library_builder::LibraryBuilder;
use super::source::Source;

/// Loads and checks every file: all or nothing.
///
/// Guests are assembled to check them, but for those of the embedded files: a test has done that, and it takes longer
/// than all the rest.
///
/// Errors: everything that is wrong with any of them, but for files that are no YAML, of which the first mistake is told.
pub fn load(source: &Source) -> Result<Library, Diagnostics> {
    take(&source.files()?, builds(source)).finish(source, None).map(|loaded| loaded.library)
}

/// The same, but for a run of some cases only: whether one is `needed` is asked by its id. What is wrong with the others is
/// set aside, and they are left out.
///
/// Errors: what is wrong with a needed case, or with what all cases share.
pub fn load_needed(source: &Source, needed: &dyn Fn(&str) -> bool) -> Result<Loaded, Diagnostics> {
    take(&source.files()?, builds(source)).finish(source, Some(needed))
}

/// The files of a source, without those that are built in beside an overlay: path below its folder, or a single file's name, and
/// content.
///
/// Errors: one cannot be read, or there is none.
pub fn files(source: &Source) -> Result<Vec<(String, Vec<u8>)>, Diagnostics> {
    let own = source.files()?.into_iter().filter(|file| !file.beside);
    own.map(|file| Ok((file.path, file.bytes?.into_owned()))).collect()
}

/// Checks every file, and builds every guest.
///
/// Errors: everything that is wrong. Otherwise, how many files there are.
pub fn check(source: &Source) -> Result<usize, Diagnostics> {
    let files = source.files()?;
    take(&files, true).finish(source, None)?;
    Ok(files.iter().filter(|file| !file.beside).count())
}

/// Checks one file beside all others of its folder; `below` is its path in there.
///
/// Errors: everything that is wrong with it, or it is none of the folder's files.
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

/// Whether guests are built to find what is wrong with them.
fn builds(source: &Source) -> bool {
    !matches!(source, Source::Embedded)
}

fn take(files: &[File], builds: bool) -> LibraryBuilder {
    let mut builder = LibraryBuilder::new(builds);
    for file in files {
        builder.file(file);
    }
    builder
}
