//! Every text in a finding, so that reports can keep a terminal from acting on it.

use super::{At, Difference, Finding, HostEnd, Moment, Place, Record, Symptom, Trouble, Value};
use crate::printable::{Texts, texts};

texts! {
    Symptom { pass, finding; kind }
    Difference { want, got; field }
    Record { name, from; cpu, snap, rsp, rflags, error, stack }
    Place { label; after, inside }
    At { instruction; cpu, rip, bytes }
}

impl Texts for Finding {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Finding::Sequence { want, got } => {
                want.each_text(change);
                got.each_text(change);
            }
            Finding::View { at, differing }
            | Finding::Frame { at, differing }
            | Finding::Exit { at, differing }
            | Finding::Mark { at, differing } => {
                at.each_text(change);
                differing.each_text(change);
            }
            Finding::KernelWarning { report: text }
            | Finding::HostDied(HostEnd::Panicked(text))
            | Finding::Absent { expected: text } => change(text),
            Finding::NoWay { trace } => trace.each_text(change),
            Finding::HostDied(HostEnd::Hung | HostEnd::Reset) => {}
            Finding::Trouble(trouble) => trouble.each_text(change),
        }
    }
}

impl Texts for Moment {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Moment::Mark { name: text, cpu: _ } | Moment::Step(text) => change(text),
            Moment::Record(record) => record.each_text(change),
            Moment::Hang { cpu: _, at } | Moment::Endless { exits: _, at } => at.each_text(change),
            Moment::Fault { cpu: _, exception, error: _, at } => {
                change(exception);
                at.each_text(change);
            }
            Moment::Done
            | Moment::Halted
            | Moment::NoStep
            | Moment::WakeLost { cpu: _ }
            | Moment::Shutdown { cpu: _ }
            | Moment::Nothing { cpu: _ }
            | Moment::Overflow { records: _ } => {}
        }
    }
}

impl Texts for Value {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Value::Bit(_) | Value::Number(_) => {}
            Value::Word(text) | Value::RspOf(text) | Value::NoRspOf(text) | Value::RspNear { of: text, by: _ } => {
                change(text);
            }
            Value::Labels(labels) => labels.each_text(change),
            Value::Place(place) => place.each_text(change),
        }
    }
}

impl Texts for Trouble {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Trouble::NoDevice { device: text, errno: _, likely }
            | Trouble::Refused { call: text, errno: _, likely } => {
                change(text);
                change(likely);
            }
            Trouble::EntryRefused { with } => change(with),
            Trouble::Cannot(cannot) => cannot.each_text(change),
            Trouble::Unmodelled(unmodelled) => unmodelled.each_text(change),
            Trouble::Harness(harness) => harness.each_text(change),
            Trouble::InternalError { at, suberror: _, data: _ }
            | Trouble::FailEntry { at, reason: _ }
            | Trouble::Memory { at, write: _, address: _, end: _ }
            | Trouble::Out { at, port: _, value: _ }
            | Trouble::In { at, port: _ } => at.each_text(change),
            Trouble::SenderPort { port: _ } | Trouble::HuntEnded => {}
        }
    }
}
