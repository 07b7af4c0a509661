//! The programs of targets that share a boot, run in as few boots as the kernel leaves: one, unless it dies.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Answer, Program, Shown};
use crate::boot::{Boot, Ending, Limits, Logs, RESULTS, Running, watch};
use crate::guest::{Archive, guest_file};
use crate::kernel::Module;
use crate::plan::{self, Plan, Round};
use crate::serial::{FrameKind, Received, Step};
use crate::target::Target;
use crate::{Cache, Failure};

/// What the boots need.
pub struct Boots<'a> {
    /// The lab's cache.
    pub cache: &'a Cache,
    /// The first process of the guest.
    pub init: &'a Path,
    /// How its machine is started.
    pub boot: &'a Boot<Path>,
    /// How long it may be silent.
    pub limits: Limits,
    /// KVM's modules, the vendor's last.
    pub modules: &'a [Module],
    /// Set by Ctrl-C.
    pub stop: &'a AtomicBool,
}

/// Runs the programs of each target, which differ in parameters alone, and says what became of each.
///
/// Errors: the lab's own trouble. That the kernel dies is an answer.
pub fn run(boots: &Boots<'_>, targets: &[(&Target, Vec<Program>)], kernel: &str) -> Result<Vec<Answer>, Failure> {
    let names: Vec<&str> = targets.iter().map(|(target, _)| target.name.as_str()).collect();
    let name = format!("boots/reproduce/{}/{kernel}", names.join("+"));
    let _lock = boots.cache.lock(&name)?;
    let logs = Logs::in_folder(&boots.cache.folder(&name)?);
    let mut shown: Vec<Vec<Option<Shown>>> = targets.iter().map(|(_, programs)| vec![None; programs.len()]).collect();
    while shown.iter().flatten().any(Option::is_none) {
        let before = answered(&shown);
        match one(boots, targets, &logs, &mut shown)? {
            Ending::Interrupted => return Err(Failure::Interrupted),
            Ending::Done if answered(&shown) == before => {
                return Err(Failure::trouble("run the programs", "the boot ended without a word of any"));
            }
            Ending::Done => {}
            // The first that did not answer is what it died of.
            Ending::Died | Ending::Silent => {
                if let Some(first) = shown.iter_mut().flatten().find(|one| one.is_none()) {
                    *first = Some(Shown::Died);
                }
            }
        }
    }
    let answers = targets.iter().zip(shown).flat_map(|((target, programs), shown)| {
        programs.iter().zip(shown).map(|(program, shown)| Answer {
            target: target.name.clone(),
            chosen: program.chosen.clone(),
            shown: shown.unwrap_or(Shown::Died),
        })
    });
    Ok(answers.collect())
}

fn answered(shown: &[Vec<Option<Shown>>]) -> usize {
    shown.iter().flatten().filter(|one| one.is_some()).count()
}

/// One boot, with all that did not answer yet.
fn one(
    boots: &Boots<'_>,
    targets: &[(&Target, Vec<Program>)],
    logs: &Logs,
    shown: &mut [Vec<Option<Shown>>],
) -> Result<Ending, Failure> {
    for file in [&logs.console, &logs.results] {
        // They may not be there.
        let _ = fs::remove_file(file);
    }
    let left: Vec<(usize, Vec<usize>)> = shown
        .iter()
        .enumerate()
        .map(|(target, shown)| {
            let open = shown.iter().enumerate().filter(|(_, one)| one.is_none()).map(|(number, _)| number);
            (target, open.collect())
        })
        .filter(|(_, open): &(usize, Vec<usize>)| !open.is_empty())
        .collect();
    let image = logs.console.with_file_name("initramfs");
    pack(boots, targets, &left, &image)?;
    let mut running = Running::start((boots.boot.command)(&image, logs)?, logs)?;
    let mut round = 0;
    watch(&mut running, logs, boots.limits, boots.stop, &mut |received| {
        let Received::Frame(FrameKind::Step, text) = received else { return Ok(()) };
        match text.parse() {
            Ok(Step::Round(number)) => round = number,
            Ok(Step::Program { number, code, words }) => {
                let place = left.get(round).and_then(|(target, open)| Some((*target, *open.get(number)?)));
                let room = place.and_then(|(target, program)| shown.get_mut(target)?.get_mut(program));
                if let Some(room) = room {
                    *room = Some(Shown::of(code, words));
                }
            }
            Ok(Step::Failed(why)) => return Err(Failure::trouble("run the programs in the guest", why)),
            _ => {}
        }
        Ok(())
    })
}

/// The initramfs: the first process, the modules, the programs, the plan.
fn pack(
    boots: &Boots<'_>,
    targets: &[(&Target, Vec<Program>)],
    left: &[(usize, Vec<usize>)],
    image: &Path,
) -> Result<(), Failure> {
    let mut archive = Archive::new()?;
    archive.program("init", boots.init)?;
    archive.modules(boots.modules)?;
    archive.folder("programs");
    let mut rounds = Vec::new();
    for (target, open) in left {
        let Some((target, programs)) = targets.get(*target) else { continue };
        let mut files = Vec::new();
        for program in open.iter().filter_map(|number| programs.get(*number)) {
            let name = program.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            archive.program(&format!("programs/{name}"), &program.file)?;
            files.push(format!("/programs/{name}"));
        }
        let parameters = target.machine().map(|machine| machine.parameters.clone()).unwrap_or_default();
        rounds.push(Round { parameters, settings: Vec::new(), arguments: Vec::new(), programs: files });
    }
    let mut modules: Vec<String> = boots.modules.iter().map(|module| guest_file(&module.name)).collect();
    let name = boots.modules.last().map(|module| module.name.replace('-', "_")).unwrap_or_default();
    let kvm = (modules.pop().unwrap_or_default(), name);
    let plan = Plan { results: RESULTS.to_owned(), modules, kvm, rounds, link: None, crashes: Vec::new() };
    let text = serde_json::to_vec(&plan).map_err(|error| Failure::trouble("write the plan", error))?;
    archive.file(plan::FILE.trim_start_matches('/'), &text)?;
    archive.store(image)
}
