//! One case on the model: what the host does and sees, and how runs end that no case wants.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use guests::{Guest, Mode, Program, Section, SectionName};

use super::*;
use crate::case::{Case, Expect, HostStep, Moment, NameAt, StepKind, ViewWant, wiring};
use crate::machine::model::ModelMachine;
use crate::terms::{Pass, Path, Vendor};

/// A case of these sections, with these steps of the host.
fn case(sections: &[(SectionName, &str)], steps: Vec<HostStep>) -> Case {
    let section = |&(name, text): &(SectionName, &str)| Section { name, text: text.to_owned() };
    Case {
        id: "samples/one".to_owned(),
        file: PathBuf::new(),
        summary: String::new(),
        rules: Vec::new(),
        modes: vec![Mode::Long],
        paths: vec![Path::Ioctl],
        requires: Vec::new(),
        program: Program { sections: sections.iter().map(section).collect(), ..Program::default() },
        asks_for_interrupt: false,
        steps,
        amd: Expect::default(),
        intel: Expect::default(),
        survives: None,
        hash: String::new(),
    }
}

fn main(text: &str, steps: Vec<HostStep>) -> Case {
    case(&[(SectionName::Main, text), (SectionName::Handler(2), "mark nmi\niret\n")], steps)
}

fn guest(case: &Case) -> Arc<Guest> {
    let wiring = wiring(case, Path::Ioctl, Vendor::Intel);
    Arc::new(guests::build(&case.program, Mode::Long, &wiring).expect("a guest"))
}

fn run(case: &Case, pass: Pass) -> Trace {
    let mut machine = ModelMachine::new(Vendor::Intel, None);
    let guest = guest(case);
    execute(&mut machine, Setting { case, guest: &guest, path: Path::Ioctl }, pass).expect("no trouble")
}

fn at(name: &str, occurrence: Option<u32>, actions: &[StepKind]) -> HostStep {
    let moment = Moment::At(NameAt { name: name.to_owned(), occurrence });
    HostStep { moment, actions: actions.to_vec() }
}

fn before(label: &str, actions: &[StepKind]) -> HostStep {
    HostStep { moment: Moment::Before(label.to_owned()), actions: actions.to_vec() }
}

/// What was seen, in short.
fn told(trace: &Trace) -> Vec<String> {
    let short = |seen: &Seen| match seen {
        Seen::Mark(Mark { name, occurrence, snap, .. }) => {
            format!("{} {name}#{occurrence}", if *snap { "snap" } else { "mark" })
        }
        Seen::View { at, occurrence, .. } => format!("look {at}#{occurrence}"),
        Seen::Did(deed) => deed.words.clone(),
    };
    trace.seen.iter().map(short).collect()
}

#[test]
fn the_host_acts_at_the_occurrence_that_a_step_names() {
    let text = "mov ebx, 3\nagain: snap turn\ndec ebx\njnz again\nmark end\ndone\n";
    let second = run(&main(text, vec![at("turn", Some(2), &[StepKind::Raise(1)])]), Pass::Plain);
    assert_eq!(
        told(&second),
        ["snap turn#1", "snap turn#2", "raise 1 by ioctl", "mark nmi#1", "snap turn#3", "mark end#1"]
    );
    let every = run(&main(text, vec![at("turn", None, &[StepKind::Raise(1)])]), Pass::Plain);
    assert_eq!(told(&every).iter().filter(|seen| *seen == "raise 1 by ioctl").count(), 3);
    assert_eq!((second.stop, second.left_out), (Stop::Done, Vec::<String>::new()));
}

#[test]
fn occurrences_are_counted_for_each_processor() {
    let sections = [(SectionName::Main, "mark both\nhlt\ndone\n"), (SectionName::Peer, "mark both\nmark both\ndone\n")];
    let trace = run(&case(&sections, Vec::new()), Pass::Plain);
    let marks = trace.seen.iter().filter_map(|seen| match seen {
        Seen::Mark(mark) => Some((mark.cpu, mark.occurrence)),
        _ => None,
    });
    let mut marks: Vec<_> = marks.collect();
    marks.sort_unstable();
    assert_eq!(marks, [(0, 1), (1, 1), (1, 2)]);
}

#[test]
fn a_step_before_a_label_comes_once_and_stands_at_the_label() {
    let text = "mov ebx, 2\nturn: nop\nmark turn\ndec ebx\njnz turn\ndone\n";
    let case = main(text, vec![before("turn", &[StepKind::RoundTrip, StepKind::Raise(1)])]);
    let trace = run(&case, Pass::Plain);
    assert_eq!(
        told(&trace),
        ["get events, set the same", "raise 1 by ioctl", "mark nmi#1", "mark turn#1", "mark turn#2"]
    );
    let Some(Seen::Did(deed)) = trace.seen.first() else { panic!("{trace:?}") };
    assert_eq!((deed.at, deed.raises), (guest(&case).symbols.get("turn").copied(), false));
}

#[test]
fn a_step_that_never_comes_is_told() {
    let steps = vec![at("never", Some(2), &[StepKind::Irq]), before("nowhere", &[StepKind::Smi])];
    let trace = run(&main("jmp end\nnowhere: snap never\nend: done\n", steps), Pass::Plain);
    assert_eq!(trace.left_out, ["at never#2", "before nowhere"]);
}

