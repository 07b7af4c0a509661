//! Behaviour that the manuals leave open: the model takes every way that they allow, and a case lists the trace of each.

use std::collections::BTreeSet;

use reports::{Divergence, Finding, Outcome};

use crate::case::Expect;
use crate::execute::{Setting, Trace, execute};
use crate::judge::judge;
use crate::machine::{Harness, Machine, Trouble, Way};
use crate::terms::Pass;

/// The most ways that a case may have.
const MOST: usize = 1_024;

/// Takes every other way that the manuals allow: each must give what the case wants, and each trace that the case allows must
/// be that of a way. `None` if so, or if the machine does not let anyone choose.
pub(super) fn every_way(
    machine: &mut dyn Machine,
    setting: Setting<'_>,
    expect: &Expect,
    first: &Trace,
) -> Result<Option<Outcome>, Trouble> {
    let Setting { case, guest, .. } = setting;
    let mut shown = BTreeSet::from([first.names(0)]);
    let mut ways = 1;
    loop {
        match machine.next_way() {
            Way::Another => ways += 1,
            Way::Last => break,
            Way::Fixed => return Ok(None),
        }
        if ways > MOST {
            return Err(Harness::Ways { most: MOST }.into());
        }
        let trace = execute(machine, setting, Pass::Plain)?;
        if !trace.left_out.is_empty() {
            // In this way the breakpoint of a host step is not hit, so the case cannot be judged.
            continue;
        }
        let outcome = judge(case, expect, guest, &trace, Pass::Plain);
        if outcome != Outcome::Pass {
            return Ok(Some(outcome));
        }
        shown.insert(trace.names(0));
    }
    let missing = expect.traces.iter().zip(0..).find(|(trace, _)| !shown.contains(*trace));
    Ok(missing.map(|(trace, number)| {
        let line = expect.lines.traces.get(number).and_then(|lines: &Vec<usize>| lines.first().copied());
        Outcome::Mismatch(Divergence {
            pass: Some(Pass::Plain),
            rules: case.rules.clone(),
            place: case.place(line),
            ..Divergence::of(Finding::NoWay { trace: trace.clone() })
        })
    }))
}
