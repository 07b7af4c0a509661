//! The rules' values, typed from the manuals.

use spec::apic::LogicalModel;
use spec::boundary::{Ended, EventClass};
use spec::context::{Boundary, Iret};
use spec::delivery::{Source, Stack, Through};
use spec::gate::{Combined, Named};
use spec::kvm::{Events, Queue, Refusal};
use spec::shadow::Breakpoint;
use spec::vmx_entry::NmiControls;
use spec::{Allowed, Manual, Nmi, Rules, Shadow, Vendor};
use x86::flags::{AC, IF, NT, RF, TF, VM};
use x86::vector::{Class, DB, GP, NMI};

const SHADOWS: [Shadow; 3] = [Shadow::Sti, Shadow::MovSs, Shadow::Either];

#[test]
fn two_are_held_while_unblocked_and_one_while_blocked_or_injected() {
    let held =
        |nmi: Nmi, injected, arrived| Manual.nmis_collapsed(nmi.pending, arrived, Manual.held_at_most(&nmi, injected));
    let (plain, blocked) = (Nmi::default(), Nmi { blocked: true, ..Nmi::default() });
    assert_eq!([0, 1, 2, 10].map(|arrived| held(plain, false, arrived)), [0, 1, 2, 2]);
    assert_eq!([0, 1, 2, 10].map(|arrived| held(blocked, false, arrived)), [0, 1, 1, 1]);
    assert_eq!([0, 1, 2, 10].map(|arrived| held(plain, true, arrived)), [0, 1, 1, 1]);
    // Two that came before an SMI are two behind its RSM.
    assert_eq!(held(Nmi { pending: 2, ..blocked }, false, 0), 2);
}

#[test]
fn any_iret_unblocks_and_nothing_else_does() {
    for (to_cpl, in_smm) in [(0, false), (3, false), (0, true)] {
        assert!(Manual.iret_unblocks(&Iret { to_cpl, in_smm, blocked: true, nmi_waits: true }));
    }
    assert!(!Manual.faulting_iret_unblocks(Vendor::Amd) && Manual.faulting_iret_unblocks(Vendor::Intel));
    let others = [Ended::Sti, Ended::Popf, Ended::Ret, Ended::FarJmp, Ended::Sysret, Ended::Other];
    assert!(!others.into_iter().any(|instruction| Manual.instruction_unblocks(instruction)));
    assert!(!Manual.exit_unblocks(true) && !Manual.handler_entry_unblocks(14, false));
    assert!(Manual.delivery_blocks(true) && Manual.delivery_blocks(false) && !Manual.int_2_blocks());
    assert!(Manual.fault_in_delivery_keeps_blocking());
    assert_eq!(Manual.held_after_fault(&Nmi { pending: 1, ..Nmi::default() }), 1);
}

#[test]
fn events_are_taken_in_the_order_of_the_tables() {
    // Intel SDM vol. 3, Table 6-2: classes 3, 4, 5, 6; AMD APM vol. 2, Table 8-9.
    assert_eq!(Manual.priorities(), [EventClass::Smi, EventClass::Trap, EventClass::Nmi, EventClass::Interrupt]);
}

#[test]
fn an_nmi_is_taken_whatever_if_says_and_holds_no_interrupt_back() {
    let held = Nmi { pending: 1, ..Nmi::default() };
    let blocked = Nmi { blocked: true, ..held };
    for interrupts_enabled in [false, true] {
        let at = Boundary { interrupts_enabled, ..Boundary::default() };
        assert!(Manual.nmi_is_taken(&held, &at, false) && !Manual.nmi_is_taken(&held, &at, true));
        assert!(!Manual.nmi_is_taken(&blocked, &at, false) && !Manual.nmi_is_taken(&Nmi::default(), &at, false));
        assert_eq!(Manual.interrupt_is_taken(&blocked, interrupts_enabled, Shadow::None), interrupts_enabled);
    }
    for shadow in SHADOWS {
        assert!(!Manual.interrupt_is_taken(&held, true, shadow), "{shadow}");
    }
}

