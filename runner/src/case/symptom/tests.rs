//! Tests each field of each pattern with findings that match and that do not.

use reports::{
    At, Difference, Divergence, Field, Finding, HostEnd, Moment, Outcome, Pass, Place, Record, Symptom, Trouble, Value,
};

use super::symptom;

fn fits(pattern: &str, shown: &Symptom) -> bool {
    symptom(pattern).fits(shown)
}

fn shown(outcome: fn(Divergence) -> Outcome, pass: Pass, finding: Finding) -> Symptom {
    outcome(Divergence { pass: Some(pass), ..Divergence::of(finding) }).symptom().expect("it failed")
}

fn sequence(want: Moment, got: Moment) -> Symptom {
    shown(Outcome::Mismatch, Pass::Plain, Finding::sequence(want, got))
}

fn fault(error: Option<u64>, at: Place) -> Moment {
    Moment::Fault { cpu: 0, exception: "#GP".to_owned(), error, at }
}

/// Each pattern with whether it fits.
fn check(shown: &Symptom, patterns: &[(&str, bool)]) {
    for (pattern, wanted) in patterns {
        assert_eq!(fits(pattern, shown), *wanted, "{pattern} {shown}");
    }
}

#[test]
fn what_was_due_and_what_came() {
    check(
        &sequence(Moment::mark("nmi"), Moment::mark("after")),
        &[
            ("{ mismatch: { want: nmi, got: after } }", true),
            ("{ mismatch: { want: nmi, got: \"*\" } }", true),
            ("{ mismatch: { want: n*i, got: a* } }", true),
            ("{ mismatch: { want: nmi, got: { end: done } } }", false),
            ("{ mismatch: { want: nm, got: after } }", false),
            ("{ mismatch: { want: { mark: { name: nmi, processor: 1 } }, got: after } }", false),
            ("{ mismatch: { want: { mark: { name: nmi, processor: \"*\" } }, got: after } }", true),
            ("{ hang: { want: nmi } }", false),
            ("{ unstable: { once: nmi, again: after } }", false),
        ],
    );
    let overflow = sequence(Moment::mark("nmi"), Moment::Overflow { records: 200 });
    check(&overflow, &[("{ mismatch: { want: \"*\", got: { end: overflow } } }", true)]);
    let step = sequence(Moment::Step("before leave".to_owned()), Moment::NoStep);
    check(&step, &[("{ mismatch: { want: { step: before leave }, got: \"*\" } }", true)]);
}

/// An end is a value of its own: a mark of that name is not it, though a report says the same of both.
#[test]
fn words_do_not_matter() {
    let [mark, end] = [Moment::mark("halted"), Moment::Halted].map(|got| sequence(Moment::mark("nmi"), got));
    assert_eq!(mark.to_string(), end.to_string());
    check(
        &mark,
        &[
            ("{ mismatch: { want: nmi, got: halted } }", true),
            ("{ mismatch: { want: nmi, got: { end: halted } } }", false),
        ],
    );
    check(
        &end,
        &[
            ("{ mismatch: { want: nmi, got: halted } }", false),
            ("{ mismatch: { want: nmi, got: { end: halted } } }", true),
        ],
    );
}

#[test]
fn passes() {
    let of = |pass| shown(Outcome::Hang, pass, Finding::sequence(Moment::mark("nmi"), Moment::Done));
    for (pass, plain, silent) in [
        ("plain", true, false),
        ("silent", false, true),
        ("not-plain", false, true),
        ("\"*\"", true, true),
        ("peek", false, false),
    ] {
        let pattern = format!("{{ hang: {{ want: nmi, pass: {pass} }} }}");
        assert_eq!((fits(&pattern, &of(Pass::Plain)), fits(&pattern, &of(Pass::Silent))), (plain, silent), "{pass}");
    }
    assert!(fits("{ hang: { want: nmi } }", &of(Pass::Plain)) && !fits("{ hang: { want: nmi } }", &of(Pass::Peek)));
}

