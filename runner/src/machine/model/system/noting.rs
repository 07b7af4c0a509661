//! How a watched machine records what it does.

use super::super::cpu::{Abort, Noted};
use super::super::exec::Stepped;
use super::watch::Happened;
use super::world::World;

impl World {
    /// Records a step that began at `address`.
    pub(super) fn note_step(&mut self, cpu: usize, address: u64, stepped: &Result<Stepped, Abort>) {
        let Some(watch) = &mut self.watch else { return };
        let Some(processor) = self.cpus.get_mut(cpu) else { return };
        let noted = std::mem::take(&mut processor.noted);
        watch.follow(cpu, noted);
        let what = match (stepped, noted.left) {
            (Ok(Stepped::Instruction | Stepped::Event), Some(code)) => Happened::Exit { address, code },
            (Ok(Stepped::Instruction), None) => Happened::Instruction { address, entered: noted.entered },
            (Ok(Stepped::Event), None) => Happened::Event { address, nmi: noted.nmi, entered: noted.entered },
            (Ok(Stepped::Halted | Stepped::Breakpoint(_)) | Err(_), _) => return,
        };
        watch.push(processor, &self.bus, what);
        let by = u8::try_from(cpu).unwrap_or(u8::MAX);
        for (number, other) in self.cpus.iter_mut().enumerate() {
            let arrived = std::mem::take(&mut other.noted.arrived) || number == cpu && noted.arrived;
            if arrived {
                watch.push(other, &self.bus, Happened::Raised { by });
            }
        }
    }

    /// Records something of a processor, if the machine is watched.
    pub(super) fn note(&mut self, cpu: usize, what: Happened) {
        if let (Some(watch), Some(processor)) = (&mut self.watch, self.cpus.get(cpu)) {
            watch.push(processor, &self.bus, what);
        }
    }

    /// Does what the host program asks, which is recorded as one thing whatever the processors do for it.
    pub(super) fn by_host<T>(&mut self, act: impl FnOnce(&mut World) -> T) -> T {
        let watch = self.watch.take();
        let done = act(self);
        self.cpus.iter_mut().for_each(|cpu| cpu.noted = Noted::default());
        self.watch = watch;
        self.note(0, Happened::Host);
        done
    }
}