#[test]
fn what_shadows_hold_back_is_sure_for_intels_load_of_ss_alone() {
    for vendor in [Vendor::Amd, Vendor::Intel] {
        assert_eq!(Manual.shadow_blocks_nmis(vendor, Shadow::None).values(), [false]);
        assert_eq!(Manual.shadow_blocks_nmis(vendor, Shadow::Sti).values(), [false, true]);
        // The first of a run is sure to have a shadow; the next is not.
        assert_eq!(Manual.after_sti(vendor, false, Shadow::None).values(), [Shadow::Sti]);
        assert_eq!(Manual.after_ss_load(Shadow::None).values(), [Shadow::MovSs]);
        for before in SHADOWS {
            assert_eq!(Manual.after_sti(vendor, false, before).values(), [Shadow::None, Shadow::Sti]);
            assert_eq!(Manual.after_ss_load(before).values(), [Shadow::None, Shadow::MovSs]);
        }
    }
    assert_eq!(Manual.shadow_blocks_nmis(Vendor::Intel, Shadow::MovSs).values(), [true]);
    assert_eq!(Manual.shadow_blocks_nmis(Vendor::Amd, Shadow::MovSs).values(), [false, true]);
    assert_eq!(Manual.after_sti(Vendor::Intel, true, Shadow::None).values(), [Shadow::None]);
    assert_eq!(Manual.after_sti(Vendor::Amd, true, Shadow::None).values(), [Shadow::None, Shadow::Sti]);
    assert_eq!(Manual.after_lss(Vendor::Intel).values(), [Shadow::None]);
    assert_eq!(SHADOWS.map(|shadow| Manual.shadow_length(shadow)), [1, 1, 1]);
    assert_eq!(Manual.shadow_after_iteration(Shadow::None).values(), [Shadow::None]);
    for before in SHADOWS {
        assert_eq!(Manual.shadow_after_iteration(before).values(), [Shadow::None, before]);
    }
}

#[test]
fn only_a_load_of_ss_puts_traps_off_on_intel() {
    let off = |vendor, shadow| Manual.shadow_puts_single_step_off(vendor, shadow).values();
    assert_eq!(off(Vendor::Intel, Shadow::Sti), [false]);
    assert_eq!(off(Vendor::Amd, Shadow::Sti), [false, true]);
    assert_eq!((off(Vendor::Intel, Shadow::MovSs), off(Vendor::Amd, Shadow::MovSs)), (&[true][..], &[true][..]));
    let breakpoint = |vendor, shadow| Manual.data_breakpoint_in_shadow(vendor, shadow).values();
    assert_eq!(breakpoint(Vendor::Amd, Shadow::MovSs), [Breakpoint::Later]);
    assert_eq!(breakpoint(Vendor::Intel, Shadow::MovSs), [Breakpoint::Later, Breakpoint::Lost]);
    assert_eq!(breakpoint(Vendor::Amd, Shadow::Sti), [Breakpoint::AtOnce, Breakpoint::Later]);
    assert_eq!(breakpoint(Vendor::Intel, Shadow::Sti), [Breakpoint::AtOnce]);
    for vendor in [Vendor::Amd, Vendor::Intel] {
        assert_eq!(breakpoint(vendor, Shadow::None), [Breakpoint::AtOnce]);
    }
}

#[test]
fn delivery_saves_flags_and_clears_what_the_gate_says() {
    assert_eq!(Manual.flags_cleared(true, Through::InterruptGate), TF | RF | NT | VM | IF);
    assert_eq!(Manual.flags_cleared(true, Through::TrapGate), TF | RF | NT | VM);
    // Intel SDM vol. 3, 20.1.4.
    assert_eq!(Manual.flags_cleared(true, Through::VectorTable), TF | RF | IF | AC);
    assert_eq!(Manual.flags_saved(Source::Nmi, IF | RF | TF), IF | RF | TF);
    assert_eq!((Manual.nmi_vector(), Manual.nmi_error_code()), (2, None));
}

#[test]
fn logical_destinations_share_a_bit_and_the_cluster() {
    use LogicalModel::{Cluster, Flat, X2Apic};
    for (model, id, destination, matches) in [
        (Flat, 0x02, 0x06, true),
        (Flat, 0x02, 0x05, false),
        (Cluster, 0x12, 0x13, true),
        (Cluster, 0x12, 0x23, false),
        (Cluster, 0x12, 0x11, false),
        (Cluster, 0x12, 0xff, true),
        (X2Apic, 0x1_0002, 0x1_0003, true),
        (X2Apic, 0x1_0002, 0x0003, false),
        (X2Apic, 0x1_0002, u32::MAX, true),
    ] {
        assert_eq!(Manual.logical_destination_matches(model, id, destination), matches, "{model:?} {destination:#x}");
    }
    for (x2apic, broadcast) in [(false, 0xff), (true, u32::MAX)] {
        assert!(
            Manual.physical_destination_matches(x2apic, 1, 1) && !Manual.physical_destination_matches(x2apic, 1, 2)
        );
        assert!(Manual.physical_destination_matches(x2apic, 1, broadcast));
    }
}

