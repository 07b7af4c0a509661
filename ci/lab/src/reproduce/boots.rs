//! Runs the programs of targets that share a boot: in one boot, unless the kernel dies.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{Answer, Program, Shown};
use crate::boot::{Boot, Ending, Limits, Logs, watch};
use crate::guest::{initramfs, plan};
use crate::kernel::Module;
use crate::plan::Round;
use crate::serial::{Frame, Received, Step};
use crate::target::Target;
use crate::{Cache, Failure};

/// What the boots need.
pub struct Boots<'a> {
    /// The lab's cache.
    pub cache: &'a Cache,
    /// The first process of the guest.
    pub init: &'a Path,
    /// The machine.
    pub boot: &'a Boot<Path>,
    /// How long it may take.
    pub limits: Limits,
    /// KVM's modules, the vendor's last.
    pub modules: &'a [Module],
    /// Set by Ctrl-C.
    pub stop: &'a AtomicBool,
}

/// Runs the programs of each target (the targets differ only in parameters of the module), and returns how each ended.
///
/// Errors: trouble on this host, or Ctrl-C. A kernel that dies is an answer, not an error.
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
                return Err(Failure::NoWord);
            }
            Ending::Done => {}
            // The kernel died in the first program that has no answer.
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

/// One boot, with all programs that have no answer yet.
fn one(
    boots: &Boots<'_>,
    targets: &[(&Target, Vec<Program>)],
    logs: &Logs,
    shown: &mut [Vec<Option<Shown>>],
) -> Result<Ending, Failure> {
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
    let mut running = boots.boot.start(&image, logs)?;
    let mut round = 0;
    watch(&mut running, logs, boots.limits, boots.stop, &mut |received| {
        let Received::Frame(Frame::Step(step)) = received else { return Ok(()) };
        match step {
            Step::Round(number) => round = number,
            Step::Program { number, end, output } => {
                let place = left.get(round).and_then(|(target, open)| Some((*target, *open.get(number)?)));
                let room = place.and_then(|(target, program)| shown.get_mut(target)?.get_mut(program));
                if let Some(room) = room {
                    *room = Some(Shown::of(end, &output));
                }
            }
            Step::Failed(why) => return Err(Failure::Init(why)),
            Step::Boot | Step::Ended(_) | Step::Done => {}
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
    let mut files = vec![("init".to_owned(), boots.init)];
    let mut rounds = Vec::new();
    for (target, open) in left {
        let Some((target, programs)) = targets.get(*target) else { continue };
        let open = open.iter().filter_map(|number| programs.get(*number));
        let own: Vec<(String, &Path)> = open.map(|program| (program.name(), program.file.as_path())).collect();
        let programs = own.iter().map(|(name, _)| format!("/{name}")).collect();
        let parameters = target.machine().map(|machine| machine.parameters.clone()).unwrap_or_default();
        rounds.push(Round { parameters, programs, ..Round::default() });
        files.extend(own);
    }
    let files: Vec<(&str, &Path)> = files.iter().map(|(name, file)| (name.as_str(), *file)).collect();
    initramfs(image, &files, boots.modules, None, &plan(boots.modules, rounds))
}
