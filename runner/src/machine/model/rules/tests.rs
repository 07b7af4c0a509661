use super::super::Mutant;
use super::{Boundary, Nmi, Retired, Rules, Taken};
use crate::terms::{EventsChange, Shadow, Vendor};

const AMD: Rules = Rules { vendor: Vendor::Amd, mutant: None };
const INTEL: Rules = Rules { vendor: Vendor::Intel, mutant: None };

fn with(vendor: Vendor, mutant: Mutant) -> Rules {
    Rules { vendor, mutant: Some(mutant) }
}

fn raised(rules: Rules, count: u32, blocked: bool) -> u32 {
    let mut nmi = Nmi { blocked, ..Nmi::default() };
    rules.raise(&mut nmi, count);
    rules.collect(&mut nmi);
    nmi.pending
}

fn blocked() -> Nmi {
    Nmi { blocked: true, pending: 1, ..Nmi::default() }
}

#[test]
fn two_are_held_while_unblocked_and_one_while_blocked() {
    for rules in [AMD, INTEL] {
        assert_eq!([1, 2, 10].map(|count| raised(rules, count, false)), [1, 2, 2]);
        assert_eq!([1, 2, 10].map(|count| raised(rules, count, true)), [1, 1, 1]);
    }
    assert_eq!(raised(with(Vendor::Amd, Mutant::TenCollapseIntoNone), 10, true), 0);
    assert_eq!(raised(with(Vendor::Amd, Mutant::SecondNmiLost), 2, false), 1);
}

#[test]
fn one_is_held_while_one_is_being_delivered() {
    let mut nmi = Nmi { injected: true, queued: 3, ..Nmi::default() };
    AMD.collect(&mut nmi);
    assert_eq!(nmi.pending, 1);
}

#[test]
fn only_intel_unblocks_when_an_iret_faults() {
    let after_fault = |rules: Rules| {
        let mut nmi = blocked();
        rules.iret_begins(&mut nmi, false);
        nmi.blocked
    };
    assert!(after_fault(AMD));
    assert!(!after_fault(INTEL));
    assert!(!after_fault(with(Vendor::Amd, Mutant::FaultingIretUnblocks)));
    assert!(after_fault(with(Vendor::Intel, Mutant::FaultingIretKeepsBlocking)));
}

#[test]
fn any_completed_iret_unblocks() {
    for rules in [AMD, INTEL] {
        for (handler, cpl) in [(2, 0), (14, 0), (3, 3), (0x40, 0)] {
            let mut nmi = blocked();
            rules.handler_entered(&mut nmi, handler, false);
            rules.iret_completes(&mut nmi, cpl, false);
            assert!(!nmi.blocked, "handler {handler}, to CPL {cpl}");
        }
    }
}

#[test]
fn nothing_but_iret_unblocks() {
    for retired in [Retired::Ret, Retired::Popf, Retired::Sti, Retired::FarJmp, Retired::Sysret, Retired::Other] {
        let mut nmi = blocked();
        AMD.instruction_retires(&mut nmi, retired);
        AMD.exits(&mut nmi, true);
        assert!(nmi.blocked, "{retired:?}");
    }
}

#[test]
fn a_late_unblocking_comes_one_instruction_after_the_iret() {
    let rules = with(Vendor::Amd, Mutant::UnblockOneInstructionLate);
    let mut nmi = blocked();
    rules.iret_completes(&mut nmi, 0, false);
    rules.instruction_retires(&mut nmi, Retired::Other);
    assert!(nmi.blocked);
    rules.instruction_retires(&mut nmi, Retired::Other);
    assert!(!nmi.blocked);
}

#[test]
fn int_2_does_not_block() {
    let mut nmi = Nmi::default();
    INTEL.handler_entered(&mut nmi, 2, true);
    assert!(!nmi.blocked);
}

#[test]
fn a_faulting_delivery_leaves_nmis_blocked_and_the_nmi_spent() {
    let mut nmi = Nmi::default();
    AMD.delivery_begins(&mut nmi, false);
    AMD.delivery_faults(&mut nmi);
    assert!(nmi.blocked);
    assert_eq!(nmi.pending, 0);
}

fn everything() -> Boundary {
    Boundary { trap: true, smi: true, irq: Some(0x40), interrupts_enabled: true, ..Boundary::default() }
}

