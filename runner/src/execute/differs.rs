//! Which passes can differ from the plain one for a guest.

use guests::Word;
use guests::map::port;

use super::Setting;
use crate::case::{End, Moment};
use crate::terms::{Pass, Vendor};

impl Setting<'_> {
    /// Whether the host does anything in this pass, before the guest ends or once it has halted, that it does not do in the
    /// plain one. If not, the pass would only repeat the plain one, as *again* does.
    pub fn differs(&self, pass: Pass, vendor: Vendor) -> bool {
        let mut exits = self.guest.sites.iter().filter_map(|site| Some((site, site.exit.as_ref()?)));
        match pass {
            Pass::Plain | Pass::Again => true,
            Pass::Blind => !self.case.expect(vendor).views.is_empty(),
            Pass::Silent => self.idle_snaps().next().is_some(),
            Pass::Peek => exits.any(|(_, exit)| exit.port != port::DONE) || self.case.steps.iter().any(is_breakpoint),
            // A guest that halts although the case does not want it fails the plain pass already.
            Pass::Migrate => {
                self.case.expect(vendor).end == End::Halted || exits.any(|(site, _)| site.word == Some(Word::Snap))
            }
        }
    }

    /// The addresses at which snaps exit where the host does not act.
    pub(super) fn idle_snaps(&self) -> impl Iterator<Item = u64> {
        let acts_at = |name: &String| {
            self.case.steps.iter().any(|step| matches!(&step.moment, Moment::At(at) if at.name == *name))
        };
        let snaps = self.guest.sites.iter().filter(|site| site.word == Some(Word::Snap));
        let idle = snaps.filter(move |site| {
            let name: Option<&String> = site.mark.and_then(|mark| self.guest.marks.get(usize::from(mark)));
            !name.is_some_and(acts_at)
        });
        idle.filter_map(|site| Some(site.exit?.address))
    }
}

fn is_breakpoint(step: &crate::case::HostStep) -> bool {
    matches!(step.moment, Moment::Before(_))
}