#[test]
fn what_an_event_saves_of_rf_depends_on_its_source() {
    const OPEN: &[bool] = &[false, true];
    let saved =
        |vendor, source, vector, set, repeats| Manual.resume_flag_saved(vendor, source, vector, set, repeats).values();
    // At a boundary with RF clear, with RF set, and between two iterations.
    let each = |vendor, source, vector| {
        [(false, false), (true, false), (false, true)].map(|(set, repeats)| saved(vendor, source, vector, set, repeats))
    };
    for vendor in [Vendor::Amd, Vendor::Intel] {
        assert_eq!(each(vendor, Source::Fault, GP), [&[true], &[true], &[true]]);
        assert_eq!(saved(vendor, Source::Fault, DB, false, false), [false]);
    }
    for source in [Source::Nmi, Source::External] {
        assert_eq!(each(Vendor::Intel, source, NMI), [&[false], &[true], &[true]]);
        assert_eq!(each(Vendor::Amd, source, NMI), [&[false], &[true], OPEN]);
    }
    assert_eq!(each(Vendor::Intel, Source::Trap, DB), [&[false], &[true], &[true]]);
    assert_eq!(each(Vendor::Amd, Source::Trap, DB), [OPEN, &[true], OPEN]);
    for source in [Source::Software, Source::Int1] {
        assert_eq!(saved(Vendor::Intel, source, DB, true, false), [false]);
        assert_eq!(saved(Vendor::Amd, source, DB, true, false), OPEN);
        assert_eq!(saved(Vendor::Amd, source, DB, false, false), [false]);
    }
}

#[test]
fn the_stack_is_the_gates_or_the_new_levels_or_the_current_one() {
    assert_eq!(Manual.delivery_stack(true, 0, false), Stack::Current);
    assert_eq!(Manual.delivery_stack(true, 0, true), Stack::Inner);
    assert_eq!(Manual.delivery_stack(true, 1, false), Stack::InterruptStack(1));
    assert_eq!(Manual.delivery_stack(true, 7, true), Stack::InterruptStack(7));
    assert_eq!(Manual.interrupt_stack_start(0x97c0, 0x9798), 0x97c0);
    assert_eq!(
        [(true, false), (false, true), (false, false)]
            .map(|(long, changes)| Manual.frame_holds_the_stack(long, changes)),
        [true, true, false]
    );
    assert_eq!(Manual.aligns_stack(Vendor::Intel, true, true).values(), [true]);
    assert_eq!(Manual.aligns_stack(Vendor::Amd, true, true).values(), [false, true]);
    assert_eq!(Manual.nulls_stack_segment(Vendor::Amd, true, false, true).values(), [false]);
    assert_eq!(Manual.nulls_stack_segment(Vendor::Intel, true, false, true).values(), [false, true]);
    assert_eq!(Manual.nulls_stack_segment(Vendor::Intel, true, true, false).values(), [true]);
}

#[test]
fn faults_combine_as_in_table_6_5() {
    use Class::{Benign, Contributory, DoubleFault, PageFault};
    use Combined::{DoubleFault as Double, Second, Shutdown};
    let table = [
        (Benign, [Second, Second, Second]),
        (Contributory, [Second, Double, Second]),
        (PageFault, [Second, Double, Double]),
        (DoubleFault, [Shutdown, Shutdown, Shutdown]),
    ];
    for (first, row) in table {
        let got = [Benign, Contributory, PageFault].map(|second| Manual.faults_combined(first, second));
        assert_eq!(got, row, "{first:?}");
    }
    assert_eq!((Manual.class_of(Source::Nmi, NMI), Manual.external_bit(Source::Nmi)), (Benign, 1));
    assert_eq!((Manual.class_of(Source::Fault, GP), Manual.external_bit(Source::Software)), (Contributory, 0));
}