#[test]
fn fields_are_these_and_no_others() {
    let place = Value::Place(Place::after("second", 2));
    let differing = vec![
        Difference { field: Field::Rip, want: Value::Labels(vec!["target".to_owned()]), got: place },
        Difference { field: Field::Tf, want: Value::Bit(false), got: Value::Bit(true) },
    ];
    check(
        &shown(Outcome::Mismatch, Pass::Plain, Finding::Frame { at: "nmi#2".to_owned(), differing }),
        &[
            (
                "{ frame: { at: \"nmi#2\", want: { rip: target, tf: false }, got: { rip: { label: second, after: 2 }, tf: true } } }",
                true,
            ),
            ("{ frame: { at: \"nmi*\", want: \"*\", got: { rip: { label: second, after: 2-9 } } } }", true),
            ("{ frame: { at: nmi, want: \"*\", got: \"*\" } }", false),
            ("{ frame: { at: \"*\", want: { tf: false }, got: { tf: true } } }", false),
            ("{ frame: { at: \"*\", want: { tf: false }, got: { tf: true }, others: true } }", true),
            ("{ frame: { at: \"*\", want: { rip: target }, got: { rip: second }, others: true } }", false),
            ("{ frame: { at: \"*\", want: { rip: [target, second] }, got: \"*\" } }", false),
            ("{ frame: { at: \"*\", want: { rip: [target] }, got: \"*\" } }", true),
            (
                "{ frame: { at: \"*\", want: { rip: \"*\", tf: \"*\" }, got: { rip: { label: s*, after: \"*\" } } } }",
                true,
            ),
            ("{ frame: { at: \"*\", want: { rip: \"*\", tf: \"*\" }, got: { rip: outside the code } } }", false),
            ("{ frame: { at: \"*\", want: { if: \"*\" }, got: \"*\", others: true } }", false),
            ("{ mark: { at: \"*\", want: \"*\", got: \"*\" } }", false),
        ],
    );
    let pending = vec![Difference { field: Field::Pending, want: Value::Number(1), got: Value::Number(0) }];
    check(
        &shown(Outcome::Mismatch, Pass::Plain, Finding::View { at: "held".to_owned(), differing: pending }),
        &[
            ("{ view: { at: held, want: { pending: 1 }, got: { pending: 0 } } }", true),
            ("{ view: { at: held, want: { pending: 1 }, got: { pending: 1 } } }", false),
        ],
    );
    let rsp = Difference {
        field: Field::Rsp,
        want: Value::RspOf("start".to_owned()),
        got: Value::NoRspOf("start".to_owned()),
    };
    let ss =
        Difference { field: Field::Stack, want: Value::Word("main".to_owned()), got: Value::Word("ist1".to_owned()) };
    check(
        &shown(Outcome::Mismatch, Pass::Plain, Finding::Mark { at: "nmi".to_owned(), differing: vec![rsp, ss] }),
        &[
            ("{ mark: { at: nmi, want: { rsp: start, stack: main }, got: { stack: ist1 } } }", true),
            ("{ mark: { at: nmi, want: { rsp: other, stack: main }, got: \"*\" } }", false),
        ],
    );
}

#[test]
fn faults_by_exception_code_place_and_processor() {
    let of = |got| shown(Outcome::GuestFault, Pass::Plain, Finding::sequence(Moment::Shutdown { cpu: 0 }, got));
    check(
        &of(fault(Some(0x13), Place::after("leave", 0))),
        &[
            ("{ guest-fault: { want: { end: shutdown }, got: { exception: \"#GP\", error: 0x13, at: leave } } }", true),
            ("{ guest-fault: { want: { end: shutdown }, got: { exception: \"#GP\" } } }", true),
            ("{ guest-fault: { want: \"*\", got: \"*\" } }", true),
            ("{ guest-fault: { want: \"*\", got: { exception: \"#GP\", error: 0x12 } } }", false),
            ("{ guest-fault: { want: \"*\", got: { exception: \"#GP\", at: outside the code } } }", false),
            ("{ guest-fault: { want: \"*\", got: { exception: \"#GP\", processor: 1 } } }", false),
            ("{ guest-fault: { want: \"*\", got: { exception: NMI } } }", false),
        ],
    );
    let outside = of(fault(None, Place::OUTSIDE));
    check(
        &outside,
        &[
            ("{ guest-fault: { want: \"*\", got: { exception: \"#GP\", at: outside the code } } }", true),
            ("{ guest-fault: { want: \"*\", got: { exception: \"#GP\", error: 0 } } }", false),
        ],
    );
}

#[test]
fn runs_that_differ() {
    let record =
        |flags| Moment::Record(Record { name: "nmi".to_owned(), stack: vec![0x2008, 8, flags], ..Record::default() });
    check(
        &shown(Outcome::Unstable, Pass::Again, Finding::sequence(record(2), record(0x10002))),
        &[
            ("{ unstable: { once: \"*\", again: \"*\" } }", true),
            ("{ unstable: { once: \"*\", again: { record: { name: nmi, stack: [0x10046, 0x10002] } } } }", true),
            ("{ unstable: { once: { record: { name: nmi, stack: [0x10002] } }, again: \"*\" } }", false),
            ("{ unstable: { once: \"*\", again: { record: { name: \"*\", stack: [0x2008] } } } }", false),
            ("{ unstable: { once: nmi, again: \"*\" } }", false),
        ],
    );
}

