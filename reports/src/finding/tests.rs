//! The words for each finding, and what is compared instead of them.

use super::*;
use crate::samples::snapshot;
use crate::{Divergence, Kind, Outcome, Pass};

fn place(label: &str, after: u32) -> Place {
    Place::after(label, after)
}

fn differing(field: Field, want: Value, got: Value) -> Vec<Difference> {
    vec![Difference { field, want, got }]
}

fn at() -> At {
    At { cpu: 1, rip: Some(0x2004), bytes: vec![0xcd, 2], instruction: "int 2".to_owned() }
}

fn record() -> Record {
    Record {
        name: "nmi".to_owned(),
        cpu: 1,
        snap: true,
        rsp: 0x87a0,
        rflags: 2,
        error: Some(0x13),
        from: Some(Place { inside: true, ..place("target", 1) }),
        stack: vec![0x13, 0x2008, 8],
    }
}

/// One of each kind of moment.
fn moments() -> Vec<Moment> {
    let fault = |error| Moment::Fault { cpu: 0, exception: "#GP".to_owned(), error, at: place("leave", 0) };
    vec![
        Moment::mark("nmi"),
        Moment::Mark { name: "woken".to_owned(), cpu: 1 },
        Moment::Record(record()),
        Moment::Record(Record { name: "nmi".to_owned(), rsp: 16, ..Record::default() }),
        Moment::Done,
        Moment::Halted,
        Moment::WakeLost { cpu: 1 },
        Moment::Hang { cpu: 1, at: place("main", 2) },
        Moment::Endless { exits: 100, at: Place::OUTSIDE },
        Moment::Shutdown { cpu: 0 },
        fault(Some(0x18)),
        fault(None),
        Moment::Overflow { records: 200 },
        Moment::Nothing { cpu: 1 },
        Moment::Step("before leave".to_owned()),
        Moment::NoStep,
    ]
}

/// One of each kind of trouble.
fn troubles() -> Vec<Trouble> {
    let unread = At::default();
    let outside = At { bytes: Vec::new(), ..at() };
    let mut troubles = vec![
        Trouble::NoDevice { device: "/dev/kvm".to_owned(), errno: 2, owner: None },
        Trouble::Refused { call: "KVM_NMI".to_owned(), errno: 22 },
        Trouble::InternalError { at: at(), suberror: 1, data: vec![0xfee0_0000, 2] },
        Trouble::FailEntry { at: outside, reason: 0x8000_0021 },
        Trouble::Memory { at: unread, write: true, address: 0xfee0_b000, end: 0x20_0000 },
        Trouble::Out { at: at(), port: 0x80, value: 3 },
        Trouble::In { at: at(), port: 0x60 },
        Trouble::SenderPort { port: 0xe1 },
        Trouble::EntryRefused { with: NoEntry::StiShadowWithoutInterrupts },
        Trouble::EntryRefused { with: NoEntry::InjectedWhileBlocked },
        Trouble::EntryRefused { with: NoEntry::InjectedInShadow },
        Trouble::HuntEnded,
    ];
    troubles.extend(cannots().into_iter().map(Trouble::Cannot));
    troubles.extend(unmodelled().into_iter().map(Trouble::Unmodelled));
    troubles.extend(of_the_harness().into_iter().map(Trouble::Harness));
    troubles
}

/// All that the model does not know.
fn unmodelled() -> Vec<Unmodelled> {
    use UnmodelledMode::{Gate, NestedTask, Pae, SmiInVmx, TaskGate, Virtual8086};
    let mut all = vec![
        Unmodelled::Instruction { instruction: "pushad".to_owned(), address: 0x2083 },
        Unmodelled::Memory { address: 0xfee0_b000 },
        Unmodelled::Port { port: 0x80, address: 0x2083 },
        Unmodelled::Vmptrld,
        Unmodelled::Region { address: 0x2_6000 },
        Unmodelled::Field { field: "4022h".to_owned() },
        Unmodelled::Unwritten { field: "guest_rip".to_owned() },
        Unmodelled::Value { field: "exit_controls".to_owned(), value: 0x200 },
    ];
    all.extend([Virtual8086, NestedTask, TaskGate, Pae, Gate, SmiInVmx].map(Unmodelled::Mode));
    all
}

/// All trouble of the suite itself.
fn of_the_harness() -> Vec<Harness> {
    let guest = || "a busy guest".to_owned();
    let needs_intel = ModelLack::Vendor { vendor: crate::Vendor::Intel };
    let mut all = vec![
        Harness::Build { guest: guest(), error: "unknown mnemonic `nopp`".to_owned() },
        Harness::Mode,
        Harness::Load,
        Harness::Ways { most: 1024 },
        Harness::Show { case: "a/b".to_owned(), requirement: needs_intel },
        Harness::Ended { words: String::new() },
        Harness::Ended { words: "out of memory".to_owned() },
        Harness::Image,
    ];
    let console = || "console.txt".to_owned();
    let (word, guests) = (NoTurn::NoWord { console: console() }, NoTurn::NoGuest { console: console() });
    let turns = [NoTurn::Supervisor, NoTurn::CutWithin, NoTurn::PassedOver, NoTurn::CutBefore, word, guests];
    all.extend(turns.map(|why| Harness::Turn { why }));
    let events = [HostAct::Raise, HostAct::Arm, HostAct::Interrupt, HostAct::Smi];
    let others = [HostAct::Events, HostAct::SetEvents, HostAct::Migrate, HostAct::SetBreakpoints];
    all.extend(events.into_iter().chain(others).map(|what| Harness::Host { what }));
    all.extend(exits().into_iter().map(|ended| Harness::End { guest: guest(), ended, cpu: 0 }));
    all
}

