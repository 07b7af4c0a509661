//! One boot of a job: makes its plan, and adds what the guest sends to the shards.

use std::path::Path;

use reports::Event;

use super::collect::{ShardHandle, ShardRun};
use super::incomplete::Incomplete;
use super::{Job, Lab};
use crate::Failure;
use crate::boot::{Boot, Ending, Limits, Logs, watch};
use crate::guest::{Binaries, Cases, initramfs, plan};
use crate::kernel::Module;
use crate::plan::{Plan, Round};
use crate::program::last_lines;
use crate::serial::{Frame, ProgramEnd, Received, Step};
use crate::target::Target;

/// One boot of a job.
pub(super) struct OneBoot<'a> {
    pub(super) lab: &'a Lab<'a>,
    pub(super) job: &'a Job<'a>,
    pub(super) boot: &'a Boot<Path>,
    pub(super) limits: Limits,
    pub(super) modules: &'a [Module],
    pub(super) logs: &'a Logs,
    /// Of every target of the job.
    pub(super) shares: &'a [ShardHandle],
    /// The targets that are not finished, by their numbers in the job; the first one may be resumed in its middle.
    pub(super) left: &'a [usize],
}

impl OneBoot<'_> {
    /// Boots the machine and fills the shares with what it says.
    pub(super) fn run(&self, changed: &dyn Fn(usize)) -> Result<Ending, Failure> {
        let image = self.logs.console.with_file_name("initramfs");
        let Binaries { init, nmi } = self.lab.binaries;
        initramfs(&image, &[("init", init), ("nmi", nmi)], self.modules, self.lab.cases, &self.plan())?;
        let mut running = self.boot.start(&image, self.logs)?;
        let mut round = None;
        watch(&mut running, self.logs, self.limits, self.lab.stop, &mut |received| {
            // Noise is a frame that the kernel's messages damaged; they are whole in the console's log.
            let Received::Frame(frame) = received else { return Ok(()) };
            if let Frame::Step(step) = &frame {
                self.step(step, &mut round);
            }
            let Some((number, share)) = round.and_then(|number| Some((number, self.shares.get(number)?))) else {
                return Ok(());
            };
            match frame {
                Frame::Step(_) => {}
                Frame::Message(line) => share.with(|part| part.words.push(line)),
                Frame::Event(line) => share.with(|part| event(part, &line))?,
            }
            changed(number);
            Ok(())
        })
    }

    /// Handles a step of the first process; `round` is the number of the target that runs.
    fn step(&self, step: &Step, round: &mut Option<usize>) {
        if let Step::Round(number) = step {
            *round = self.left.get(*number).copied();
        }
        let number = round.or(self.left.first().copied());
        let Some(share) = number.and_then(|number| self.shares.get(number)) else { return };
        match step {
            Step::Failed(why) => share.with(|part| part.missing = Some(Incomplete::Init(why.clone()))),
            Step::Ended(how) => share.with(|part| end(part, *how)),
            Step::Boot | Step::Round(_) | Step::Program { .. } | Step::Done => {}
        }
    }

    fn plan(&self) -> Plan {
        let targets =
            self.left.iter().filter_map(|number| Some((self.job.targets.get(*number)?, self.shares.get(*number)?)));
        let rounds = targets.map(|(target, share)| Round {
            parameters: target.machine().map(|machine| machine.parameters.clone()).unwrap_or_default(),
            settings: target.planted().map(|planted| planted.settings.clone()).unwrap_or_default(),
            arguments: share.with(|part| self.arguments(target, part)),
            programs: Vec::new(),
        });
        let link = self.lab.cases.map(|cases| (cases.path().display().to_string(), cases.place()));
        Plan { link, crashes: self.lab.crashes.to_vec(), ..plan(self.modules, rounds.collect()) }
    }

    fn arguments(&self, target: &Target, part: &ShardRun) -> Vec<String> {
        let mut words = vec!["--time-limit".to_owned(), self.limits.guest.as_secs().to_string()];
        words.extend(["--emulator".to_owned(), self.boot.emulator.to_owned()]);
        let mut fact = |name: &str, value: &str| words.extend(["--fact".to_owned(), format!("{name}={value}")]);
        fact("target", &target.name);
        fact("emulator", &self.boot.about);
        if let Some(note) = target.machine().and_then(|machine| machine.note.as_ref()) {
            fact("note", note);
        }
        if let Some(path) = self.lab.cases.map(Cases::path) {
            words.extend(["--cases".to_owned(), path.display().to_string()]);
        }
        let (shard, shards) = self.job.shard;
        if shards > 1 {
            words.extend(["--shard".to_owned(), format!("{shard}/{shards}")]);
        }
        if let Some(last) = part.last() {
            words.extend(["--after".to_owned(), last.to_string()]);
        }
        if target.planted().is_some_and(|planted| planted.stops) {
            words.push("--fail-fast".to_owned());
        }
        words.extend(self.lab.filters_of(target).iter().cloned());
        words
    }
}

fn event(part: &mut ShardRun, line: &str) -> Result<(), Failure> {
    match serde_json::from_str::<Event>(line) {
        Ok(event) => part.take(&event),
        Err(error) => {
            part.words.push(format!("an event that cannot be read ({error}): {line}"));
            Ok(())
        }
    }
}

/// The suite ended: after its last trial, because it could not run, or (if a trial has no end) in the middle of one.
fn end(part: &mut ShardRun, how: ProgramEnd) {
    if part.ended || part.run.last_unfinished().is_some() {
        return;
    }
    if part.last().is_some() {
        // The boot before died in the last trial, and none is left.
        part.ended = true;
    } else {
        let words = last_lines(&part.words.join("\n"));
        part.missing = Some(Incomplete::Suite { end: how, words });
    }
}
