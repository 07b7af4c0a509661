//! A run of a case: from exit to exit, with what the host does at each.

use guests::map::port;
use guests::{map, vector};
use x86::code::NOP_2;
use x86::register::RSP;
use x86::segment::real_base;

use super::trace::{HostAction, Seen, Stop, Trace};
use super::{Setting, ring};
use crate::case::{HostStep, Moment, StepKind};
use crate::machine::{Exit, ExitKind, MOST_EXITS, Machine, Session, Trouble};
use crate::terms::{EventsChange, Pass, Path, Vendor};

/// Runs the case once from reset.
///
/// Errors: the machine or the harness failed, which is never a verdict on the case.
pub fn execute(machine: &mut dyn Machine, setting: Setting<'_>, pass: Pass) -> Result<Trace, Trouble> {
    let vendor = machine.vendor();
    let mut session = machine.load(setting.guest, setting.path)?;
    let session = session.as_mut();
    let mut run = Run {
        session,
        setting,
        pass,
        vendor,
        host: Vec::new(),
        waiting: Vec::new(),
        carried_out: Vec::new(),
        moved_halted: false,
    };
    run.start()?;
    let stop = run.until_stop()?;
    run.finish(stop)
}

struct Run<'a> {
    session: &'a mut dyn Session,
    setting: Setting<'a>,
    pass: Pass,
    vendor: Vendor,
    /// What the host saw and did, each with the number of records reserved before it.
    host: Vec<(u32, Seen)>,
    /// Steps whose label was not reached yet, with the label's address.
    waiting: Vec<(u64, &'a HostStep)>,
    /// Steps that were carried out.
    carried_out: Vec<&'a HostStep>,
    /// The pass *migrate* has moved the halted guest; it must halt again, which ends the run.
    moved_halted: bool,
}

impl<'a> Run<'a> {
    fn start(&mut self) -> Result<(), Trouble> {
        let Setting { case, guest, .. } = self.setting;
        if self.pass == Pass::Silent {
            self.setting.idle_snaps().try_for_each(|exit| self.session.write(exit, &NOP_2))?;
        }
        for step in &case.steps {
            if let Moment::Before(label) = &step.moment
                && let Some(&address) = guest.symbols.get(label)
            {
                self.waiting.push((address, step));
            }
        }
        self.arm_breakpoints()
    }

    fn arm_breakpoints(&mut self) -> Result<(), Trouble> {
        let mut addresses: Vec<u64> = self.waiting.iter().map(|&(address, _)| address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        self.session.set_breakpoints(&addresses)
    }

    fn until_stop(&mut self) -> Result<Stop, Trouble> {
        for _ in 0..MOST_EXITS {
            let exit = self.session.run()?;
            if let Some(stop) = self.handle(exit)? {
                return Ok(stop);
            }
        }
        Ok(Stop::Endless { exits: MOST_EXITS, registers: self.session.registers(0)? })
    }

    fn handle(&mut self, Exit { cpu, kind }: Exit) -> Result<Option<Stop>, Trouble> {
        match kind {
            ExitKind::Snap => return self.snap(),
            ExitKind::Raise(count) => {
                self.peek("raise")?;
                self.act(StepKind::Raise(count), self.only(port::RAISE))?;
            }
            ExitKind::Irq => {
                self.peek("irq")?;
                self.act(StepKind::Irq, self.only(port::IRQ))?;
            }
            ExitKind::Arm => {
                self.peek("arm")?;
                let words = format!("arm {}", self.setting.path);
                self.did(HostAction { words, raises: false, at: self.only(port::ARM) })?;
                self.session.arm()?;
            }
            ExitKind::Breakpoint(address) => self.breakpoint(address)?,
            ExitKind::Done => return Ok(Some(Stop::Done)),
            ExitKind::Halted if cpu == 0 && self.pass == Pass::Migrate && !self.moved_halted => {
                self.moved_halted = true;
                self.session.migrate()?;
            }
            ExitKind::Halted => return Ok(Some(Stop::Halted { registers: self.session.registers(cpu)? })),
            ExitKind::WakeLost => return Ok(Some(Stop::WakeLost { cpu, registers: self.session.registers(cpu)? })),
            ExitKind::Hang => return Ok(Some(Stop::Hang { cpu, registers: self.session.registers(cpu)? })),
            ExitKind::Shutdown => return Ok(Some(Stop::Shutdown { cpu, registers: self.session.registers(cpu)? })),
            ExitKind::Fault => return self.fault(cpu).map(Some),
        }
        Ok(None)
    }

    fn snap(&mut self) -> Result<Option<Stop>, Trouble> {
        let guest = self.setting.guest;
        let reserved = ring::reserved(self.session)?;
        if u64::from(reserved) > map::RING_RECORDS {
            // A snap that left no record cannot be told apart from others.
            return Ok(Some(Stop::Overflow { reserved }));
        }
        let records = ring::records(self.session, reserved)?;
        let Some(mark) = ring::last_snap(guest, &records) else { return Ok(None) };
        let expect = self.setting.case.expect(self.vendor);
        let viewed = expect.views.keys().any(|at| at.names(&mark.name, mark.occurrence));
        if self.pass == Pass::Peek || (viewed && matches!(self.pass, Pass::Plain | Pass::Again)) {
            self.look(&mark.name, mark.occurrence)?;
        }
        if self.pass == Pass::Migrate {
            self.session.migrate()?;
            if viewed {
                self.look(&mark.name, mark.occurrence)?;
            }
        }
        for step in &self.setting.case.steps {
            if matches!(&step.moment, Moment::At(at) if at.names(&mark.name, mark.occurrence)) {
                self.act_all(step, mark.site)?;
            }
        }
        Ok(None)
    }

    fn breakpoint(&mut self, address: u64) -> Result<(), Trouble> {
        self.peek("breakpoint")?;
        let (now, later): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|&(at, _)| at == address);
        self.waiting = later;
        for (_, step) in now {
            self.act_all(step, address)?;
        }
        self.arm_breakpoints()
    }

