//! The bare machine as the suite sees it: when a guest is loaded, it has already run.

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::{Guest, map};
use reports::BareLack;
use runner::machine::{Exit, ExitKind, Harness, HostAct, Lack, Machine, Registers, Session, Trouble};
use runner::terms::{Events, EventsChange, Need, Path, Vendor};
use x86::register::RSP;

use super::answer::{Answer, Fate};
use super::features::Features;

/// A machine whose guests ran already.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) name: String,
    pub(super) vendor: Vendor,
    /// What its processor has.
    pub(super) have: Features,
    /// Each guest, and how it ended.
    pub(super) fates: Vec<(Arc<Guest>, Fate)>,
}

/// What every machine of this vendor lacks of a need; `None` if it depends on the processor.
pub(super) fn lacks_always(need: Need, vendor: Vendor) -> Option<BareLack> {
    let of = |wanted: Vendor| (vendor != wanted).then_some(BareLack::Vendor);
    match need {
        Need::X2Apic => None,
        Need::Amd | Need::Svm | Need::Vnmi | Need::Vgif | Need::IdleHlt => of(Vendor::Amd),
        Need::Intel | Need::Vmx | Need::VirtualNmis | Need::NmiWindow | Need::ActivityHlt => of(Vendor::Intel),
        Need::Host => Some(BareLack::Host),
        Need::Peer => Some(BareLack::Peer),
        Need::Smm => Some(BareLack::Smm),
        Need::Pmu => Some(BareLack::Pmu),
        Need::IoApic | Need::Msi | Need::Breakpoint => Some(BareLack::OfHost),
    }
}

impl Machine for Recorded {
    fn name(&self) -> &str {
        &self.name
    }

    fn vendor(&self) -> Vendor {
        self.vendor
    }

    fn lacks(&self, need: Need) -> Option<Lack> {
        let by_processor = Features::of(&[need]) != Features::default();
        let absent = || BareLack::Feature { need: need.name().to_owned() };
        let lack = lacks_always(need, self.vendor).or_else(|| (by_processor && !self.have.serve(need)).then(absent));
        lack.map(Lack::Bare)
    }

    fn load(&mut self, guest: &Arc<Guest>, _: Path) -> Result<Box<dyn Session + '_>, Trouble> {
        let same = |known: &Guest| {
            (known.mode, known.x2apic, &known.start, &known.memory)
                == (guest.mode, guest.x2apic, &guest.start, &guest.memory)
        };
        match self.fates.iter().find(|(known, _)| same(known)) {
            Some((_, Fate::Missing(why))) => Err(Harness::Turn { why: why.clone() }.into()),
            Some((_, fate)) => Ok(Box::new(Played { fate })),
            None => Err(Harness::Image.into()),
        }
    }
}

/// A guest that has run.
struct Played<'a> {
    fate: &'a Fate,
}

fn no_host<T>(what: HostAct) -> Result<T, Trouble> {
    Err(Harness::Host { what }.into())
}

