//! Errata of processors, and the processors that have them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::SymptomPattern;
use crate::terms::{Processor, Vendor};

/// A fault of processors that its vendor admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erratum {
    /// What it is, in words of our own.
    pub title: String,
    /// Ids of the rules whose failures it could explain.
    pub rules: Vec<String>,
    /// The symptom of such a failure; `None` if it is not known.
    pub symptom: Option<SymptomPattern>,
    /// Where it is listed, at least once.
    pub listed: Vec<Listed>,
}

/// An erratum's entry in one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number there: `361`, `AAJ118`.
    pub number: String,
    /// The list that has the entry.
    pub document: Arc<Document>,
    /// The processors that have it, if not all that the document is about.
    pub narrowed: Vec<Processors>,
}

/// A vendor's list of errata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The name by which errata refer to it.
    pub id: String,
    /// Vendor that published it.
    pub vendor: Vendor,
    /// Title.
    pub title: String,
    /// Publication number.
    pub number: String,
    /// The revision that was read.
    pub revision: String,
    /// The processors that it is about.
    pub processors: Vec<Processors>,
}

/// Processors by displayed family, model and stepping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Processors {
    /// Family.
    pub family: u32,
    /// Models; all if `None`.
    pub models: Option<RangeInclusive<u32>>,
    /// Steppings; all if `None`.
    pub steppings: Option<RangeInclusive<u32>>,
}

impl Erratum {
    /// The entries that concern the processor; empty if it does not have the erratum.
    pub fn of(&self, processor: Processor) -> Vec<&Listed> {
        self.listed.iter().filter(|listed| listed.concerns(processor)).collect()
    }
}

impl Listed {
    fn concerns(&self, processor: Processor) -> bool {
        let some = |list: &[Processors]| list.iter().any(|range| range.hold(processor));
        processor.vendor.is_none_or(|vendor| vendor == self.document.vendor)
            && some(&self.document.processors)
            && (self.narrowed.is_empty() || some(&self.narrowed))
    }

    /// The vendor's number, with the vendor: `AMD 361`.
    pub fn id(&self) -> String {
        let vendor = match self.document.vendor {
            Vendor::Amd => "AMD",
            Vendor::Intel => "Intel",
        };
        format!("{vendor} {}", self.number)
    }
}

impl Processors {
    fn hold(&self, processor: Processor) -> bool {
        let within = |range: &Option<RangeInclusive<u32>>, number: Option<u32>| match (range, number) {
            (Some(range), Some(number)) => range.contains(&number),
            _ => true,
        };
        processor.family.is_none_or(|family| family == self.family)
            && within(&self.models, processor.model)
            && within(&self.steppings, processor.stepping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_that_is_known_must_fit() {
        let here = Processors { family: 0x15, models: Some(0..=0xf), steppings: None };
        let document = Document {
            id: "a".into(),
            vendor: Vendor::Amd,
            title: "Guide".into(),
            number: "1".into(),
            revision: "2".into(),
            processors: vec![here],
        };
        let narrowed = vec![Processors { family: 0x15, models: Some(1..=1), steppings: Some(2..=3) }];
        let listed = Listed { number: "659".into(), document: Arc::new(document), narrowed };
        let of = |vendor, family, model, stepping| listed.concerns(Processor { vendor, family, model, stepping });
        let amd = Some(Vendor::Amd);
        assert!(of(amd, Some(0x15), Some(1), Some(2)));
        assert!(!of(Some(Vendor::Intel), Some(0x15), Some(1), Some(2)));
        assert!(!of(amd, Some(0x16), Some(1), Some(2)));
        assert!(!of(amd, Some(0x15), Some(2), Some(2)));
        assert!(!of(amd, Some(0x15), Some(0x11), Some(2)));
        assert!(!of(amd, Some(0x15), Some(1), Some(1)));
        assert!(of(amd, Some(0x15), None, None) && of(None, None, None, None), "what is not known may be anything");
    }
}
