//! The wanted history of a case: what the model does with it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use guests::{Guest, Hypervisor, Line, SectionName, vector};
use reports::{History, Level, Nested, Step, What};

use crate::case::{Case, basic_word, exit_word};
use crate::execute::{Mark, Seen, Setting, Trace, execute};
use crate::judge::{end_of, gap, look, mark_place, of_int_ctl, place, seen_step};
use crate::machine::model::{self, Happened, Happening, ModelMachine};
use crate::machine::{Harness, Lack, Trouble};
use crate::suite::trial::lacking;
use crate::terms::{Pass, Path, Vendor};

/// How often an instruction is shown while the processor only executes instructions and its NMI state stays the same.
const ROUNDS: u32 = 2;
/// The most steps that are shown of a history.
const MOST: usize = 400;

/// What the executable specification does with a case: every instruction of the case's own code, every event and every look
/// of the plain pass.
///
/// Errors: that vendor's processor cannot run it, or the model does not know an instruction of it.
pub fn want(case: &Case, guest: &Arc<Guest>, path: Path, vendor: Vendor) -> Result<History, Trouble> {
    let (trace, happenings) = watched(case, guest, path, vendor)?;
    let mut builder = HistoryBuilder::new(guest, &trace);
    for happening in &happenings {
        builder.tell(happening);
    }
    Ok(History { steps: builder.finish(), end: end_of(guest, &trace.stop).to_string(), parts: None })
}

/// The plain pass on the executable specification: what it showed, and what the model did.
///
/// Errors: that vendor's processor cannot run it, or the model does not know an instruction of it.
pub(super) fn watched(
    case: &Case,
    guest: &Arc<Guest>,
    path: Path,
    vendor: Vendor,
) -> Result<(Trace, Vec<Happening>), Trouble> {
    let mut model = ModelMachine::new(vendor, None);
    // A model lacks nothing else.
    if let Some(Lack::Model(requirement)) = lacking(&model, case, guest.mode, path) {
        return Err(Harness::Show { case: case.id.clone(), requirement }.into());
    }
    model.watch();
    let trace = execute(&mut model, Setting { case, guest, path }, Pass::Plain)?;
    Ok((trace, model.happenings()))
}

/// Combines what the model did with what the trace recorded.
struct HistoryBuilder<'a> {
    guest: &'a Guest,
    /// The case's own instructions, by address.
    own: HashMap<u64, &'a Line>,
    /// Marks that are still to come, by processor and by the address of the call that writes them.
    marks: HashMap<(u8, u64), VecDeque<&'a Seen>>,
    /// Source lines that are marks: their other instructions are not shown.
    marking: HashSet<(SectionName, usize)>,
    /// Instructions that exit to the host.
    exits: HashSet<u64>,
    /// What the host saw and did, in order.
    host: VecDeque<Step>,
    /// The first processor's last instruction that exits to the host.
    exit: Option<u64>,
    steps: Vec<Step>,
    /// Of each processor, what tells whether it only goes round in a loop, by its number.
    loops: HashMap<u8, Loop>,
}

/// Instructions of a processor since its last other step or change of NMI state.
#[derive(Default)]
struct Loop {
    /// A step with only the processor's NMI state.
    state: Step,
    visits: HashMap<u64, u32>,
    left_out: usize,
}

/// What a guest hypervisor's processor holds, as reports tell it.
pub(super) fn nested(state: &model::Nested) -> Nested {
    let level = if state.in_l2 { Level::L2 } else { Level::L1 };
    Nested { level: Some(level), gif: Some(state.gif), ..of_int_ctl(state.int_ctl) }
}

impl<'a> HistoryBuilder<'a> {
    fn new(guest: &'a Guest, trace: &'a Trace) -> Self {
        let own: HashMap<u64, &Line> =
            guest.listing.iter().filter(|line| line.section.is_some()).map(|line| (line.address, &**line)).collect();
        let mut marks: HashMap<(u8, u64), VecDeque<&Seen>> = HashMap::new();
        let mut host = VecDeque::new();
        for seen in &trace.seen {
            match seen {
                Seen::Mark(mark @ Mark { cpu, .. }) => {
                    if let Some(address) = mark_place(guest, mark) {
                        marks.entry((*cpu, address)).or_default().push_back(seen);
                    }
                }
                Seen::View { .. } | Seen::Did(_) => host.push_back(seen_step(guest, seen)),
            }
        }
        host.extend(trace.end_view.map(|events| look("the end", &events)));
        let marking = guest.sites.iter().filter(|site| site.mark.is_some()).map(|site| (site.section, site.line));
        let marking = marking.collect();
        let exits = guest.sites.iter().filter_map(|site| site.exit).map(|exit| exit.address).collect();
        Self { guest, own, marks, marking, exits, host, exit: None, steps: Vec::new(), loops: HashMap::new() }
    }