#[test]
fn a_gate_has_a_type_of_its_mode_and_leads_to_64_bit_code_in_long_mode() {
    let valid = |long| (0..16).filter(|&kind| Manual.gate_type_is_valid(false, Some(kind), long)).collect::<Vec<u8>>();
    assert_eq!((valid(false), valid(true)), (vec![0x5, 0x6, 0x7, 0xe, 0xf], vec![0xe, 0xf]));
    assert!(!Manual.gate_type_is_valid(false, None, false), "code and data are no gates");
    assert!(Manual.gate_offset_is_valid(false, 0xffff_8000_0000_0000) && !Manual.gate_offset_is_valid(false, 1 << 47));
    let valid = [(false, false), (false, true), (true, false), (true, true)]
        .map(|(long, default)| Manual.gate_segment_is_valid(false, long, default));
    assert_eq!(valid, [false, false, true, false]);
}

#[test]
fn a_gate_counts_to_its_last_byte_and_its_dpl_binds_software() {
    assert!(Manual.gate_is_within_table(2, 16, 47) && !Manual.gate_is_within_table(2, 16, 46));
    for vendor in [Vendor::Amd, Vendor::Intel] {
        assert_eq!(Manual.gate_privilege_is_checked(vendor, false, true).values(), [true]);
    }
    assert_eq!(Manual.gate_privilege_is_checked(Vendor::Intel, true, false).values(), [false]);
    assert_eq!(Manual.gate_privilege_is_checked(Vendor::Amd, true, false).values(), [false, true]);
}

#[test]
fn rsm_restores_and_the_vendors_part_where_their_manuals_do() {
    let blocked = |vendor, before, inside, latched| Manual.blocked_after_smm(vendor, before, inside, latched).values();
    for vendor in [Vendor::Amd, Vendor::Intel] {
        assert_eq!(blocked(vendor, false, true, true), [false]);
        assert_eq!(blocked(vendor, true, true, true), [false, true]);
    }
    assert_eq!(blocked(Vendor::Amd, true, true, false), [true]);
    assert_eq!(blocked(Vendor::Amd, true, false, false), [false, true]);
    assert_eq!(blocked(Vendor::Intel, true, true, false), [false, true]);
    assert_eq!(blocked(Vendor::Intel, true, false, false), [false, true]);
}

#[test]
fn what_is_read_and_written_back_changes_nothing() {
    for vendor in [Vendor::Amd, Vendor::Intel] {
        for (pending, blocked) in [(0, false), (1, false), (2, false), (0, true), (1, true), (2, true)] {
            for injected in [false, true] {
                let (nmi, queue) = (Nmi { pending, blocked }, Queue { queued: 0, injected });
                let seen = Manual.events_told(vendor, &nmi, injected, Shadow::Sti);
                assert_eq!(Manual.events_written(&nmi, &queue, &seen, &seen), (nmi, queue));
                assert_eq!(Manual.held_after_look(&nmi, injected), pending);
            }
        }
    }
}

#[test]
fn a_count_that_is_written_arrives_anew() {
    let (nmi, queue) = (Nmi { pending: 2, blocked: true }, Queue::default());
    let seen = Manual.events_told(Vendor::Amd, &nmi, false, Shadow::None);
    let written = Manual.events_written(&nmi, &queue, &seen, &Events { pending: 3, ..seen });
    assert_eq!(written, (Nmi { pending: 0, ..nmi }, Queue { queued: 3, ..queue }));
}

#[test]
fn amd_has_one_shadow_bit_and_kvm_intel_takes_that_of_mov_ss() {
    assert_eq!(Manual.shadow_told(Vendor::Amd, Shadow::MovSs), Shadow::Either);
    assert_eq!(Manual.shadow_told(Vendor::Intel, Shadow::MovSs), Shadow::MovSs);
    assert_eq!(Manual.shadow_written(Vendor::Amd, Shadow::Sti), Shadow::Either);
    assert_eq!(Manual.shadow_written(Vendor::Intel, Shadow::Either), Shadow::MovSs);
}