#[test]
fn the_order_at_a_boundary_is_trap_smi_nmi_interrupt() {
    let mut nmi = Nmi { pending: 1, ..Nmi::default() };
    let mut at = everything();
    assert_eq!(AMD.next(&nmi, &at), Some(Taken::Trap));
    at.trap = false;
    assert_eq!(AMD.next(&nmi, &at), Some(Taken::Smi));
    at.smi = false;
    assert_eq!(AMD.next(&nmi, &at), Some(Taken::Nmi));
    nmi.pending = 0;
    assert_eq!(AMD.next(&nmi, &at), Some(Taken::Irq(0x40)));
    at.interrupts_enabled = false;
    assert_eq!(AMD.next(&nmi, &at), None);
}

#[test]
fn an_injected_nmi_precedes_everything_and_ignores_blocking() {
    let nmi = Nmi { injected: true, blocked: true, ..Nmi::default() };
    assert_eq!(AMD.next(&nmi, &everything()), Some(Taken::InjectedNmi));
}

#[test]
fn a_held_nmi_does_not_hold_an_interrupt_back() {
    let at = Boundary { irq: Some(0x40), interrupts_enabled: true, ..Boundary::default() };
    assert_eq!(AMD.next(&blocked(), &at), Some(Taken::Irq(0x40)));
}

#[test]
fn every_shadow_holds_an_nmi_back() {
    let nmi = Nmi { pending: 1, ..Nmi::default() };
    for shadow in [Shadow::Sti, Shadow::MovSs, Shadow::Either] {
        let at = Boundary { shadow, ..Boundary::default() };
        assert!(!AMD.nmi_ready(&nmi, &at) && !INTEL.nmi_ready(&nmi, &at), "{shadow}");
    }
    assert!(AMD.nmi_ready(&nmi, &Boundary::default()));
}

#[test]
fn shadows_begin_as_the_manuals_say() {
    assert_eq!(AMD.after_sti(false, Shadow::None), Shadow::Sti);
    assert_eq!(AMD.after_sti(true, Shadow::None), Shadow::None);
    assert_eq!(AMD.after_ss_load(Shadow::None), Shadow::MovSs);
}

#[test]
fn only_the_first_of_a_run_casts_a_shadow() {
    for rules in [AMD, INTEL] {
        for before in [Shadow::Sti, Shadow::MovSs, Shadow::Either] {
            assert_eq!(rules.after_sti(false, before), Shadow::None, "{before}");
            assert_eq!(rules.after_ss_load(before), Shadow::None, "{before}");
        }
    }
}

#[test]
fn of_both_shadows_intel_keeps_that_of_a_load_of_ss() {
    let mut nmi = Nmi::default();
    let seen = INTEL.look(&mut nmi, Shadow::None, false, false);
    let change = EventsChange { shadow: Some(Shadow::Either), ..EventsChange::default() };
    assert_eq!(INTEL.set(&mut nmi, seen, change), Shadow::MovSs);
    assert_eq!(AMD.set(&mut nmi, seen, change), Shadow::Either);
}

#[test]
fn a_vm_entry_of_intel_refuses_what_its_manual_forbids() {
    let injected = Nmi { injected: true, ..Nmi::default() };
    let plain = Nmi::default();
    assert!(INTEL.refuses_entry(&plain, Shadow::Sti, false).is_some());
    assert!(INTEL.refuses_entry(&injected, Shadow::MovSs, true).is_some());
    assert!(INTEL.refuses_entry(&injected, Shadow::Sti, true).is_some());
    assert!(INTEL.refuses_entry(&Nmi { blocked: true, ..injected.clone() }, Shadow::None, true).is_some());
    for (nmi, shadow, enabled) in
        [(&plain, Shadow::Sti, true), (&plain, Shadow::MovSs, false), (&injected, Shadow::None, false)]
    {
        assert_eq!(INTEL.refuses_entry(nmi, shadow, enabled), None, "{shadow}");
    }
    for shadow in [Shadow::Sti, Shadow::MovSs, Shadow::Either] {
        assert_eq!(AMD.refuses_entry(&injected, shadow, false), None, "{shadow}");
    }
}

#[test]
fn smm_blocks_and_rsm_restores() {
    for rules in [AMD, INTEL] {
        let mut outside = Nmi::default();
        let inside = rules.smm_begins(&mut outside);
        assert!(outside.blocked);
        rules.smm_ends(&mut outside, inside);
        assert!(!outside.blocked);

        let mut handler = blocked();
        let inside = rules.smm_begins(&mut handler);
        rules.smm_ends(&mut handler, inside);
        assert!(handler.blocked);
    }
}

#[test]
fn after_an_iret_in_smm_only_amd_restores_the_handlers_blocking() {
    let after = |rules: Rules| {
        let mut nmi = blocked();
        let inside = rules.smm_begins(&mut nmi);
        rules.iret_completes(&mut nmi, 0, true);
        rules.smm_ends(&mut nmi, inside);
        nmi.blocked
    };
    assert!(after(AMD));
    assert!(!after(INTEL));
}