    fn tell(&mut self, happening: &Happening) {
        let step = match happening.what {
            Happened::Instruction { address, entered } => self.instruction(happening.cpu, address, entered),
            Happened::Event { address, nmi, entered } => Some(self.event(address, nmi, entered)),
            Happened::Exit { address, code } => {
                let event = match self.guest.hypervisor {
                    Some(Hypervisor::Vmx) => format!("VM exit {}", basic_word(code as u16)),
                    _ => format!("#VMEXIT {}", exit_word(code)),
                };
                Some(Step { event, ..self.at(What::Event, address) })
            }
            Happened::Raised { by } => self.raised(happening.cpu, by),
            Happened::Host => self.by_host(),
        };
        let Some(step) = step else { return };
        let Happening { cpu, pending, blocked, depth, state, .. } = *happening;
        let nested = state.nested.as_ref().map(nested).unwrap_or_default();
        self.push(Step { cpu, pending: Some(pending), blocked: Some(blocked), depth: Some(depth), nested, ..step });
    }

    fn instruction(&mut self, cpu: u8, address: u64, entered: Option<u8>) -> Option<Step> {
        let line = self.own.get(&address)?;
        if let Some(seen) = self.marks.get_mut(&(cpu, address)).and_then(VecDeque::pop_front) {
            return Some(seen_step(self.guest, seen));
        }
        // What the host does at an exit is a step of its own.
        let exits = self.exits.contains(&address);
        if exits && cpu == 0 {
            self.exit = Some(address);
        }
        if exits || line.section.is_some_and(|section| self.marking.contains(&(section, line.line))) {
            return None;
        }
        let detail = entered.map(|vector| format!("enters the handler of {}", vector::title(vector)));
        Some(Step {
            event: line.text.clone(),
            detail: detail.unwrap_or_default(),
            ..self.at(What::Instruction, address)
        })
    }

    /// The host's next action. If several instructions of the case can ask for it, it is put at the last one that exited.
    fn by_host(&mut self) -> Option<Step> {
        let step = self.host.pop_front()?;
        match (step.what, step.address, self.exit) {
            (What::Raise | What::Action, None, Some(address)) => {
                Some(Step { address: Some(address), at: Some(place(self.guest, address)), ..step })
            }
            _ => Some(step),
        }
    }

    fn event(&self, address: u64, nmi: bool, entered: Option<u8>) -> Step {
        let name = entered.map_or("SMI".to_owned(), vector::title);
        match (nmi, entered) {
            (true, Some(vector::NMI)) => Step { event: "NMI delivered".to_owned(), ..self.at(What::Delivery, address) },
            (true, _) => Step {
                event: "NMI delivered".to_owned(),
                detail: format!("the delivery faults, {name} is delivered instead"),
                ..self.at(What::Delivery, address)
            },
            (false, _) => Step { event: format!("{name} delivered"), ..self.at(What::Event, address) },
        }
    }

    /// An NMI that an instruction raised: an instruction of this processor becomes the step of the raise; for one of another
    /// processor the raise is a step of its own.
    fn raised(&mut self, cpu: u8, by: u8) -> Option<Step> {
        if let Some(last) = self.steps.last_mut().filter(|last| last.what == What::Instruction && last.cpu == by)
            && by == cpu
        {
            last.what = What::Raise;
            last.detail = "raises an NMI".to_owned();
            return None;
        }
        let event = if by == cpu { "NMI raised".to_owned() } else { format!("NMI raised by processor {by}") };
        Some(Step { what: What::Raise, event, ..Step::default() })
    }

    fn at(&self, what: What, address: u64) -> Step {
        Step { what, address: Some(address), at: Some(place(self.guest, address)), ..Step::default() }
    }

    fn push(&mut self, step: Step) {
        let own = self.loops.entry(step.cpu).or_default();
        let Step { pending, blocked, depth, nested, .. } = step;
        let state = Step { pending, blocked, depth, nested, ..Step::default() };
        if step.what != What::Instruction || own.state != state {
            own.visits.clear();
            own.state = state;
        }
        if let (What::Instruction, Some(address)) = (step.what, step.address) {
            let visits = own.visits.entry(address).or_default();
            *visits += 1;
            if *visits > ROUNDS {
                own.left_out += 1;
                return;
            }
        }
        let left_out = std::mem::take(&mut own.left_out);
        if left_out > 0 {
            self.steps.push(Step { cpu: step.cpu, ..gap(left_out) });
        }
        self.steps.push(step);
    }

    fn finish(mut self) -> Vec<Step> {
        let mut ended: Vec<(u8, usize)> = self.loops.iter().map(|(&cpu, own)| (cpu, own.left_out)).collect();
        ended.sort_unstable();
        for (cpu, left_out) in ended.into_iter().filter(|&(_, left_out)| left_out > 0) {
            self.steps.push(Step { cpu, ..gap(left_out) });
        }
        let more = self.steps.len().saturating_sub(MOST);
        if more > 1 {
            self.steps.truncate(MOST);
            self.steps.push(gap(more));
        }
        self.steps
    }
}