    fn act_all(&mut self, step: &'a HostStep, at: u64) -> Result<(), Trouble> {
        self.carried_out.push(step);
        step.actions.iter().try_for_each(|&action| self.act(action, Some(at)))
    }

    fn act(&mut self, action: StepKind, at: Option<u64>) -> Result<(), Trouble> {
        let raises = matches!(action, StepKind::Raise(_));
        self.did(HostAction { words: words(action, self.setting.path), raises, at })?;
        match action {
            StepKind::Raise(count) => self.session.raise(count),
            StepKind::Events(change) => self.session.set_events(change),
            StepKind::RoundTrip => self.session.set_events(EventsChange::default()),
            StepKind::Migrate => self.session.migrate(),
            StepKind::Irq => self.session.interrupt(vector::IRQ),
            StepKind::Smi => self.session.smi(),
        }
    }

    fn did(&mut self, deed: HostAction) -> Result<(), Trouble> {
        self.host.push((ring::reserved(self.session)?, Seen::Did(deed)));
        Ok(())
    }

    /// The case's instruction that writes to this port, if it has only one. RIP is not asked for: reading registers is one more
    /// look, and where RIP stands at such an exit differs from machine to machine.
    fn only(&self, port: u8) -> Option<u64> {
        let mut exits = self.setting.guest.sites.iter().filter_map(|site| site.exit).filter(|exit| exit.port == port);
        exits.next().filter(|_| exits.next().is_none()).map(|exit| exit.address)
    }

    fn peek(&mut self, at: &str) -> Result<(), Trouble> {
        if self.pass == Pass::Peek { self.look(at, 1) } else { Ok(()) }
    }

    fn look(&mut self, at: &str, occurrence: u32) -> Result<(), Trouble> {
        let events = self.session.events()?;
        self.host.push((ring::reserved(self.session)?, Seen::View { at: at.to_owned(), occurrence, events }));
        Ok(())
    }

    /// An exception that no handler of the case took: vector, error code and frame lie on the stack, one slot each.
    fn fault(&mut self, cpu: u8) -> Result<Stop, Trouble> {
        let mode = self.setting.guest.mode;
        let registers = self.session.registers(cpu)?;
        let slot = |index: u64| -> Result<u64, Trouble> {
            let mut bytes = [0; 8];
            let width = usize::try_from(mode.slot()).unwrap_or(8);
            self.session.read(registers.general[RSP].wrapping_add(index * mode.slot()), &mut bytes[..width])?;
            Ok(u64::from_le_bytes(bytes))
        };
        let vector = u8::try_from(slot(0)?).unwrap_or(u8::MAX);
        let error = slot(1)?;
        let (rip, cs) = (slot(2)?, slot(3)?);
        let in_real_mode = mode == guests::Mode::Real;
        let base = if in_real_mode { real_base(cs as u16) } else { 0 };
        let error = (vector::pushes_error_code(vector) && !in_real_mode).then_some(error);
        Ok(Stop::Fault { cpu, vector, error, rip: base + rip, registers })
    }

    fn finish(mut self, stop: Stop) -> Result<Trace, Trouble> {
        let expected = self.setting.case.expect(self.vendor).end_view.is_some();
        let looks = self.pass == Pass::Peek || (expected && matches!(self.pass, Pass::Plain | Pass::Again));
        let at_rest = matches!(stop, Stop::Done | Stop::Halted { .. });
        let end_view = if looks && at_rest { Some(self.session.events()?) } else { None };
        let reserved = ring::reserved(self.session)?;
        let records = ring::records(self.session, reserved)?;
        let seen = merge(ring::name_all(self.setting.guest, &records), std::mem::take(&mut self.host));
        let stop = if u64::from(reserved) > map::RING_RECORDS { Stop::Overflow { reserved } } else { stop };
        let left = self.setting.case.steps.iter().filter(|step| !self.carried_out.contains(step));
        let left_out = left.map(|step| step.moment.to_string()).collect();
        Ok(Trace { seen, stop, end_view, left_out, statistics: self.session.statistics() })
    }
}

/// Merges what the host saw and did into the records: each behind all records that were reserved before it.
fn merge(marks: Vec<(usize, super::Mark)>, host: Vec<(u32, Seen)>) -> Vec<Seen> {
    let mut seen = Vec::with_capacity(marks.len() + host.len());
    let mut host = host.into_iter().peekable();
    for (slot, mark) in marks {
        while let Some((_, event)) = host.next_if(|&(before, _)| u64::from(before) <= slot as u64) {
            seen.push(event);
        }
        seen.push(Seen::Mark(mark));
    }
    seen.extend(host.map(|(_, event)| event));
    seen
}

fn words(action: StepKind, path: Path) -> String {
    match action {
        StepKind::Raise(count) => format!("raise {count} by {path}"),
        StepKind::Events(change) => format!("set events: {change}"),
        StepKind::RoundTrip => "get events, set the same".to_owned(),
        StepKind::Migrate => "save, restore into a fresh virtual machine".to_owned(),
        StepKind::Irq => "make external interrupt 40h pending".to_owned(),
        StepKind::Smi => "make an SMI pending".to_owned(),
    }
}
