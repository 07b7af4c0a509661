//! `lab matrix` and `lab diff`: saved runs beside each other.

use std::io;

use reports::{Comparison, Grid, Labelled, Rows, code};
use runner::command::{Format, look, read_saved};

use super::args::{DiffArgs, MatrixArgs};
use super::output::print;
use super::places::Places;
use super::saved::{Named, pairs, saved};
use crate::{Attempt, Failure};

/// `lab matrix`: cases, targets and kernels, and where they differ.
pub(super) fn matrix(places: &Places, args: &MatrixArgs) -> Result<u8, Failure> {
    let named = match args.runs.as_slice() {
        [] => saved(places)?,
        files => files.iter().map(|file| Named::of(file)).collect(),
    };
    if named.is_empty() {
        return Err(Failure::NoRun);
    }
    let runs = named.iter().map(|named| read_saved(&named.file)).collect::<Result<Vec<_>, _>>()?;
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
        let (left, right) = (read_saved(&a.file)?, read_saved(&b.file)?);
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

fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| Failure::trouble(Attempt::WriteOutput, error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
