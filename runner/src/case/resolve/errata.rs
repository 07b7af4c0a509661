//! Errata of processors, resolved.

use std::ops::RangeInclusive;
use std::sync::Arc;

use x86::cpuid::Signature;

use super::symptoms;
use super::values::{distinct, line, number, prose_line, required, word};
use crate::case::diagnostics::{Place, Report, did_you_mean};
use crate::case::errata::{Document, Erratum, Listed, Processors};
use crate::case::parse::{At, Maybe, RawDocument, RawErrata, RawErratum, RawListed, RawProcessors};
use crate::case::symptom::Range;
use crate::terms::Vendor;

/// An erratum and the ids of its rules with their places, for the checks that need all files.
pub(in crate::case) type WithRules = (Erratum, Vec<At<String>>);

type Ranges = At<Vec<At<RawProcessors>>>;

/// The known errata. Reports what cannot be resolved.
pub(in crate::case) fn errata(raw: &RawErrata, report: &mut Report) -> Vec<WithRules> {
    let documents = documents(raw, report);
    let Some(list) = required(&raw.errata, "errata", Place::START, report) else { return Vec::new() };
    let errata: Vec<WithRules> = list.value.iter().map(|raw| erratum(raw, &documents, report)).collect();
    twice(&list.value, report);
    errata
}

fn documents(raw: &RawErrata, report: &mut Report) -> Vec<Arc<Document>> {
    let Some(list) = required(&raw.documents, "documents", Place::START, report) else { return Vec::new() };
    let mut documents: Vec<Arc<Document>> = Vec::new();
    for raw in &list.value {
        let Some((document, place)) = document(raw, report) else { continue };
        if documents.iter().any(|known| known.id == document.id) {
            report.add(place, "duplicate-entry", format!("the id `{}` is taken already", document.id));
        }
        documents.push(Arc::new(document));
    }
    documents
}

fn document(raw: &At<RawDocument>, report: &mut Report) -> Option<(Document, Place)> {
    let owner = raw.place;
    let RawDocument { id, vendor, title, number, revision, processors } = &raw.value;
    let place = id.get().map_or(owner, |id| id.place);
    let vendors: Vec<(&'static str, Vendor)> = Vendor::ALL.iter().map(|vendor| (vendor.name(), *vendor)).collect();
    let ranges = required(processors, "processors", owner, report);
    let document = Document {
        id: line(id, "id", owner, report),
        title: prose_line(title, "title", owner, report),
        number: line(number, "number", owner, report),
        revision: line(revision, "revision", owner, report),
        processors: ranges.map(|list| ranges_of(list, report)).unwrap_or_default(),
        vendor: required(vendor, "vendor", owner, report).and_then(|at| word(at, "vendor", &vendors, report))?,
    };
    Some((document, place))
}

fn ranges_of(list: &Ranges, report: &mut Report) -> Vec<Processors> {
    if list.value.is_empty() {
        report.add(list.place, "empty-list", "this list names no processor, so nothing applies");
    }
    list.value.iter().filter_map(|raw| processors(raw, report)).collect()
}

fn processors(raw: &At<RawProcessors>, report: &mut Report) -> Option<Processors> {
    let family = required(&raw.value.family, "family", raw.place, report)?;
    let (most_family, most_model, most_stepping) = Signature::MOST;
    let models = range(&raw.value.models, most_model.into(), report);
    let steppings = range(&raw.value.steppings, most_stepping.into(), report);
    Some(Processors { family: number(family, "a family", 0..=most_family.into(), report)?, models, steppings })
}

fn range(value: &Maybe<At<String>>, most: u32, report: &mut Report) -> Option<RangeInclusive<u32>> {
    let at = value.get()?;
    let found = Range::parse(&at.value).and_then(|Range { first, last }| {
        Some(u32::try_from(first).ok()?..=u32::try_from(last).ok().filter(|last| *last <= most)?)
    });
    if found.is_none() {
        let message = format!("`{}` is no number or range of numbers up to {most:#x}", at.value);
        report.add_help(at.place, "bad-range", message, "write `0x1a`, or `0x30-0x3f` with the smaller one first");
    }
    found
}

fn erratum(raw: &At<RawErratum>, documents: &[Arc<Document>], report: &mut Report) -> WithRules {
    let owner = raw.place;
    let RawErratum { title, rules, symptom, listed } = &raw.value;
    let named = required(rules, "rules", owner, report);
    let without = "this list names no rule, so the erratum explains nothing";
    let named = named.map(|list| distinct(list, "rule ", without, report)).unwrap_or_default();
    let entries = required(listed, "listed", owner, report);
    if let Some(list) = entries.filter(|list| list.value.is_empty()) {
        report.add(list.place, "no-source", "an erratum that no document lists is a rumour: name one");
    }
    let erratum = Erratum {
        title: prose_line(title, "title", owner, report),
        rules: named,
        symptom: symptom.get().map(|symptom| {
            symptoms::check_fields(symptom, report);
            symptom.value.clone()
        }),
        listed: listed.items().iter().filter_map(|raw| entry(raw, documents, report)).collect(),
    };
    (erratum, rules.items().to_vec())
}

fn entry(raw: &At<RawListed>, documents: &[Arc<Document>], report: &mut Report) -> Option<Listed> {
    let RawListed { document, number, processors } = &raw.value;
    let number = line(number, "number", raw.place, report);
    let narrowed = processors.get().map(|list| ranges_of(list, report)).unwrap_or_default();
    let name = required(document, "document", raw.place, report)?;
    let found = documents.iter().find(|known| known.id == name.value);
    if found.is_none() {
        let help = did_you_mean(&name.value, documents.iter().map(|known| known.id.as_str()));
        report.push(name.place, "unknown-document", format!("unknown document `{}`", name.value), help);
    }
    Some(Listed { number, document: Arc::clone(found?), narrowed })
}

/// Reports numbers of a document that two errata have.
fn twice(errata: &[At<RawErratum>], report: &mut Report) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for raw in errata.iter().flat_map(|raw| raw.value.listed.items()) {
        let (Some(document), Some(number)) = (raw.value.document.get(), raw.value.number.get()) else { continue };
        let key = (document.value.as_str(), number.value.as_str());
        if seen.contains(&key) {
            let message = format!("`{}` of `{}` is listed already", number.value, document.value);
            report.add(number.place, "duplicate-entry", message);
        }
        seen.push(key);
    }
}
