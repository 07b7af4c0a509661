//! Merges what is expected of one vendor's processors over what is expected of both, key by key.

use crate::case::parse::{At, Map, Maybe, RawExit, RawFrame, RawMark, RawView, RawWants};

/// `base`, with each key of `over` in its place.
pub(super) fn wants(base: &RawWants, over: &RawWants) -> RawWants {
    // `trace` and `traces` are alternatives: either of them replaces both.
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

/// The entries of both maps; those with the same key are merged by `join`.
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

/// Defines functions that take each field from `over` if it has it, and from `base` otherwise.
macro_rules! by_fields {
    ($($name:ident: $Raw:ident { $($field:ident),+ })+) => {
        $(fn $name(base: &$Raw, over: &$Raw) -> $Raw {
            $Raw { $($field: over.$field.or(&base.$field)),+ }
        })+
    };
}

by_fields! {
    view: RawView { injected, pending, masked, shadow, smm, halted }
    frame: RawFrame { rip, cpl, interrupt_flag, trap_flag, resume_flag, rsp, ss, error }
    exit: RawExit {
        code, rip, next_rip, delivering, injecting, shadow, v_nmi, v_nmi_mask, v_irq, v_gif,
        reason, blocking, bit_12, activity, vmfail, entry_failure
    }
    mark: RawMark { interrupt_flag, trap_flag, nested_task, stack, rsp }
}
