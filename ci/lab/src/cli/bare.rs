//! `lab image` and `lab judge`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use fs_err as fs;
use reports::{SavedRun, code, replace};
use runner::command::note;
use runner::suite::Planned;

use super::args::{ImageArgs, ImageTrials, JudgeArgs};
use super::output::print;
use super::progress::write;
use crate::bare::{self, Answers, BadLine, Entry, Error, Ran};
use crate::{Attempt, Failure, Verdict};

/// The machine's name in trial names.
const NAME: &str = "bare:metal";

/// `lab image`: writes an image for physical processors.
pub(super) fn image(args: &ImageArgs) -> Result<u8, Failure> {
    let verdict = Verdict::new(args.trials.cases.as_deref())?;
    let (trials, entries) = chosen(&verdict, &args.trials)?;
    let image = bare::image(&entries)?;
    replace(&args.file, |file| file.write_all(&image.bytes))?;
    let cases: BTreeSet<&str> = trials.iter().map(|planned| planned.case.id.as_str()).collect();
    let (file, size) = (args.file.display(), image.bytes.len() / 1024);
    print(&format!("{file}: {} guests of {} cases, {size} KiB\n", entries.len(), cases.len()))?;
    Ok(code::FINE)
}

/// `lab judge`: judges the results that such an image sent over the serial port.
pub(super) fn judge(args: &JudgeArgs) -> Result<u8, Failure> {
    let verdict = Verdict::new(args.trials.cases.as_deref())?;
    let (trials, entries) = chosen(&verdict, &args.trials)?;
    let answers = read(&args.serial)?;
    let Some((told, have)) = answers.hello else {
        let source = Error::Written { line: 1, why: BadLine::NoHello };
        return Err(Failure::Results { file: args.serial.clone(), source });
    };
    if told != entries.len() {
        return Err(Error::OtherImage { made: entries.len(), told }.into());
    }
    if have.vendor() != args.trials.vendor {
        return Err(Error::OtherVendor(args.trials.vendor).into());
    }
    let fates = entries.into_iter().enumerate().map(|(number, entry)| (entry.guest, answers.fate(number))).collect();
    let ran = Ran { name: NAME.to_owned(), vendor: args.trials.vendor, have, emulator: None, facts: Vec::new() };
    let mut run = SavedRun::default();
    let stop = AtomicBool::new(false);
    let summary = bare::judge(verdict.library(), &trials, &ran, fates, &mut run, &stop)
        .map_err(|stopped| Failure::trouble(Attempt::KeepRun, stopped))?;
    write(&args.json, &run)?;
    note(&format!("judged {} trials; `nmi report {}` shows them", trials.len(), args.json.display()));
    Ok(reports::exit_code(&summary))
}

/// The trials that the words choose, and their guests, in the image's order.
fn chosen<'a>(verdict: &'a Verdict, words: &ImageTrials) -> Result<(Vec<Planned<'a>>, Vec<Entry>), Failure> {
    verdict.check(&words.filters)?;
    let trials = bare::plan(verdict.library(), NAME, words.vendor, &words.filters)?;
    if trials.is_empty() {
        return Err(Failure::NothingFits);
    }
    let entries =
        bare::select(&trials, words.vendor).map_err(|trouble| Failure::trouble(Attempt::BuildGuests, trouble))?;
    Ok((trials, entries))
}

fn read(serial: &Path) -> Result<Answers, Failure> {
    let bytes = fs::read(serial).map_err(Failure::Serial)?;
    let text = String::from_utf8_lossy(&bytes);
    // A capture may end within a line.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut answers = Answers::default();
    for line in whole.lines() {
        answers.take(line).map_err(|source| Failure::Results { file: serial.to_owned(), source })?;
    }
    Ok(answers)
}
