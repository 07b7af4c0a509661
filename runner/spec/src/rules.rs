//! The rules as a trait, so that a machine can follow all of them but one.

use std::fmt;

use crate::types::*;
use crate::{
    apic, blocking, boundary, delivery, gate, halt, injection, kvm, latch, shadow, smm, svm, svm_exit, vmx_entry,
    vmx_events, vmx_injection, vnmi,
};

/// Calls a function with all arguments, or with those of its own.
macro_rules! call {
    ($file:ident::$name:ident($($argument:ident),*)) => {
        $file::$name($($argument),*)
    };
    ($file:ident::$name:ident($($argument:ident),*) = ($($own:ident),*)) => {
        $file::$name($($own),*)
    };
}

/// Makes [`Rules`] of the functions that each file has.
macro_rules! rules {
    ($($file:ident { $(
        $name:ident($($argument:ident: $kind:ty),*) -> $result:ty $(= ($($own:ident),*))?;
    )+ })+) => {
        /// Every rule as a method, which is the manual's unless it is overridden.
        ///
        /// A method also takes what its function does not, because no rule of the manuals depends on it, but a mutant may. Methods
        /// take `&self`: an implementation that needs state keeps it in a [`std::cell::Cell`].
        pub trait Rules: fmt::Debug + Send {
            $($(
                #[doc = concat!("[`", stringify!($file), "::", stringify!($name), "`].")]
                #[allow(unused_variables)]
                fn $name(&self, $($argument: $kind),*) -> $result {
                    call!($file::$name($($argument),*) $(= ($($own),*))?)
                }
            )+)+
        }
    };
}

