//! One vendor's expectation: what is said of both, with what is said of this one in its place, key by key.

use crate::case::parse::{At, Map, Maybe, RawExit, RawFrame, RawMark, RawView, RawWants};

/// `base` with everything that `over` says in its place.
pub(super) fn wants(base: &RawWants, over: &RawWants) -> RawWants {
    // `trace` and `traces` say the same thing in two ways: either replaces both.
    let traced = over.trace.get().is_some() || over.traces.get().is_some();
    let own = if traced { over } else { base };
    RawWants {
        trace: own.trace.clone(),
        traces: own.traces.clone(),
        peer: over.peer.or(&base.peer),
        end: over.end.or(&base.end),
        view: entries(&base.view, &over.view, view),
        frame: entries(&base.frame, &over.frame, frame),
        exit: entries(&base.exit, &over.exit, exit),
        mark: entries(&base.mark, &over.mark, mark),
    }
}

/// Entries of both; those with the same key are joined.
fn entries<V: Clone>(
    base: &Maybe<Map<At<V>>>,
    over: &Maybe<Map<At<V>>>,
    join: impl Fn(&V, &V) -> V,
) -> Maybe<Map<At<V>>> {
    let (Some(below), Some(above)) = (base.get(), over.get()) else { return over.or(base) };
    let mut joined = below.0.clone();
    for (key, value) in &above.0 {
        match joined.iter_mut().find(|(known, _)| known.value == key.value) {
            Some((_, known)) => *known = At { value: join(&known.value, &value.value), place: value.place },
            None => joined.push((key.clone(), value.clone())),
        }
    }
    Some(Map(joined)).into()
}

fn view(base: &RawView, over: &RawView) -> RawView {
    RawView {
        injected: over.injected.or(&base.injected),
        pending: over.pending.or(&base.pending),
        masked: over.masked.or(&base.masked),
        shadow: over.shadow.or(&base.shadow),
        smm: over.smm.or(&base.smm),
        halted: over.halted.or(&base.halted),
    }
}

fn frame(base: &RawFrame, over: &RawFrame) -> RawFrame {
    RawFrame {
        rip: over.rip.or(&base.rip),
        cpl: over.cpl.or(&base.cpl),
        interrupt_flag: over.interrupt_flag.or(&base.interrupt_flag),
        trap_flag: over.trap_flag.or(&base.trap_flag),
        resume_flag: over.resume_flag.or(&base.resume_flag),
        rsp: over.rsp.or(&base.rsp),
        ss: over.ss.or(&base.ss),
        error: over.error.or(&base.error),
    }
}

fn exit(base: &RawExit, over: &RawExit) -> RawExit {
    RawExit {
        code: over.code.or(&base.code),
        rip: over.rip.or(&base.rip),
        next_rip: over.next_rip.or(&base.next_rip),
        delivering: over.delivering.or(&base.delivering),
        injecting: over.injecting.or(&base.injecting),
        shadow: over.shadow.or(&base.shadow),
        v_nmi: over.v_nmi.or(&base.v_nmi),
        v_nmi_mask: over.v_nmi_mask.or(&base.v_nmi_mask),
        v_irq: over.v_irq.or(&base.v_irq),
        v_gif: over.v_gif.or(&base.v_gif),
        reason: over.reason.or(&base.reason),
        blocking: over.blocking.or(&base.blocking),
        bit_12: over.bit_12.or(&base.bit_12),
        activity: over.activity.or(&base.activity),
        vmfail: over.vmfail.or(&base.vmfail),
        entry_failure: over.entry_failure.or(&base.entry_failure),
    }
}

fn mark(base: &RawMark, over: &RawMark) -> RawMark {
    RawMark {
        interrupt_flag: over.interrupt_flag.or(&base.interrupt_flag),
        trap_flag: over.trap_flag.or(&base.trap_flag),
        nested_task: over.nested_task.or(&base.nested_task),
        stack: over.stack.or(&base.stack),
        rsp: over.rsp.or(&base.rsp),
    }
}