/// All that KVM_RUN may return.
fn returned() -> Vec<Returned> {
    vec![
        Returned::Out { port: 0x80, value: 3 },
        Returned::In { port: 0x60 },
        Returned::Mmio { address: 0xfee0_b000, write: true },
        Returned::Debug { rip: 0x2004, dr6: 0xffff_0ff1 },
        Returned::Halt,
        Returned::Shutdown,
        Returned::InternalError { suberror: 1, data: vec![2] },
        Returned::FailEntry { reason: 0x8000_0021 },
        Returned::Signal,
        Returned::Other { exit_reason: 37 },
        Returned::Other { exit_reason: 99 },
    ]
}

/// All that a guest may end with.
fn exits() -> Vec<ExitKind> {
    use ExitKind::{Arm, Breakpoint, Done, Fault, Halted, Hang, Irq, Raise, Shutdown, Snap, WakeLost};
    vec![Snap, Raise(2), Arm, Irq, Done, Fault, Breakpoint(0x2004), Halted, WakeLost, Hang, Shutdown]
}

/// One of each thing that could not be done on KVM.
fn cannots() -> Vec<Cannot> {
    let whys = [
        NoRaise::NoPath,
        NoRaise::ByGuest,
        NoRaise::NoSender,
        NoRaise::FirstAlone,
        NoRaise::OwnThread,
        NoRaise::NoReceiver,
    ];
    let mut cannots = vec![
        Cannot::UseApi { version: 11 },
        Cannot::DoWithout { capability: "KVM_CAP_IMMEDIATE_EXIT".to_owned() },
        Cannot::CreateVm,
        Cannot::MapMemory { why: NoMemory::System { errno: 12 } },
        Cannot::MapMemory { why: NoMemory::TooLong },
        Cannot::MapMemory { why: NoMemory::NotWhole },
        Cannot::AccessMemory { address: 0x1f_fff8, length: 16, end: 0x20_0000 },
        Cannot::StartThread { errno: 12 },
        Cannot::SeeThread { file: "/proc/self/task/7/stat".to_owned(), errno: 12 },
        Cannot::LoadProcessors { count: 3 },
        Cannot::SetMsr { index: 0xc000_0080, value: 0x500 },
        Cannot::ListMsrs { count: 300 },
        Cannot::Judge { cpu: 1, given: 7, took: 4000 },
        Cannot::SetBreakpoints { count: 5 },
        Cannot::FindProcessor { cpu: 1 },
        Cannot::SendInTime,
        Cannot::RunSender { ended: ExitKind::Hang },
        Cannot::RaiseInTime,
        Cannot::RunSecond { ended: ExitKind::Fault },
        Cannot::UsePort { port: 0xe3 },
        Cannot::StopSecond,
        Cannot::OrderSecond,
    ];
    cannots.extend(whys.map(|why| Cannot::Raise { cpu: 1, why }));
    cannots.extend(returned().into_iter().map(|returned| Cannot::GoOn { at: at(), returned }));
    cannots.push(Cannot::CompleteIo { returned: Returned::Halt });
    cannots
}

/// One of each kind of finding about fields.
fn of_fields() -> Vec<Finding> {
    let labels = Value::Labels(vec!["first".to_owned(), "second".to_owned()]);
    let mut frame = differing(Field::Rip, labels, Value::Place(place("second", 1)));
    frame.extend(differing(Field::Tf, Value::Bit(false), Value::Bit(true)));
    frame.extend(differing(Field::Error, Value::Number(0x13), Value::Number(0x12)));
    let rsp = |got| differing(Field::Rsp, Value::RspOf("start".to_owned()), got);
    let word = |word: &str| Value::Word(word.to_owned());
    let mut exit = differing(Field::Code, word("iret"), word("vmmcall"));
    exit.extend(differing(Field::VNmiMask, Value::Bit(true), Value::Bit(false)));
    let mut vmx = differing(Field::Reason, word("nmi"), word("vmcall"));
    vmx.extend(differing(Field::Bit12, Value::Bit(true), Value::Bit(false)));
    vmx.extend(differing(Field::Vmfail, word("none"), Value::Number(7)));
    vec![
        Finding::View {
            at: "held".to_owned(),
            differing: differing(Field::Pending, Value::Number(1), Value::Number(0)),
        },
        Finding::Frame { at: "nmi#2".to_owned(), differing: frame },
        Finding::Frame { at: "nmi".to_owned(), differing: rsp(Value::RspNear { of: "start".to_owned(), by: -8 }) },
        Finding::Exit { at: "left".to_owned(), differing: exit },
        Finding::Exit { at: "left".to_owned(), differing: vmx },
        Finding::Mark { at: "nmi".to_owned(), differing: rsp(Value::NoRspOf("start".to_owned())) },
        Finding::Mark { at: "nmi".to_owned(), differing: differing(Field::Stack, word("main"), word("ist1")) },
    ]
}

