//! The known errata of a host's processor.

use reports::{ErratumRef, HostFact};

use crate::case::{Erratum, Library};
use crate::host::HostFacts;
use crate::terms::Processor;

/// What is known of the errata of a host's processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostErrata {
    /// Those that apply.
    pub list: Vec<ErratumRef>,
    /// How many, and why there may be none or others, as a phrase.
    pub words: String,
}

/// The known errata of this host's processor.
///
/// None are listed for an emulated processor, which has faults of its own. A hypervisor below this host may show another
/// processor than the physical one; the errata of the processor that it shows are listed, and `words` says so.
pub fn host_errata(library: &Library, host: &HostFacts) -> HostErrata {
    let none = |words: String| HostErrata { list: Vec::new(), words };
    if let Some(emulator) = &host.emulator {
        return none(format!("none listed: the processor is part of {emulator}, which has faults of its own"));
    }
    let Some(processor) = host.processor() else {
        return none(format!("none listed: no document of {} was read", host.vendor_id));
    };
    let list = errata_of(library, processor);
    let count = match list.len() {
        0 => "none known".to_owned(),
        1 => "1 known".to_owned(),
        many => format!("{many} known"),
    };
    let words = if host.hypervisor {
        format!("{count}, if the processor is the one that the hypervisor below shows")
    } else {
        count
    };
    HostErrata { list, words }
}

impl HostErrata {
    /// The words as a fact for reports.
    pub fn fact(&self) -> HostFact {
        HostFact { name: "errata".to_owned(), value: self.words.clone(), detail: false }
    }
}

/// The errata of a processor as reports show them.
pub fn errata_of(library: &Library, processor: Processor) -> Vec<ErratumRef> {
    library.errata.iter().filter_map(|erratum| reference(erratum, processor)).collect()
}

fn reference(erratum: &Erratum, processor: Processor) -> Option<ErratumRef> {
    let listed = erratum.of(processor);
    let (first, others) = listed.split_first()?;
    let mut id = first.id();
    let mut sources = vec![source(first)];
    // Desktop and mobile processors of one model have documents of their own, with other numbers or the same one.
    for other in others {
        if !id.split([' ', '/']).any(|known| known == other.number) {
            id += &format!("/{}", other.number);
        }
        sources.push(source(other));
    }
    Some(ErratumRef { id, title: erratum.title.clone(), source: sources.join("; "), rules: erratum.rules.clone() })
}

fn source(listed: &crate::case::Listed) -> String {
    let document = &listed.document;
    format!("{} {} rev. {}", document.title, document.number, document.revision)
}