/// Calls a macro with every rule: the methods of the trait, by the files of their functions. Their types are those of
/// [`types`](crate::types). `= (...)`: the function takes these alone.
#[macro_export]
macro_rules! with_every_rule {
    ($call:ident) => {
        $call! {
            latch {
                blocked_nmis_are_held() -> bool;
                sent_nmi_counts(queued: u32, by_itself: bool) -> bool = ();
            }
            boundary {
                priorities() -> [EventClass; 4];
                single_steps(instruction: Ended, before: bool, after: bool) -> bool;
                resume_flag_stays(instruction: Ended) -> bool;
                instruction_breakpoint_is_ignored(resume_flag: bool, between_iterations: bool) -> bool;
                nmi_is_taken(nmi: &Nmi, at: &Boundary, shadow_blocks: bool) -> bool = (nmi, shadow_blocks);
                interrupt_is_taken(nmi: &Nmi, interrupts_enabled: bool, shadow: Shadow) -> bool = (interrupts_enabled, shadow);
                nmi_leaves_the_trap() -> bool;
            }
            shadow {
                shadow_blocks_nmis(vendor: Vendor, shadow: Shadow) -> Allowed<bool>;
                after_sti(vendor: Vendor, was_set: bool, before: Shadow) -> Allowed<Shadow>;
                after_ss_load(before: Shadow) -> Allowed<Shadow>;
                after_lss(vendor: Vendor) -> Allowed<Shadow>;
                shadow_length(shadow: Shadow) -> u8;
                shadow_after_iteration(before: Shadow) -> Allowed<Shadow>;
                shadow_outlives_software_interrupt(shadow: Shadow) -> bool = ();
                shadow_keeps_nmis() -> bool;
                shadow_puts_single_step_off(vendor: Vendor, shadow: Shadow) -> Allowed<bool>;
                data_breakpoint_in_shadow(vendor: Vendor, shadow: Shadow) -> Allowed<Breakpoint>;
                shadow_hides_instruction_breakpoints(shadow: Shadow) -> Allowed<bool>;
            }
            halt {
                halt_ends(an_event_is_taken: bool, nmi_is_held: bool) -> bool = (an_event_is_taken);
                rip_saved_in_halt(hlt: u64, next: u64) -> u64 = (next);
            }
            delivery {
                nmi_vector() -> u8;
                nmi_error_code() -> Option<u32>;
                flags_cleared(nmi: bool, through: Through) -> u64 = (through);
                flags_saved(source: Source, rflags: u64) -> u64 = (rflags);
                resume_flag_saved(vendor: Vendor, source: Source, vector: u8, set: bool, repeats: bool) -> Allowed<bool>;
                software_interrupt_saved_rip(next: u64) -> u64;
                frame_holds_the_stack(long: bool, level_changes: bool) -> bool;
                delivery_stack(nmi: bool, index: u8, level_changes: bool) -> Stack = (index, level_changes);
                interrupt_stack_start(top: u64, current: u64) -> u64 = (top);
                aligns_stack(vendor: Vendor, nmi: bool, from_table: bool) -> Allowed<bool> = (vendor, from_table);
                nulls_stack_segment(vendor: Vendor, nmi: bool, level_changes: bool, interrupt_stack: bool) -> Allowed<bool> = (vendor, level_changes, interrupt_stack);
                repetition_is_interruptible() -> bool;
            }
            gate {
                gate_is_within_table(vector: u8, size: u64, limit: u64) -> bool;
                gate_type_is_valid(nmi: bool, kind: Option<u8>, long: bool) -> bool = (kind, long);
                gate_offset_is_valid(nmi: bool, offset: u64) -> bool = (offset);
                gate_segment_is_valid(nmi: bool, long: bool, default: bool) -> bool = (long, default);
                wrong_gate_error_code(vendor: Vendor, is_16_bit: bool) -> Allowed<Named>;
                gate_target_error_code(vendor: Vendor, is_canonical: bool) -> Allowed<Named>;
                gate_privilege_is_checked(vendor: Vendor, nmi: bool, software: bool) -> Allowed<bool>;
                external_bit(source: Source) -> u32;
                held_after_fault(nmi: &Nmi) -> u32;
                class_of(source: Source, vector: u8) -> Class;
                faults_combined(first: Class, second: Class) -> Combined;
            }
            blocking {
                delivery_blocks(injected: bool) -> bool = ();
                fault_in_delivery_keeps_blocking() -> bool;
                int_2_blocks() -> bool;
                handler_entry_unblocks(vector: u8, software: bool) -> bool = ();
                iret_unblocks(iret: &Iret) -> bool = ();
                faulting_iret_unblocks(vendor: Vendor) -> bool;
                iret_completes_first() -> bool;
                instruction_unblocks(instruction: Ended) -> bool = ();
                exit_unblocks(interrupts_enabled: bool) -> bool = ();
            }
            smm {
                smm_entry_blocks() -> bool;
                blocked_after_smm(vendor: Vendor, before: bool, inside: bool, latched: bool) -> Allowed<bool>;
                held_after_smm(pending: u32) -> u32;
                shadow_blocks_smis(shadow: Shadow) -> Allowed<bool>;
                smi_is_taken(waiting: u32, in_smm: bool) -> bool;
                smi_leaves_the_trap() -> bool;
                smi_is_latched() -> bool;
                held_smis(vendor: Vendor, in_smm: bool) -> Allowed<u32>;
                smm_exit_restarts_halt() -> bool;
                shadow_after_smm(before: Shadow) -> Shadow;
            }
            apic {
                nmi_vector_field_counts() -> bool;
                takes_fixed(vector: u8) -> bool;
                software_disabled_takes_nmis(vendor: Vendor) -> Allowed<bool>;
                software_disabled_takes_fixed() -> bool;
                software_disabled_masks_entries() -> bool;
                hardware_disabled_takes_messages(nmi: bool) -> bool = ();
                level_triggered_is_sent(vendor: Vendor) -> Allowed<bool>;
                priority_holds_nmis(task_priority: u32) -> bool = ();
                nmi_is_in_service() -> bool;
                command_reaches(shorthand: Shorthand, own: bool, addressed: bool) -> bool;
                physical_destination_matches(x2apic: bool, id: u32, destination: u32) -> bool;
                logical_destination_matches(model: LogicalModel, id: u32, destination: u32) -> bool;
                sent_by_invalid_shorthand(own: bool) -> Allowed<u32> = ();
                self_ipi_sends_nmis() -> bool;
                counter_interrupts_its_processor() -> bool;
                counter_entry_is_masked(vendor: Vendor) -> bool;
                masked_counter_entry_sends() -> bool;
                counter_counts_in_l2() -> bool;
                counter_nmi_exits(others: bool) -> bool;
                virtual_blocking_holds_counter_nmi() -> bool;
            }
            kvm {
                held_at_most(nmi: &Nmi, injected: bool) -> u32;
                nmis_collapsed(held: u32, arrived: u32, at_most: u32) -> u32;
                events_told(vendor: Vendor, nmi: &Nmi, injected: bool, shadow: Shadow) -> Events;
                shadow_told(vendor: Vendor, shadow: Shadow) -> Shadow;
                held_after_look(nmi: &Nmi, injected: bool) -> u32 = (nmi);
                events_written(nmi: &Nmi, queue: &Queue, seen: &Events, written: &Events) -> (Nmi, Queue) = (seen, written);
                injected_nmi_goes_first() -> bool;
                shadow_written(vendor: Vendor, shadow: Shadow) -> Shadow;
                writing_ends_halt() -> bool;
                events_carried_over(told: Events) -> Events;
                shadow_after_delivery() -> Shadow;
                pin_needs_no_apic() -> bool;
                refused_entry(vendor: Vendor, blocked: bool, injected: bool, shadow: Shadow, interrupts_enabled: bool) -> Option<Refusal>;
            }
            svm {
                gif_holds(class: EventClass) -> bool;
                gif_discards_breakpoints() -> bool;
                vmrun_sets_gif() -> bool;
                exit_clears_gif(consistent: bool) -> bool = ();
                intercepted_nmi_stays_pending() -> bool;
                guest_takes_nmi(intercepted: bool) -> bool;
                pending_at_vmrun_goes_first() -> bool;
                blocked_after_switch(blocked: bool, switch: Switch) -> bool = (blocked);
                held_while_gif_is_clear() -> Allowed<u32>;
                guest_iret_ends_blocking(in_guest: bool) -> Allowed<bool>;
                blocked_nmi_exits() -> Allowed<bool>;
                shadow_holds_interrupt_intercept(shadow: Shadow) -> Allowed<bool>;
                physical_interrupts_are_enabled(v_intr_masking: bool, in_l1: bool, in_l2: bool) -> bool;
                intercepted_interrupt_exits(enabled: bool) -> bool;
                intercepted_interrupt_stays_pending() -> bool;
                virtual_interrupt_is_taken(control: IntCtl, gif: bool, interrupts_enabled: bool, shadow: Shadow) -> bool;
                virtual_interrupt_exits(intercepted: bool) -> bool;
                virtual_interrupt_stays_pending(exits: bool) -> bool;
                vmrun_single_steps(flag: bool) -> bool;
                guest_changes_gif() -> bool;
                guest_priorities() -> [GuestEvent; 6];
                shadow_loaded(field: bool, host: Shadow) -> Shadow = (field);
                entry_is_consistent(controls: &Controls) -> bool;
            }
            svm_exit {
                rip_of_hlt_exit(hlt: u64, next: u64) -> u64 = (hlt);
                iret_exits_first() -> bool;
                intercepted_iret_unblocks() -> bool;
                delivery_is_told(delivering: bool) -> bool;
                exitintinfo_type(source: Source, vector: u8) -> u8;
                shadow_saved(shadow: Shadow) -> bool;
                shadow_after_exit(inside: Shadow) -> Shadow = ();
                shutdown_exits(intercepted: bool) -> bool;
                smi_exits(intercepted: bool) -> bool;
                intercepted_smi_stays_pending() -> bool;
                int_2_exits_as_nmi() -> bool;
                int_n_exits(intercepted: bool, vector: u8) -> bool = (intercepted);
                int3_exits(bp_intercepted: bool, int_n_intercepted: bool) -> bool = (bp_intercepted);
                exception_exits(intercepted: bool, vector: u8) -> bool = (intercepted);
                int1_exits(db_intercepted: bool) -> bool = ();
                debug_exit_writes_dr6() -> bool;
            }
            injection {
                injected_is_delivered(entry: &InjectionInto) -> bool = ();
                injected_nmi_vector(field: u8) -> u8 = ();
                injected_nmi_blocks() -> bool;
                injected_before_exit() -> bool;
                source_injected(kind: u8, vector: u8) -> Source;
                fault_of_delivery_exits(intercepted: bool, injected: bool) -> bool = (intercepted);
                exit_clears_eventinj() -> bool;
                injection_is_valid(kind: u8, vector: u8) -> bool;
            }
            vnmi {
                virtual_nmi_is_taken(nmi: VirtualNmi, gif: bool, shadow: Shadow, at: &VirtualBoundary) -> bool = (nmi, gif, shadow);
                virtual_nmis_are_used(enabled: bool) -> bool;
                virtual_nmi_taken() -> VirtualNmi;
                virtual_nmi_loaded(field: VirtualNmi) -> VirtualNmi;
                virtual_nmi_saved(nmi: VirtualNmi) -> VirtualNmi;
                iret_clears_virtual_mask(completes: bool) -> bool;
                int_2_sets_virtual_mask() -> bool;
                exit_in_delivery_unmasks(injected: bool) -> Allowed<bool>;
                virtual_mask_holds_physical() -> bool;
                virtual_events_are_enabled(gif: bool, control: IntCtl) -> bool;
                guest_changes_virtual_gif() -> bool;
                virtual_gif_holds_virtual_nmis() -> bool;
                gif_instruction_exits(intercepted: bool, virtual_gif: bool) -> bool = (intercepted);
                idle_hlt_exits(v_nmi: bool, v_irq: bool) -> bool;
                injection_sets_virtual_mask() -> bool;
                injection_while_masked_enters() -> Allowed<bool>;
                injected_before_virtual() -> bool;
                virtual_nmis_are_consistent(enabled: bool, nmi_intercepted: bool) -> bool;
            }
            vmx_entry {
                shadow_refuses_entry(shadow: Shadow) -> bool;
                nmi_controls_are_valid(controls: NmiControls) -> bool;
                vmx_injection_is_valid(event: Interruption) -> bool;
                blocked_after_vmfail(before: bool) -> bool;
                vmfail_keeps_injection() -> bool;
                interruptibility_is_valid(state: Interruptibility, interrupts_enabled: bool) -> bool;
                nmi_is_injected_in_shadow(state: Interruptibility) -> Allowed<bool>;
                nmi_is_injected_while_blocked(state: Interruptibility, controls: NmiControls) -> bool;
                activity_is_supported(state: u32, misc: Misc) -> bool;
                activity_is_valid(state: u32, interruptibility: Interruptibility, ss_dpl: u8) -> bool;
                nmi_is_injected_into(state: u32) -> bool;
                pending_debug_is_valid(pending: u64, traps: bool, state: Interruptibility, active: u32) -> bool;
                vmx_shadow_loaded(state: Interruptibility, l1: Shadow) -> Shadow = (state);
                blocked_after_entry_failure(before: bool, field: bool) -> bool = (before);
                entry_failure_keeps_injection() -> bool;
            }
            vmx_injection {
                injected_nmi_is_delivered(interrupts_enabled: bool) -> bool = ();
                injected_nmi_exits(controls: NmiControls) -> bool = ();
                blocked_after_injected_nmi(controls: NmiControls, field: bool, before: bool) -> bool;
                injected_nmi_blocks_virtual(controls: NmiControls) -> bool;
                halted_after_entry(state: u32) -> bool;
                activity_after_injection(field: u32) -> u32 = ();
                shadow_after_injection() -> Shadow;
                injected_event_drops_pending_debug() -> bool;
                injection_goes_first() -> bool;
                vmx_source_injected(kind: u8, vector: u8) -> Source;
                vmx_fault_of_delivery_exits(caught: bool, injected: bool) -> bool = (caught);
                injection_that_exits_blocks(controls: NmiControls) -> Allowed<bool>;
                exit_clears_injection() -> bool;
            }
            vmx_events {
                blocked_after_entry(controls: NmiControls, field: bool, before: bool) -> bool = (controls, field);
                virtual_blocking_after_entry(controls: NmiControls, field: bool) -> bool;
                pending_debug_is_delivered(shadow: Shadow) -> bool;
                nmi_exits(controls: NmiControls) -> bool;
                blocked_nmi_exits_vmx() -> bool;
                shadow_holds_nmi_exit(shadow: Shadow) -> Allowed<bool>;
                shadow_holds_interrupt_exit(shadow: Shadow) -> Allowed<bool>;
                interrupt_exits(exiting: bool, interrupts_enabled: bool) -> bool = (exiting);
                interrupt_exit_stays_pending() -> bool;
                exception_exits_vmx(caught: bool, vector: u8) -> bool = (caught);
                debug_exit_writes_dr6_vmx() -> bool;
                debug_exit_qualification(hit: u64) -> u64;
                triple_fault_exits() -> bool;
                virtual_blocking_holds_exit() -> bool;
                nmi_exit_consumes() -> bool;
                blocked_after_exit(for_nmi: bool, inside: bool) -> bool;
                shadow_after_vm_exit(inside: Shadow) -> Shadow = ();
                halted_after_vm_exit(inside: bool) -> bool = ();
                guest_iret_unblocks(controls: NmiControls) -> bool;
                virtual_blocking_after_iret(completes: bool) -> bool = ();
                int_2_blocks_virtual(controls: NmiControls) -> bool = ();
                blocking_saved(controls: NmiControls, inside: bool, virtual_blocking: bool) -> bool;
                delivery_that_exits_blocks() -> bool;
                vectoring_is_told(delivering: bool, ended_in_double_or_triple_fault: bool) -> bool;
                vectoring_type(source: Source, vector: u8) -> u8;
                vmx_shadow_saved(shadow: Shadow) -> Interruptibility;
                pending_debug_saved(shadow: Shadow, single_steps: bool, breakpoints: u64) -> u64;
                activity_saved(halted: bool) -> u32;
                vmx_priorities() -> [VmxEvent; 5];
                interrupt_window_is_open(interrupts_enabled: bool, shadow: Shadow) -> bool;
                interrupt_window_ends_halt() -> bool;
                nmi_window_is_open(virtual_blocking: bool, shadow: Shadow) -> Allowed<bool>;
                nmi_window_ends_halt() -> bool;
                unblocking_is_told(controls: NmiControls, undefined: bool, iret: bool, blocked: bool) -> Allowed<bool>;
            }
        }
    };
}
with_every_rule!(rules);

/// The manuals' rules, without any override.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manual;

impl Rules for Manual {}