#[test]
fn what_the_guest_asks_for_stands_at_its_exit_if_there_is_only_one() {
    let once = main("mark start\nraise\ndone\n", Vec::new());
    let twice = main("raise\nraise\ndone\n", Vec::new());
    let places = |case: &Case| -> Vec<Option<u64>> {
        let deeds = run(case, Pass::Plain).seen;
        deeds.iter().filter_map(|seen| if let Seen::Did(deed) = seen { Some(deed.at) } else { None }).collect()
    };
    let exit = guest(&once).sites.iter().find_map(|site| site.exit).expect("an exit");
    assert_eq!(places(&once), [Some(exit.address)]);
    assert_eq!(places(&twice), [None, None]);
}

#[test]
fn each_pass_looks_where_it_should() {
    let text = "snap viewed\nsnap other\nsnap acted\nraise\ndone\n";
    let mut case = main(text, vec![at("acted", None, &[StepKind::RoundTrip])]);
    let viewed = NameAt { name: "viewed".to_owned(), occurrence: None };
    case.intel.views = BTreeMap::from([(viewed, ViewWant::default())]);
    let looks =
        |pass| -> Vec<String> { told(&run(&case, pass)).into_iter().filter(|seen| seen.starts_with("look")).collect() };
    for pass in [Pass::Plain, Pass::Again, Pass::Migrate] {
        assert_eq!(looks(pass), ["look viewed#1"], "{pass}");
    }
    assert_eq!(looks(Pass::Peek), ["look viewed#1", "look other#1", "look acted#1", "look raise#1"]);
    for pass in [Pass::Blind, Pass::Silent] {
        assert!(looks(pass).is_empty(), "{pass}");
    }
}

#[test]
fn in_the_silent_pass_a_snap_exits_only_where_the_host_acts() {
    let case = main("snap idle\nsnap acted\ndone\n", vec![at("acted", None, &[StepKind::RoundTrip])]);
    let silent = run(&case, Pass::Silent);
    assert_eq!(told(&silent), ["snap idle#1", "snap acted#1", "get events, set the same"]);
    let exits = |trace: &Trace| trace.statistics.get("exits").copied();
    assert_eq!((exits(&run(&case, Pass::Blind)), exits(&silent)), (Some(3), Some(2)));
}

#[test]
fn a_guest_that_exits_for_ever_is_stopped() {
    let trace = run(&main("again: irq\njmp again\n", Vec::new()), Pass::Plain);
    assert!(matches!(trace.stop, Stop::Endless { exits: 10_000, .. }), "{:?}", trace.stop);
}

#[test]
fn a_ring_that_overflows_ends_the_run_and_keeps_what_it_holds() {
    let marks = run(&main("mov ebx, 200\nagain: mark turn\ndec ebx\njnz again\ndone\n", Vec::new()), Pass::Plain);
    assert_eq!(marks.stop, Stop::Overflow { reserved: 200 });
    assert_eq!(marks.seen.len(), 128);
    let snaps = run(&main("again: snap turn\njmp again\n", Vec::new()), Pass::Plain);
    assert_eq!(snaps.stop, Stop::Overflow { reserved: 129 }, "at the first snap that leaves no record");
}

#[test]
fn an_exception_that_nobody_claims_ends_the_run() {
    let case = main("mark start\nbad: ud2\ndone\n", Vec::new());
    let Stop::Fault { cpu: 0, vector: 6, error: None, rip, .. } = run(&case, Pass::Plain).stop else {
        panic!("no #UD")
    };
    assert_eq!(Some(&rip), guest(&case).symbols.get("bad"));
}

#[test]
fn an_instruction_that_the_model_does_not_know_is_named() {
    let case = main("mark start\nimul eax, ebx\ndone\n", Vec::new());
    let mut machine = ModelMachine::new(Vendor::Intel, None);
    let setting = Setting { case: &case, guest: &guest(&case), path: Path::Ioctl };
    let trouble = execute(&mut machine, setting, Pass::Plain).expect_err("nothing executes it").to_string();
    assert!(trouble.contains("`imul eax,ebx`"), "{trouble}");
}

/// A pass is left out where the host would do in it what it does in the plain one.
#[test]
fn passes_differ_by_what_the_host_does_before_the_end() {
    let differing = |case: &Case| {
        let guest = guest(case);
        let setting = Setting { case, guest: &guest, path: Path::Ioctl };
        let all = [Pass::Blind, Pass::Silent, Pass::Peek, Pass::Migrate];
        all.into_iter().filter(|&pass| setting.differs(pass, Vendor::Intel)).collect::<Vec<_>>()
    };
    assert_eq!(differing(&main("mark start\ndone\n", vec![])), []);
    assert_eq!(differing(&main("raise\ndone\n", vec![])), [Pass::Peek]);
    assert_eq!(differing(&main("target:\nnop\ndone\n", vec![before("target", &[StepKind::Raise(1)])])), [Pass::Peek]);
    let snap = main("snap held\ndone\n", vec![]);
    assert_eq!(differing(&snap), [Pass::Silent, Pass::Peek, Pass::Migrate]);
    let acted_on = main("snap held\ndone\n", vec![at("held", None, &[StepKind::Raise(1)])]);
    assert_eq!(differing(&acted_on), [Pass::Peek, Pass::Migrate]);
    let mut viewed = snap;
    viewed.intel.views.insert(NameAt { name: "held".to_owned(), occurrence: None }, ViewWant::default());
    assert_eq!(differing(&viewed), [Pass::Blind, Pass::Silent, Pass::Peek, Pass::Migrate]);
}
