//! Threads and guests beside the hunt, which keep a host busy in rounds under load.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use guests::{Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring};
use reports::errno;

use super::plan::LoadPlan;
use crate::machine::kvm::{KvmMachine, Timing};
use crate::machine::{Cannot, ExitKind, Harness, Machine, Trouble};
use crate::suite::not_built;
use crate::terms::Path;

/// How long a busy guest runs before its thread checks whether to stop.
const LOOK: Duration = Duration::from_millis(50);
/// Words of memory that a burning thread walks through: more than a first-level cache has.
const WALK: usize = 64 * 1024;

/// The name of a busy guest in error messages.
const NAME: &str = "a busy guest";

/// A guest that spins, asks for an NMI, takes it, and repeats this: another virtual machine with NMIs on the same processors.
const BUSY: [(SectionName, &str); 2] = [
    (SectionName::Main, "again:\n mov ecx, 2000\nspin:\n dec ecx\n jnz spin\n raise\n jmp again\n"),
    (SectionName::Handler(guests::vector::NMI), "iret\n"),
];

/// Threads that keep the host busy until they are stopped.
pub struct Background {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<(), Trouble>>>,
}

impl Background {
    /// Starts the planned threads. Errors: a thread cannot be started.
    pub fn start(plan: LoadPlan) -> Result<Self, Trouble> {
        let mut background = Self { stop: Arc::new(AtomicBool::new(false)), threads: Vec::new() };
        for _ in 0..plan.burn {
            background.spawn("burn", burn)?;
        }
        for _ in 0..plan.guests {
            background.spawn("busy guest", busy_guest)?;
        }
        Ok(background)
    }

    fn spawn(&mut self, name: &str, work: fn(&AtomicBool) -> Result<(), Trouble>) -> Result<(), Trouble> {
        let stop = Arc::clone(&self.stop);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || work(&stop));
        self.threads.push(thread.map_err(|error| Cannot::StartThread { errno: errno(&error) })?);
        Ok(())
    }

    /// Stops all threads and waits for them. Returns their errors.
    pub fn stop(mut self) -> Vec<Trouble> {
        self.end()
    }

    fn end(&mut self) -> Vec<Trouble> {
        self.stop.store(true, Ordering::Relaxed);
        let panicked = |_| Err(Harness::Load.into());
        let ended = self.threads.drain(..).map(|thread| thread.join().unwrap_or_else(panicked));
        ended.filter_map(Result::err).collect()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.end());
    }
}

fn burn(stop: &AtomicBool) -> Result<(), Trouble> {
    let mut walked = vec![1_u64; WALK];
    while !stop.load(Ordering::Relaxed) {
        for word in &mut walked {
            *word = black_box(word.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7));
        }
    }
    Ok(())
}

fn busy_guest(stop: &AtomicBool) -> Result<(), Trouble> {
    let mut machine = KvmMachine::open()?;
    machine.set_timing(Timing { limit: LOOK, tick: LOOK, ..Timing::default() });
    let mode = Mode::ALL.into_iter().find(|&mode| machine.lacks_mode(mode).is_none());
    let mut session = machine.load(&build(mode.ok_or(Harness::Mode)?)?, Path::Ioctl)?;
    while !stop.load(Ordering::Relaxed) {
        let exit = session.run()?;
        match exit.kind {
            ExitKind::Raise(count) => session.raise(count)?,
            // The time limit is only a chance to check whether to stop.
            ExitKind::Hang => {}
            ended => return Err(Harness::End { guest: NAME.to_owned(), ended, cpu: exit.cpu }.into()),
        }
    }
    Ok(())
}

fn build(mode: Mode) -> Result<Arc<Guest>, Trouble> {
    let sections = BUSY.map(|(name, text)| Section { name, text: text.to_owned() });
    let program = Program { sections: sections.into(), ..Program::default() };
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
    guests::build(&program, mode, &wiring).map(Arc::new).map_err(|problems| not_built(NAME, &problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busy_guest_is_built_in_every_mode() {
        for mode in Mode::ALL {
            build(mode).unwrap_or_else(|trouble| panic!("{mode}: {trouble}"));
        }
    }

    #[test]
    fn busy_threads_start_and_stop() {
        starts_and_stops(0);
    }

    #[test]
    #[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
    fn a_busy_guest_starts_and_stops() {
        starts_and_stops(1);
    }

    fn starts_and_stops(guests: usize) {
        let background = Background::start(LoadPlan { burn: 2, guests, jitter: 0 }).expect("threads");
        thread::sleep(Duration::from_millis(200));
        assert_eq!(background.stop(), Vec::<Trouble>::new());
    }
}