#[test]
fn looking_and_setting_the_same_changes_nothing() {
    for rules in [AMD, INTEL] {
        // Two are held while blocked if they came before an SMI, which blocked.
        for (pending, is_blocked) in [(0, false), (1, false), (2, false), (0, true), (1, true), (2, true)] {
            let mut nmi = Nmi { pending, blocked: is_blocked, ..Nmi::default() };
            let first = rules.look(&mut nmi, Shadow::Sti, false, false);
            let shadow = rules.set(&mut nmi, first, EventsChange::default());
            assert_eq!(rules.look(&mut nmi, shadow, false, false), first);
            assert_eq!((nmi.pending, nmi.queued), (pending, 0));
        }
    }
}

#[test]
fn two_that_came_before_an_smi_are_held_through_looks_and_in_a_fresh_machine() {
    let held = |rules: Rules| {
        let mut nmi = Nmi::default();
        rules.raise(&mut nmi, 2);
        rules.collect(&mut nmi);
        rules.smm_begins(&mut nmi);
        rules.look(&mut nmi, Shadow::None, true, false);
        let seen = rules.look(&mut nmi, Shadow::None, true, false);
        let mut fresh = Nmi::default();
        rules.set(&mut fresh, seen, EventsChange::default());
        rules.collect(&mut fresh);
        (seen.pending, fresh.pending)
    };
    for vendor in [Vendor::Amd, Vendor::Intel] {
        assert_eq!(held(Rules { vendor, mutant: None }), (2, 2));
        assert_eq!(held(with(vendor, Mutant::LookClampsHeld)), (1, 1));
    }
}

#[test]
fn a_count_that_is_written_is_held_to_the_limit_though_more_was_held() {
    let mut nmi = Nmi { pending: 2, blocked: true, ..Nmi::default() };
    let seen = AMD.look(&mut nmi, Shadow::None, true, false);
    AMD.set(&mut nmi, seen, EventsChange { pending: Some(3), ..EventsChange::default() });
    assert_eq!(AMD.look(&mut nmi, Shadow::None, true, false).pending, 1);
}

#[test]
fn what_is_set_is_held_to_the_new_limit() {
    let mut nmi = Nmi::default();
    let seen = AMD.look(&mut nmi, Shadow::None, false, false);
    AMD.set(&mut nmi, seen, EventsChange { pending: Some(255), masked: Some(true), ..EventsChange::default() });
    let seen = AMD.look(&mut nmi, Shadow::None, false, false);
    assert_eq!((seen.pending, seen.masked), (1, true));
}

#[test]
fn amd_tells_one_shadow_for_both() {
    let mut nmi = Nmi::default();
    assert_eq!(AMD.look(&mut nmi, Shadow::MovSs, false, false).shadow, Shadow::Either);
    assert_eq!(INTEL.look(&mut nmi, Shadow::MovSs, false, false).shadow, Shadow::MovSs);
}

#[test]
fn only_intel_masks_the_counters_entry() {
    assert!(INTEL.lvtpc_masks_itself());
    assert!(!AMD.lvtpc_masks_itself());
}

#[test]
fn an_interrupt_stack_starts_at_its_top_and_aligned_and_keeps_ss() {
    for rules in [AMD, INTEL] {
        assert_eq!(rules.interrupt_stack_start(0x97c0, 0x9798), 0x97c0);
        assert!(rules.aligns_stack(true, true) && rules.aligns_stack(true, false));
        assert!(!rules.nulls_stack_segment(true, false, true));
        assert!(rules.nulls_stack_segment(true, true, false));
    }
}

#[test]
fn a_shadow_ends_with_a_software_interrupt() {
    let mut nmi = Nmi::default();
    AMD.shadow_ends(&mut nmi, Shadow::MovSs, Shadow::None, true);
    assert_eq!(nmi.memory.shadow_more, 0);
    with(Vendor::Amd, Mutant::MovSsShadowOutlivesInt).shadow_ends(&mut nmi, Shadow::Either, Shadow::None, true);
    assert_eq!(nmi.memory.shadow_more, 1);
}

#[test]
fn the_dpl_of_a_gate_binds_software_alone() {
    for rules in [AMD, INTEL] {
        assert!(rules.checks_gate_privilege(true, false));
        assert!(!rules.checks_gate_privilege(false, true));
        assert!(rules.checks_gate_type(true) && rules.checks_gate_target(true));
    }
}
