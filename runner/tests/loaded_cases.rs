//! The parts of a case file in the loaded case: paths, vendors' expectations, steps, addresses, wirings.

use guests::{Mode, PageFlaw, RaiseBy, map, vector};
use runner::case::{Case, End, Moment, NameAt, Source, StackSegment, StepKind, address, load, wiring};
use runner::terms::{Need, Path, Shadow, Vendor};

const RICH: &str = "summary: everything a case can say
rules: [block.from-delivery, block.until-iret]
modes: [protected, long]
paths: [ioctl, msi]
requires: [pmu]
boot:
  user: true
  gates: { nmi: trap, gp: bad-selector }
  idt-limit: 0xff
  pages: { absent: present, ist3: read-only }
guest:
  data: |
    first: db 1
  main: |
    mark start
    raise 2
  target:
    .inner: nop
    mark after
    done
  nmi: |
    mark nmi, error-frame
    snap held
    iret
host:
  - at: held#2
    do: [{ raise: 3 }, { events: { masked: false, shadow: mov-ss } }, round-trip, migrate, irq, smi]
  - before: target
    do: [round-trip]
expect:
  trace: [start, nmi, held, nmi, held, after]
  view:
    held: { masked: true, pending: 1 }
    held#2: { pending: 0 }
    end: { shadow: none }
  frame:
    nmi: { rip: [target, target.inner+1, after], cpl: 3, ss: null, error: 0x1f0 }
  mark:
    nmi: { stack: kernel, nt: false }
  amd:
    view: { held: { pending: 2 } }
    frame: { nmi: { rip: main } }
  intel:
    trace: [start, nmi, held, after]
    end: shutdown
survives: it is
  an example
";

fn library(case: &str) -> Vec<Case> {
    let rules = include_str!("suite/rules/known.yaml");
    let text = |path: &str, content: &str| (path.to_owned(), content.as_bytes().to_vec());
    let source = Source::Texts(vec![text("rules/known.yaml", rules), text("a/rich-case.yaml", case)]);
    load(&source).unwrap_or_else(|diagnostics| panic!("{diagnostics}")).cases
}

fn rich() -> Case {
    library(&RICH.replace("  target:\n", "    target:\n")).remove(0)
}

fn at(name: &str, occurrence: Option<u32>) -> NameAt {
    NameAt { name: name.to_owned(), occurrence }
}

#[test]
fn plain_keys_arrive() {
    let case = rich();
    assert_eq!(case.id, "a/rich-case");
    assert_eq!(case.modes, [Mode::Protected, Mode::Long]);
    assert_eq!(case.paths, [Path::Ioctl, Path::Msi]);
    assert_eq!(case.survives.as_deref(), Some("it is an example"));
    assert_eq!(case.needs(Path::Msi), [Need::Smm, Need::Pmu, Need::Msi, Need::Breakpoint, Need::Host]);
    let boot = &case.program.boot;
    assert!(boot.user && boot.ist.is_empty());
    assert_eq!(boot.gates.len(), 2);
    assert_eq!(boot.idt_limit, Some(0xff));
    assert_eq!(boot.pages.get(&map::ABSENT_PAGE.start), Some(&PageFlaw::Present));
    assert_eq!(boot.pages.get(&0xa000), Some(&PageFlaw::ReadOnly));
    let sections: Vec<&str> = case.program.sections.iter().map(|section| section.name.word()).collect();
    assert_eq!(sections, ["data", "main", "nmi"], "in the order of the file");
}

#[test]
fn steps_arrive_in_order() {
    let case = rich();
    assert_eq!(case.steps[0].moment, Moment::At(at("held", Some(2))));
    assert_eq!(case.steps[0].actions[0], StepKind::Raise(3));
    assert!(matches!(case.steps[0].actions[1], StepKind::Events(change)
        if change.masked == Some(false) && change.shadow == Some(Shadow::MovSs) && change.pending.is_none()));
    assert_eq!(case.steps[0].actions[2..], [StepKind::RoundTrip, StepKind::Migrate, StepKind::Irq, StepKind::Smi]);
    assert_eq!(case.steps[1].moment, Moment::Before("target".to_owned()));
}