#[test]
fn the_host_and_trouble() {
    let warning =
        shown(Outcome::KernelWarning, Pass::Plain, Finding::KernelWarning { report: "WARNING: x.c:12 run".to_owned() });
    check(
        &warning,
        &[
            ("{ kernel-warning: { report: \"WARNING: x.c:* run*\" } }", true),
            ("{ kernel-warning: { report: run } }", false),
        ],
    );
    let died = |death| shown(Outcome::HostDied, Pass::Plain, Finding::HostDied(death));
    check(
        &died(HostEnd::Hung),
        &[("{ host-died: hung }", true), ("{ host-died: \"*\" }", true), ("{ host-died: reset }", false)],
    );
    check(
        &died(HostEnd::Panicked("Kernel panic".to_owned())),
        &[("{ host-died: { panicked: Kernel* } }", true), ("{ host-died: hung }", false)],
    );
    let of = |trouble| Outcome::Error(trouble).symptom().expect("it failed");
    let at = || At { cpu: 1, rip: Some(0x2000), bytes: vec![0xcd, 2], instruction: "int 2".to_owned() };
    check(
        &of(Trouble::InternalError { at: at(), suberror: 3, data: vec![0xfee0_0300] }),
        &[
            (
                "{ error: { internal-error: { suberror: 3, bytes: \"CD 02\", data: 0xfee00000-0xfee00fff, processor: 1 } } }",
                true,
            ),
            ("{ error: { internal-error: { suberror: \"*\", processor: \"*\" } } }", true),
            ("{ error: { internal-error: { suberror: 3 } } }", false),
            ("{ error: { internal-error: { suberror: 1, processor: 1 } } }", false),
            ("{ error: { internal-error: { suberror: 3, bytes: CC, processor: 1 } } }", false),
            ("{ error: { internal-error: { suberror: 3, data: 0xfee01000, processor: 1 } } }", false),
        ],
    );
    check(
        &of(Trouble::FailEntry { at: at(), reason: 0x8000_0021 }),
        &[("{ error: { fail-entry: { reason: 0x80000021, processor: 1 } } }", true)],
    );
    check(
        &of(Trouble::Memory { at: at(), write: true, address: 0xfee0_b123, end: 0 }),
        &[
            ("{ error: { memory: { access: write, address: 0xfee0b000-0xfee0bfff, processor: 1 } } }", true),
            ("{ error: { memory: { access: read, processor: 1 } } }", false),
        ],
    );
    check(
        &of(Trouble::Out { at: at(), port: 0x80, value: 1 }),
        &[
            ("{ error: { out: { port: 0x80, processor: 1 } } }", true),
            ("{ error: { in: { port: \"*\", processor: 1 } } }", false),
        ],
    );
    check(&of(Trouble::In { at: at(), port: 0x60 }), &[("{ error: { in: { port: \"*\", processor: 1 } } }", true)]);
    check(&of(Trouble::SenderPort { port: 0xe1 }), &[("{ error: { sender-port: { port: \"*\" } } }", true)]);
    let refused = Trouble::Refused { call: "KVM_NMI".to_owned(), errno: 22 };
    check(
        &of(refused),
        &[
            ("{ error: { refused: { call: KVM_*, errno: 22 } } }", true),
            ("{ error: { refused: { call: KVM_NMI, errno: 1 } } }", false),
        ],
    );
}

#[test]
fn a_pattern_is_written_as_it_is_read() {
    for text in [
        "{ mismatch: { want: nmi, got: \"*\", pass: not-plain } }",
        "{ frame: { at: \"nmi#2\", want: { rip: [first, second] }, got: { rip: { label: second, after: 2-9 } }, others: true } }",
        "{ guest-fault: { want: { end: shutdown }, got: { exception: \"#GP\", at: outside the code } } }",
        "{ mismatch: { want: { mark: { name: nmi, processor: 1 } }, got: { end: halted } } }",
        "{ error: { memory: { access: write, address: 0xfee0b000-0xfee0bfff } } }",
        "{ host-died: hung }",
    ] {
        assert_eq!(symptom(text).to_string(), text);
        assert_eq!(symptom(&symptom(text).to_string()), symptom(text));
    }
}

#[test]
fn a_star_stands_for_any_text() {
    let fits = |pattern: &str, text| super::Glob(pattern.to_owned()).fits(text);
    for (pattern, text) in
        [("a", "a"), ("a*", "a"), ("a*", "ab"), ("*b", "ab"), ("a*c*e", "abcde"), ("*", ""), ("a**b", "ab")]
    {
        assert!(fits(pattern, text), "{pattern} {text}");
    }
    for (pattern, text) in [("a", "ab"), ("a*", "ba"), ("*b", "ba"), ("a*c*e", "aecd"), ("ab*b", "ab"), ("a*a", "a")] {
        assert!(!fits(pattern, text), "{pattern} {text}");
    }
}
