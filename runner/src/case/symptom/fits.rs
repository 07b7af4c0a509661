//! Whether findings match patterns, field by field.

use reports::{At, Difference, Finding, HostEnd, Kind, Moment, Pass, Place, Symptom, Trouble, Value};

use super::trouble::Access;
use super::{
    Any, EndWord, FaultPattern, FieldPatterns, FieldsPattern, Glob, HostEndPattern, MomentMap, MomentPattern,
    PassPattern, PlacePattern, SymptomPattern, TroublePattern, ValuePattern,
};

impl SymptomPattern {
    /// The outcome of trials that it matches.
    pub fn kind(&self) -> Kind {
        match self {
            SymptomPattern::Mismatch(_)
            | SymptomPattern::View(_)
            | SymptomPattern::Frame(_)
            | SymptomPattern::Exit(_)
            | SymptomPattern::Mark(_) => Kind::Mismatch,
            SymptomPattern::Unstable(_) => Kind::Unstable,
            SymptomPattern::Hang(_) => Kind::Hang,
            SymptomPattern::GuestFault(_) => Kind::GuestFault,
            SymptomPattern::Shutdown(_) => Kind::Shutdown,
            SymptomPattern::KernelWarning(_) => Kind::KernelWarning,
            SymptomPattern::HostDied(_) => Kind::HostDied,
            SymptomPattern::Error(_) => Kind::Error,
        }
    }

    /// Whether it matches what a trial showed.
    pub fn fits(&self, symptom: &Symptom) -> bool {
        let pass = symptom.pass;
        self.kind() == symptom.kind
            && match (self, &symptom.finding) {
                (SymptomPattern::Mismatch(it), Finding::Sequence { want, got }) => {
                    it.pass.fits(pass) && it.want.fits(want) && it.got.fits(got)
                }
                (SymptomPattern::View(it), Finding::View { at, differing })
                | (SymptomPattern::Frame(it), Finding::Frame { at, differing })
                | (SymptomPattern::Exit(it), Finding::Exit { at, differing })
                | (SymptomPattern::Mark(it), Finding::Mark { at, differing }) => {
                    it.pass.fits(pass) && it.at.fits(at) && it.holds(differing)
                }
                (SymptomPattern::Unstable(it), Finding::Sequence { want, got }) => {
                    it.once.fits(want) && it.again.fits(got)
                }
                (SymptomPattern::Hang(it) | SymptomPattern::Shutdown(it), Finding::Sequence { want, .. }) => {
                    it.pass.fits(pass) && it.want.fits(want)
                }
                (SymptomPattern::GuestFault(it), Finding::Sequence { want, got }) => {
                    it.pass.fits(pass) && it.want.fits(want) && it.got.holds(|fault| fault.fits(got))
                }
                (SymptomPattern::KernelWarning(it), Finding::KernelWarning { report }) => it.report.fits(report),
                (SymptomPattern::HostDied(it), Finding::HostDied(death)) => it.fits(death),
                (SymptomPattern::Error(it), Finding::Trouble(trouble)) => it.fits(trouble),
                _ => false,
            }
    }
}

impl PassPattern {
    /// `None` stands for the plain pass.
    fn fits(self, pass: Option<Pass>) -> bool {
        let only = |one| pass == Some(one);
        match self {
            PassPattern::Any => true,
            PassPattern::NotPlain => pass.is_some(),
            PassPattern::Plain => pass.is_none(),
            PassPattern::Again => only(Pass::Again),
            PassPattern::Blind => only(Pass::Blind),
            PassPattern::Silent => only(Pass::Silent),
            PassPattern::Peek => only(Pass::Peek),
            PassPattern::Migrate => only(Pass::Migrate),
        }
    }
}

impl MomentPattern {
    fn fits(&self, moment: &Moment) -> bool {
        let MomentPattern::Is(map) = self else { return true };
        match (map, moment) {
            (MomentMap::Mark(it), Moment::Mark { name, cpu }) => it.name.fits(name) && it.processor.is(cpu),
            (MomentMap::Record(it), Moment::Record(record)) => {
                let lies_above = |value: &u64| record.stack.iter().skip(1).any(|slot| slot == value);
                it.name.fits(&record.name) && (it.stack.is_empty() || it.stack.iter().any(lies_above))
            }
            (MomentMap::End(end), moment) => end.fits(moment),
            (MomentMap::Fault(it), moment) => it.fits(moment),
            (MomentMap::Step(it), Moment::Step(step)) => it.fits(step),
            _ => false,
        }
    }
}

impl EndWord {
    fn fits(self, moment: &Moment) -> bool {
        matches!(
            (self, moment),
            (EndWord::Done, Moment::Done)
                | (EndWord::Halted, Moment::Halted)
                | (EndWord::WakeLost, Moment::WakeLost { .. })
                | (EndWord::Hang, Moment::Hang { .. })
                | (EndWord::Endless, Moment::Endless { .. })
                | (EndWord::Shutdown, Moment::Shutdown { .. })
                | (EndWord::Overflow, Moment::Overflow { .. })
                | (EndWord::Nothing, Moment::Nothing { .. })
        )
    }
}