#[test]
fn a_vm_entry_of_intel_refuses_what_its_manual_forbids() {
    let refused = |injected, shadow, enabled| Manual.refused_entry(Vendor::Intel, false, injected, shadow, enabled);
    assert_eq!(refused(false, Shadow::Sti, false), Some(Refusal::StiShadowWithoutInterrupts));
    assert_eq!(refused(true, Shadow::MovSs, true), Some(Refusal::InjectedInShadow));
    assert_eq!(refused(true, Shadow::Sti, true), Some(Refusal::InjectedInShadow));
    let while_blocked = Manual.refused_entry(Vendor::Intel, true, true, Shadow::None, true);
    assert_eq!(while_blocked, Some(Refusal::InjectedWhileBlocked));
    for (injected, shadow, enabled) in
        [(false, Shadow::Sti, true), (false, Shadow::MovSs, false), (true, Shadow::None, false)]
    {
        assert_eq!(refused(injected, shadow, enabled), None, "{shadow}");
        assert_eq!(Manual.refused_entry(Vendor::Amd, true, true, shadow, enabled), None, "{shadow}");
    }
}

#[test]
fn messages_reach_whom_they_name() {
    use spec::apic::Shorthand::{All, None, Others, Own};
    let reached = |shorthand| {
        [(false, false), (false, true), (true, false)]
            .map(|(own, addressed)| Manual.command_reaches(shorthand, own, addressed))
    };
    assert_eq!(reached(None), [false, true, false]);
    assert_eq!(reached(Own), [false, false, true]);
    assert_eq!(reached(All), [true, true, true]);
    assert_eq!(reached(Others), [true, true, false]);
    assert!(!Manual.takes_fixed(15) && Manual.takes_fixed(16));
    assert!(Manual.counter_entry_is_masked(Vendor::Intel) && !Manual.counter_entry_is_masked(Vendor::Amd));
}

#[test]
fn where_something_blocks_or_halts_a_single_step_is_pending_as_tf_says() {
    use x86::vmx::{Interruptibility, activity, pending_debug};
    let none = Interruptibility::new();
    let valid = |pending, traps, state, active| Manual.pending_debug_is_valid(pending, traps, state, active);
    for (state, active, compared) in [
        (none.with_sti(true), activity::ACTIVE, true),
        (none.with_mov_ss(true), activity::ACTIVE, true),
        (none, activity::HLT, true),
        (none, activity::ACTIVE, false),
        (none.with_nmi(true), activity::ACTIVE, false),
    ] {
        for traps in [false, true] {
            let step = |pending: bool| if pending { pending_debug::SINGLE_STEP } else { 0 };
            assert!(valid(step(traps), traps, state, active));
            assert_eq!(valid(step(!traps), traps, state, active), !compared);
        }
        assert!(!valid(1 << 4, false, state, active));
    }
}

#[test]
fn what_the_manuals_leave_open_is_a_set() {
    for vendor in [Vendor::Amd, Vendor::Intel] {
        assert_eq!(Manual.wrong_gate_error_code(vendor, false).values(), [Named::Gate]);
        let segment = Manual.gate_target_error_code(vendor, true);
        assert_eq!(segment.values(), [Named::Nothing, Named::Gate, Named::Segment]);
    }
    assert_eq!(Manual.wrong_gate_error_code(Vendor::Intel, true).values(), [Named::Nothing, Named::Gate]);
    assert_eq!(Manual.gate_target_error_code(Vendor::Intel, false).values(), [Named::Nothing]);
    assert_eq!(Manual.gate_target_error_code(Vendor::Amd, false).values(), [Named::Nothing, Named::Segment]);
    for shadow in SHADOWS {
        assert_eq!(Manual.shadow_blocks_smis(shadow), Allowed::MAY);
        assert_eq!(Manual.shadow_holds_interrupt_exit(shadow), Allowed::MAY);
        assert_eq!(Manual.shadow_holds_interrupt_intercept(shadow), Allowed::MAY);
    }
    assert_eq!(Manual.shadow_blocks_smis(Shadow::None), Allowed::NO);
    let both = NmiControls { exiting: true, virtual_nmis: true, window: false };
    assert_eq!(Manual.unblocking_is_told(both, true, true, true), Allowed::MAY);
    assert_eq!(Manual.unblocking_is_told(both, false, true, true), Allowed::YES);
}

#[test]
fn sets_have_no_order() {
    assert_eq!(Allowed::any_of(&[1, 2]), Allowed::any_of(&[2, 1]));
    assert_ne!(Allowed::any_of(&[1, 2]), Allowed::any_of(&[1]));
    assert_ne!(Allowed::any_of(&[1]), Allowed::any_of(&[1, 2]));
}