#[test]
fn expectations_of_a_vendor_override_those_of_both() {
    let case = rich();
    let (amd, intel) = (case.expect(Vendor::Amd), case.expect(Vendor::Intel));
    assert_eq!(amd.traces, [["start", "nmi", "held", "nmi", "held", "after"]]);
    assert_eq!(intel.traces, [["start", "nmi", "held", "after"]]);
    assert_eq!((amd.end, intel.end), (End::Done, End::Shutdown));
    let held = &amd.views[&at("held", None)];
    assert_eq!((held.masked, held.pending), (Some(true), Some(2)), "single fields replace single fields");
    assert_eq!(intel.views[&at("held", None)].pending, Some(1));
    assert!(amd.views.contains_key(&at("held", Some(2))));
    assert!(!intel.views.contains_key(&at("held", Some(2))), "it is in no trace of this vendor");
    assert_eq!(amd.end_view, intel.end_view);
    let frame = &amd.frames[&at("nmi", None)];
    assert_eq!((frame.rip.as_slice(), frame.cpl), (["main".to_owned()].as_slice(), Some(3)));
    assert_eq!((frame.ss, frame.error), (Some(StackSegment::Null), Some(0x1f0)));
    assert_eq!(intel.marks[&at("nmi", None)].stack.as_deref(), Some("kernel"));
}

#[test]
fn labels_offsets_and_marks_have_addresses() {
    let case = rich();
    let guest = guests::build(&case.program, Mode::Long, &wiring(&case, Path::Ioctl, Vendor::Intel)).unwrap();
    let target = address(&guest, "target").unwrap();
    assert_eq!(address(&guest, "target.inner"), Some(target));
    assert_eq!(address(&guest, "target + 1"), Some(target + 1));
    assert_eq!(address(&guest, "after"), Some(target + 1), "right after the NOP");
    assert_eq!(address(&guest, "nowhere"), None);
    assert_eq!(address(&guest, "target+x"), None);
}

#[test]
fn wirings_follow_path_and_vendor() {
    let case = rich();
    let raise = |path| wiring(&case, path, Vendor::Amd).raise;
    assert_eq!(raise(Path::XApic), RaiseBy::XApic);
    assert_eq!(raise(Path::X2Apic), RaiseBy::X2Apic);
    assert_eq!(raise(Path::Ipi), RaiseBy::Host);
    assert!(wiring(&case, Path::Ipi, Vendor::Amd).sender && !wiring(&case, Path::Msi, Vendor::Amd).sender);
    assert_eq!(wiring(&case, Path::Ioctl, Vendor::Amd).constants["PERFEVTSEL0"], 0xc001_0000);
    assert_eq!(wiring(&case, Path::Ioctl, Vendor::Intel).constants["PERF_GLOBAL_STATUS"], 0x38e);
}

#[test]
fn the_way_a_file_is_saved_does_not_matter() {
    let case = include_str!("suite/blocking/second-nmi-waits.yaml");
    let plain = library(case).remove(0);
    let dos = library(&case.replace('\n', "\r\n")).remove(0);
    let marked = library(&format!("\u{feff}{case}")).remove(0);
    for other in [&dos, &marked] {
        assert_eq!(plain.program.sections[0].text, other.program.sections[0].text);
        assert_eq!(plain.amd, other.amd);
    }
    assert_eq!(plain.hash, marked.hash);
    assert_ne!(plain.hash, library(&case.replace("mark start", "mark  start")).remove(0).hash);
    assert_eq!(plain.hash.len(), 16);
}

#[test]
fn a_case_without_paths_runs_over_none() {
    let case = "summary: INT 2 runs the handler\nrules: [block.from-delivery, block.until-iret]\nmodes: [long]\nguest:\n  main: |\n    \
                int 2\n    done\n  nmi: |\n    mark nmi\n    iret\nexpect:\n  trace: [nmi]\n";
    let case = library(case).remove(0);
    assert_eq!(case.paths, [Path::None]);
    assert!(case.program.section(guests::SectionName::Handler(vector::NMI)).is_some());
}