impl FaultPattern {
    fn fits(&self, moment: &Moment) -> bool {
        let Moment::Fault { cpu, exception, error, at } = moment else { return false };
        self.exception.fits(exception)
            && self.error.holds(|code| Some(*code) == *error)
            && self.at.fits(at)
            && self.processor.is(cpu)
    }
}

impl PlacePattern {
    fn fits(&self, place: &Place) -> bool {
        match (self, &place.label) {
            (PlacePattern::Any, _) | (PlacePattern::Outside, None) => true,
            (PlacePattern::Code(it), Some(label)) => {
                it.label.fits(label)
                    && it.after.holds(|range| range.holds(place.after.into()))
                    && it.inside.is(&place.inside)
            }
            _ => false,
        }
    }

    /// The label, if the pattern is nothing but a label.
    fn as_word(&self) -> Option<&Glob> {
        match self {
            PlacePattern::Code(code) if *self == PlacePattern::of_word(&code.label.0) => Some(&code.label),
            _ => None,
        }
    }
}

impl FieldsPattern {
    fn holds(&self, differing: &[Difference]) -> bool {
        let named =
            |side: &Any<FieldPatterns>, one: &Difference| side.holds(|fields| fields.0.contains_key(&one.field));
        let all_named = self.others || differing.iter().all(|one| named(&self.want, one) || named(&self.got, one));
        all_named
            && side_fits(&self.want, differing, |one| &one.want)
            && side_fits(&self.got, differing, |one| &one.got)
    }
}

/// Whether each field that the pattern names differs, and matches on this side.
fn side_fits(side: &Any<FieldPatterns>, differing: &[Difference], value: impl Fn(&Difference) -> &Value) -> bool {
    side.holds(|fields| {
        fields.0.iter().all(|(field, pattern)| {
            differing.iter().find(|one| one.field == *field).is_some_and(|one| pattern.fits(value(one)))
        })
    })
}

impl ValuePattern {
    fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (ValuePattern::Any, _) => true,
            (ValuePattern::Bit(it), Value::Bit(bit)) => it == bit,
            (ValuePattern::Number(it), Value::Number(number)) => it == number,
            (ValuePattern::Labels(it), Value::Labels(labels)) => it == labels,
            (ValuePattern::Place(it), Value::Place(place)) => it.fits(place),
            (ValuePattern::Place(it), Value::Labels(labels)) => {
                matches!((it.as_word(), labels.as_slice()), (Some(word), [label]) if word.fits(label))
            }
            (ValuePattern::Place(it), Value::Word(word) | Value::RspOf(word)) => {
                it.as_word().is_some_and(|it| it.fits(word))
            }
            _ => false,
        }
    }
}

impl HostEndPattern {
    fn fits(&self, death: &HostEnd) -> bool {
        match (self, death) {
            (HostEndPattern::Any, _)
            | (HostEndPattern::Hung, HostEnd::Hung)
            | (HostEndPattern::Reset, HostEnd::Reset) => true,
            (HostEndPattern::Panicked(it), HostEnd::Panicked(words)) => it.fits(words),
            _ => false,
        }
    }
}

impl TroublePattern {
    fn fits(&self, trouble: &Trouble) -> bool {
        let on = |processor: &Any<u8>, at: &At| processor.is(&at.cpu);
        match (self, trouble) {
            (TroublePattern::Refused { call, errno }, Trouble::Refused { call: which, errno: number }) => {
                call.fits(which) && errno.is(number)
            }
            (
                TroublePattern::InternalError { suberror, bytes, data, processor },
                Trouble::InternalError { at, suberror: why, data: said },
            ) => {
                suberror.is(why)
                    && bytes.is(&hex(&at.bytes))
                    && data.holds(|range| said.first().is_some_and(|first| range.holds(*first)))
                    && on(processor, at)
            }
            (TroublePattern::FailEntry { reason, processor }, Trouble::FailEntry { at, reason: why }) => {
                reason.is(why) && on(processor, at)
            }
            (
                TroublePattern::Memory { access, address, processor },
                Trouble::Memory { at, write, address: which, .. },
            ) => {
                let way = if *write { Access::Write } else { Access::Read };
                access.is(&way) && address.holds(|range| range.holds(*which)) && on(processor, at)
            }
            (TroublePattern::Out { port, processor }, Trouble::Out { at, port: which, .. })
            | (TroublePattern::In { port, processor }, Trouble::In { at, port: which }) => {
                port.is(which) && on(processor, at)
            }
            (TroublePattern::SenderPort { port }, Trouble::SenderPort { port: which }) => port.is(which),
            _ => false,
        }
    }
}

/// Bytes as case files write them: `CD 02`.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}