#[test]
fn words_for_one_finding_of_each_kind() {
    let mut lines: Vec<String> = Vec::new();
    let headline = |outcome: Outcome| outcome.headline().expect("it failed");
    let mut symptom = |outcome: Outcome| lines.push(headline(outcome));
    for got in moments() {
        symptom(Outcome::Mismatch(Divergence::of(Finding::sequence(Moment::mark("nmi"), got))));
    }
    for finding in of_fields() {
        symptom(Outcome::Mismatch(Divergence { pass: Some(Pass::Peek), ..Divergence::of(finding) }));
    }
    let ended =
        |got| Divergence { pass: Some(Pass::Silent), ..Divergence::of(Finding::sequence(Moment::mark("nmi"), got)) };
    symptom(Outcome::Unstable(ended(Moment::Done)));
    symptom(Outcome::Hang(ended(Moment::Hang { cpu: 0, at: place("main", 1) })));
    symptom(Outcome::Shutdown(ended(Moment::Shutdown { cpu: 0 })));
    symptom(Outcome::GuestFault(ended(moments().remove(10))));
    let trace = ["start", "nmi"].map(str::to_owned).to_vec();
    symptom(Outcome::Mismatch(Divergence::of(Finding::NoWay { trace })));
    symptom(Outcome::KernelWarning(Divergence::of(Finding::KernelWarning {
        report: "WARNING: x86.c:12 run".to_owned(),
    })));
    for death in [HostEnd::Hung, HostEnd::Panicked("Kernel panic".to_owned()), HostEnd::Reset] {
        symptom(Outcome::HostDied(Divergence::of(Finding::HostDied(death))));
    }
    let expected = "{ hang: { want: nmi } }".to_owned();
    symptom(Outcome::Fixed { expected, id: "pvm.late".to_owned(), reason: String::new() });
    for trouble in troubles() {
        lines.extend([headline(Outcome::Error(trouble.clone())), format!("  {trouble}")]);
    }
    snapshot("finding-words", &lines.join("\n"));
}

#[test]
fn a_saved_finding_is_its_fields_and_comes_back_as_it_was() {
    let sequences = moments().into_iter().map(|moment| Finding::sequence(moment.clone(), moment));
    let troubles = troubles().into_iter().map(Finding::Trouble);
    for finding in sequences.chain(of_fields()).chain(troubles) {
        let text = serde_json::to_string(&finding).expect("JSON");
        assert_eq!(serde_json::from_str::<Finding>(&text).expect(&text), finding);
    }
    let finding = Finding::sequence(Moment::mark("nmi"), Moment::Halted);
    let text = serde_json::to_string(&finding).expect("JSON");
    assert_eq!(text, r#"{"sequence":{"want":{"mark":{"name":"nmi"}},"got":"halted"}}"#);
}

/// That it hangs is the symptom, and not where: two runs never agree about that.
#[test]
fn where_a_guest_hangs_is_no_part_of_the_symptom() {
    let hang = |at| {
        let finding = Finding::sequence(Moment::mark("nmi"), Moment::Hang { cpu: 0, at });
        Outcome::Hang(Divergence::of(finding))
    };
    assert!(hang(place("main", 1)).is_like(&hang(place("main", 2))));
    let mismatch = |got| Outcome::Mismatch(Divergence::of(Finding::sequence(Moment::mark("nmi"), got)));
    assert!(!mismatch(Moment::mark("after")).is_like(&mismatch(Moment::Done)));
    assert!(!mismatch(Moment::mark("nmi")).is_like(&mismatch(Moment::Mark { name: "nmi".to_owned(), cpu: 1 })));
}

/// Outcomes are alike by their fields, whatever the words for them.
#[test]
fn a_mark_named_like_an_end_is_not_that_end() {
    let mismatch = |got| Outcome::Mismatch(Divergence::of(Finding::sequence(Moment::mark("nmi"), got)));
    let [mark, end] = [Moment::mark("halted"), Moment::Halted].map(mismatch);
    assert_eq!(mark.headline(), end.headline());
    assert!(!mark.is_like(&end));
}

#[test]
fn only_a_device_that_is_missing_or_forbidden_is_absent() {
    let device = |errno| Trouble::NoDevice { device: "/dev/kvm".to_owned(), errno, owner: None };
    assert!(device(2).is_absence() && !device(12).is_absence());
    let call = Trouble::Refused { call: "/dev/kvm".to_owned(), errno: 2 };
    assert!(!call.is_absence() && !Trouble::Harness(Harness::Load).is_absence());
    assert_eq!(Outcome::Error(call).kind(), Kind::Error);
}
