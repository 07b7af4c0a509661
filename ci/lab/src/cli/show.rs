use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use reports::{
    ColourChoice, Comparison, Grid, InputKind, Labelled, Look, Rows, SavedRun, open_input, printable, read_run,
};
use runner::cli::{Format, code};

use super::args::{DiffArgs, MatrixArgs, Places};
use super::pick::{Named, pairs};
use super::start::{print, tell};
use crate::Failure;

/// `lab matrix`.
pub(super) fn matrix(places: &Places, args: &MatrixArgs) -> Result<u8, Failure> {
    let named = match args.runs.as_slice() {
        [] => saved(places)?,
        files => files.iter().map(|file| Named::of(file)).collect(),
    };
    if named.is_empty() {
        return Err(Failure::Input("error: no run is saved yet; start with `lab run`".to_owned()));
    }
    let runs = named.iter().map(|named| read(&named.file)).collect::<Result<Vec<_>, _>>()?;
    let labelled: Vec<Labelled<'_>> = named
        .iter()
        .zip(&runs)
        .map(|(named, run)| Labelled { group: &named.target, name: &named.kernel, run })
        .collect();
    let grid = Grid::new(&labelled);
    let rows = if args.all { Rows::All } else { Rows::Telling };
    let text = match args.format {
        Format::Text => grid.text(rows, look()),
        Format::Markdown => grid.markdown(rows),
        Format::Json => written(|to| grid.json(to))?,
    };
    print(&text)?;
    Ok(code::FINE)
}

/// `lab diff`: exit code 1 if something changed for the worse.
pub(super) fn diff(places: &Places, args: &DiffArgs) -> Result<u8, Failure> {
    let saved = saved(places)?;
    let mut worse = false;
    for (a, b) in pairs(&saved, &args.a, &args.b)? {
        let (left, right) = (read(&a.file)?, read(&b.file)?);
        let (a, b) = (a.to_string(), b.to_string());
        let comparison = Comparison::new((&a, &left), (&b, &right));
        worse |= comparison.worse();
        print(&match args.format {
            Format::Text => comparison.text(look()),
            Format::Markdown => comparison.markdown(),
            Format::Json => written(|to| comparison.json(to))?,
        })?;
    }
    Ok(if worse { code::FAILED } else { code::FINE })
}

/// The last run of every target and kernel, sorted by target and then by the kernels' numbers.
fn saved(places: &Places) -> Result<Vec<Named>, Failure> {
    let folder = places.cache()?.folder("runs")?;
    let entries = std::fs::read_dir(&folder).map_err(|error| Failure::io("read", &folder, &error))?;
    let files = entries.flatten().map(|entry| entry.path());
    let runs = files.filter(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    let mut named: Vec<Named> = runs.map(|file| Named::of(&file)).collect();
    named.sort_by_key(Named::order);
    Ok(named)
}

fn read(file: &Path) -> Result<SavedRun, Failure> {
    let wrong = |why: String| Failure::Input(format!("error: {}: {why}", file.display()));
    let open = open_input(file, InputKind::Run).map_err(|error| wrong(error.to_string()))?;
    let run = read_run(BufReader::new(open)).map_err(|error| wrong(error.to_string()))?;
    if let Some(note) = run.shortfall() {
        tell(&printable(&format!("{}: {note}", file.display())));
    }
    Ok(run)
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| Failure::trouble("write the output", error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn look() -> Look {
    Look::of_stdout(ColourChoice::Auto)
}

/// A path on the command line that is a file.
pub(super) fn as_file(word: &str) -> Option<PathBuf> {
    Some(PathBuf::from(word)).filter(|path| path.is_file())
}
