//! Which passes can show a guest anything that the plain one does not.

use guests::Word;
use guests::map::port;

use super::Setting;
use crate::case::{Case, End, Moment};
use crate::terms::{Pass, Vendor};

impl Setting<'_> {
    /// Whether the host does something else in this pass than in the plain one, before the guest ends or when it has halted.
    /// Where it does not, the pass would repeat the plain one step by step, as *again* does.
    pub fn differs(&self, pass: Pass, vendor: Vendor) -> bool {
        let mut exits = self.guest.sites.iter().filter_map(|site| Some((site, site.exit.as_ref()?)));
        match pass {
            Pass::Plain | Pass::Again => true,
            Pass::Blind => !self.case.expect(vendor).views.is_empty(),
            Pass::Silent => exits.any(|(site, _)| {
                let name = site.mark.and_then(|mark| self.guest.marks.get(usize::from(mark)));
                site.word == Some(Word::Snap) && !acts_at(self.case, name)
            }),
            Pass::Peek => exits.any(|(_, exit)| exit.port != port::DONE) || self.case.steps.iter().any(is_breakpoint),
            // Where no halt is wanted, one fails the plain pass.
            Pass::Migrate => {
                self.case.expect(vendor).end == End::Halted || exits.any(|(site, _)| site.word == Some(Word::Snap))
            }
        }
    }
}

/// Whether the host acts at the snap of this name.
pub(super) fn acts_at(case: &Case, name: Option<&String>) -> bool {
    case.steps.iter().any(|step| match &step.moment {
        Moment::At(at) => Some(&at.name) == name,
        Moment::Before(_) => false,
    })
}

fn is_breakpoint(step: &crate::case::HostStep) -> bool {
    matches!(step.moment, Moment::Before(_))
}
