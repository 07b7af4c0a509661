//! Small guests, cases and traces for this folder's tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use guests::abi::FrameKind;
use guests::{Call, Guest, Line, Mode, Program, Section, SectionName, Site, Word};

use crate::case::{Case, Expect};
use crate::execute::{Mark, Seen, Stop, Trace};
use crate::terms::{Events, Path};

pub(super) const TEXT: &str = "mark start\nraise\nmark after\ndone\n";

pub(super) fn case(traces: &[&[&str]]) -> Case {
    let traces = traces.iter().map(|names| names.iter().map(|&name| name.to_owned()).collect()).collect();
    let expect = Expect { traces, ..Expect::default() };
    let section = Section { name: SectionName::Main, text: TEXT.to_owned() };
    Case {
        id: "samples/one".to_owned(),
        file: "samples/one.yaml".into(),
        summary: "a sample".to_owned(),
        rules: vec!["block.sample".to_owned()],
        modes: vec![Mode::Long],
        paths: vec![Path::Ioctl],
        requires: Vec::new(),
        program: Program { sections: vec![section], ..Program::default() },
        asks_for_interrupt: false,
        steps: Vec::new(),
        amd: expect.clone(),
        intel: expect,
        survives: None,
        hash: String::new(),
    }
}

/// Four instructions of `main` at 2000h, four bytes each, and an `nmi` at 3000h.
pub(super) fn guest(mode: Mode) -> Guest {
    let line = |address: u64, line: usize, text: &str| Line {
        address,
        bytes: vec![0x90; 4],
        section: Some(SectionName::Main),
        line,
        text: text.to_owned(),
    };
    let site = |address: u64, line: usize| Site {
        word: Some(Word::Mark),
        mark: None,
        frame: FrameKind::None,
        address,
        call: Some(Call { address, returns: address + 4 }),
        exit: None,
        section: SectionName::Main,
        line,
    };
    let texts = ["call 4000h", "out 0E1h,al", "call 4000h", "out 0E2h,al"];
    let mut listing: Vec<Line> =
        texts.iter().enumerate().map(|(index, text)| line(0x2000 + 4 * index as u64, index, text)).collect();
    listing.push(Line { section: Some(SectionName::Handler(2)), ..line(0x3000, 0, "iretq") });
    Guest {
        mode,
        memory: Vec::new(),
        start: Vec::new(),
        sender: false,
        hypervisor: None,
        x2apic: false,
        marks: Vec::new(),
        sites: vec![site(0x2000, 0), site(0x2008, 2), site(0x3000, 0)],
        symbols: BTreeMap::from([
            ("main".to_owned(), 0x2000),
            ("target".to_owned(), 0x2008),
            ("nmi".to_owned(), 0x3000),
        ]),
        listing: listing.into_iter().map(Arc::new).collect(),
    }
}

pub(super) fn mark(name: &str) -> Mark {
    Mark {
        name: name.to_owned(),
        occurrence: 1,
        cpu: 0,
        snap: false,
        site: 0x2004,
        rsp: 0x87c0,
        rflags: 2,
        frame: FrameKind::None,
        stack: [0; 6],
    }
}

pub(super) fn trace(seen: Vec<Seen>, stop: Stop) -> Trace {
    Trace { seen, stop, end_view: None, left_out: Vec::new(), statistics: BTreeMap::new() }
}

pub(super) fn marks(names: &[&str]) -> Vec<Seen> {
    names.iter().map(|name| Seen::Mark(mark(name))).collect()
}

pub(super) fn view(at: &str, events: Events) -> Seen {
    Seen::View { at: at.to_owned(), occurrence: 1, events }
}