impl Session for Played<'_> {
    fn run(&mut self) -> Result<Exit, Trouble> {
        let kind = match self.fate {
            Fate::Answered(Answer { done: true, .. }) => ExitKind::Done,
            Fate::Answered(_) => ExitKind::Fault,
            Fate::ShutDown => ExitKind::Shutdown,
            Fate::Hung | Fate::Missing(_) => ExitKind::Hang,
        };
        Ok(Exit { cpu: 0, kind })
    }

    fn raise(&mut self, _: u8) -> Result<(), Trouble> {
        no_host(HostAct::Raise)
    }

    fn arm(&mut self) -> Result<(), Trouble> {
        no_host(HostAct::Arm)
    }

    fn interrupt(&mut self, _: u8) -> Result<(), Trouble> {
        no_host(HostAct::Interrupt)
    }

    fn smi(&mut self) -> Result<(), Trouble> {
        no_host(HostAct::Smi)
    }

    fn events(&mut self) -> Result<Events, Trouble> {
        no_host(HostAct::Events)
    }

    fn set_events(&mut self, _: EventsChange) -> Result<(), Trouble> {
        no_host(HostAct::SetEvents)
    }

    fn migrate(&mut self) -> Result<(), Trouble> {
        no_host(HostAct::Migrate)
    }

    fn set_breakpoints(&mut self, addresses: &[u64]) -> Result<(), Trouble> {
        if addresses.is_empty() { Ok(()) } else { no_host(HostAct::SetBreakpoints) }
    }

    /// Only RSP is known.
    fn registers(&mut self, _: u8) -> Result<Registers, Trouble> {
        let mut registers = Registers::default();
        if let Fate::Answered(answer) = self.fate {
            registers.general[RSP] = answer.rsp;
        }
        Ok(registers)
    }

    /// The ring and the stack as the answer has them; all other memory reads as zero.
    fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        bytes.fill(0);
        let Fate::Answered(answer) = self.fate else { return Ok(()) };
        let mut copy = |at: u64, from: &[u8]| {
            for (at, &byte) in (at..).zip(from) {
                let into = at.checked_sub(address).and_then(|index| bytes.get_mut(index as usize));
                into.into_iter().for_each(|into| *into = byte);
            }
        };
        copy(map::RING_HEAD, &answer.reserved.to_le_bytes());
        let slots = map::RING.step_by(map::RECORD_SIZE as usize);
        slots.zip(&answer.records).for_each(|(at, record)| copy(at, record));
        copy(answer.rsp, &answer.stack);
        Ok(())
    }

    /// Only snaps are written to, to make them marks; in the image they are marks already.
    fn write(&mut self, _: u64, _: &[u8]) -> Result<(), Trouble> {
        Ok(())
    }

    fn statistics(&mut self) -> BTreeMap<String, u64> {
        BTreeMap::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use guests::abi::layout;
    use reports::{NoTurn, Outcome, SavedRun};

    use super::*;
    use crate::Verdict;
    use crate::bare::{Ran, judge, plan, select};

    /// The suite's outcome for one guest with this fate.
    fn outcome(fate: impl FnOnce(Answer) -> Fate) -> Outcome {
        let verdict = Verdict::new(None).unwrap();
        let filters = ["long::xapic::blocking/jump-does-not-unblock".to_owned()];
        let trials = plan(verdict.library(), "bare:x", Vendor::Amd, &filters).unwrap();
        let entry = select(&trials, Vendor::Amd).unwrap().remove(0);
        let fates = vec![(Arc::clone(&entry.guest), fate(by_the_model(&entry.guest)))];
        let have = Features::default();
        let ran = Ran { name: "bare:x".to_owned(), vendor: Vendor::Amd, have, emulator: None, facts: Vec::new() };
        let mut run = SavedRun::default();
        judge(verdict.library(), &trials, &ran, fates, &mut run, &AtomicBool::new(false)).unwrap();
        run.trials.remove(0).outcome
    }

    /// What the model leaves behind, as a machine would send it.
    fn by_the_model(guest: &Arc<Guest>) -> Answer {
        let mut model = runner::machine::model::ModelMachine::new(Vendor::Amd, None);
        let mut session = model.load(guest, Path::XApic).unwrap();
        while session.run().unwrap().kind != ExitKind::Done {}
        let mut head = [0; 4];
        session.read(map::RING_HEAD, &mut head).unwrap();
        let reserved = u32::from_le_bytes(head);
        let record = |at| {
            let mut record = vec![0; layout::USED as usize];
            session.read(at, &mut record).unwrap();
            record
        };
        let records = map::RING.step_by(map::RECORD_SIZE as usize).take(reserved as usize).map(record).collect();
        Answer { done: true, rsp: 0x87c0, reserved, records, stack: Vec::new() }
    }

    #[test]
    fn what_the_model_left_behind_passes() {
        assert_eq!(outcome(Fate::Answered), Outcome::Pass);
    }

    #[test]
    fn a_guest_that_did_something_else_fails() {
        let nested = |mut answer: Answer| {
            answer.records.swap(1, 2);
            Fate::Answered(answer)
        };
        assert!(matches!(outcome(nested), Outcome::Mismatch { .. }));
        let faulted = |mut answer: Answer| {
            answer.done = false;
            answer.stack = 13_u64.to_le_bytes().repeat(8);
            Fate::Answered(answer)
        };
        assert!(matches!(outcome(faulted), Outcome::GuestFault { .. }));
        assert!(matches!(outcome(|_| Fate::Hung), Outcome::Hang { .. }));
        assert!(matches!(outcome(|_| Fate::ShutDown), Outcome::Shutdown { .. }));
    }

    #[test]
    fn a_guest_that_had_no_turn_is_no_verdict() {
        let Outcome::Error(trouble) = outcome(|_| Fate::Missing(NoTurn::PassedOver)) else { panic!() };
        assert!(trouble.to_string().contains("the supervisor passed it over"));
    }
}
