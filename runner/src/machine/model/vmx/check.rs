//! What VM entry checks (Intel SDM vol. 3, 26.1 to 26.3), as far as it concerns NMIs.

use spec::vmx_entry::NmiControls;
use x86::flags::{IF, TF};
use x86::segment::Selector;
use x86::vmcs::{self, Field};
use x86::vmx::{
    ENTRY_DEFAULT1, ENTRY_GUEST_64, EXIT_DEFAULT1, EXIT_HOST_64, Interruptibility, Interruption, Pin, Processor,
    activity, error, failure, interruption, pending_debug,
};

use super::super::cpu::{Abort, Core, Run};
use super::fields::{SS_FIELDS, named};
use super::msr::{MISC, PIN, PROCESSOR};
use crate::machine::Unmodelled;

/// Fields that must be 0: the model does not know other values.
const ZEROS: [Field; 9] = [
    vmcs::PAGE_FAULT_MASK,
    vmcs::PAGE_FAULT_MATCH,
    vmcs::CR3_TARGETS,
    vmcs::EXIT_MSR_STORES,
    vmcs::EXIT_MSR_LOADS,
    vmcs::ENTRY_MSR_LOADS,
    vmcs::CR0_MASK,
    vmcs::CR4_MASK,
    vmcs::GUEST_DEBUGCTL,
];

/// Types of events that an instruction of L2 raises.
const SOFTWARE: [u8; 3] = [interruption::SOFTWARE, interruption::SOFTWARE_EXCEPTION, interruption::PRIVILEGED];

impl Core<'_> {
    /// The controls of the current VMCS that decide about NMIs.
    pub(super) fn nmi_controls(&self) -> Run<NmiControls> {
        let pin = Pin::from_bits(self.field32(vmcs::PIN)?);
        let window = Processor::from_bits(self.field32(vmcs::PROCESSOR)?).nmi_window();
        Ok(NmiControls { exiting: pin.nmi_exiting(), virtual_nmis: pin.virtual_nmis(), window })
    }

    /// The event to inject, if there is one, with its error code.
    pub(super) fn event_to_inject(&self) -> Run<Option<(Interruption, u32)>> {
        let event = Interruption::from_bits(self.field32(vmcs::INJECT)?);
        let error = self.field32(vmcs::INJECT_ERROR)?;
        Ok(event.valid().then_some((event, error)))
    }

    /// The VM-instruction error if the controls or the host state are not valid.
    ///
    /// Errors: controls that the model does not know.
    pub(super) fn refusal(&self) -> Run<Option<u32>> {
        self.check_known()?;
        let rules = &self.cpu.rules;
        let event_is_valid = self.event_to_inject()?.is_none_or(|(event, _)| rules.vmx_injection_is_valid(event));
        if !rules.nmi_controls_are_valid(self.nmi_controls()?) || !event_is_valid {
            return Ok(Some(error::INVALID_CONTROL));
        }
        let selectors =
            [vmcs::HOST_ES, vmcs::HOST_CS, vmcs::HOST_SS, vmcs::HOST_DS, vmcs::HOST_FS, vmcs::HOST_GS, vmcs::HOST_TR];
        for field in selectors {
            let selector = Selector::from_bits(self.field(field)? as u16);
            let needed = [vmcs::HOST_CS, vmcs::HOST_TR].contains(&field);
            if selector.rpl() != 0 || selector.local() || needed && selector.is_null() {
                return Ok(Some(error::INVALID_HOST));
            }
        }
        Ok(None)
    }

    /// Errors: controls that the model does not know.
    fn check_known(&self) -> Run<()> {
        let entry = ENTRY_DEFAULT1 | ENTRY_GUEST_64;
        for (field, known, needed) in [
            (vmcs::PIN, PIN, 0),
            (vmcs::PROCESSOR, PROCESSOR, 0),
            (vmcs::EXIT_CONTROLS, EXIT_DEFAULT1 | EXIT_HOST_64, EXIT_HOST_64),
            (vmcs::ENTRY_CONTROLS, entry, ENTRY_GUEST_64),
        ] {
            let controls = self.field32(field)?;
            if controls & !known != 0 || controls & needed != needed {
                return Err(unmodelled(field, controls.into()));
            }
        }
        for field in ZEROS {
            let value = self.field(field)?;
            if value != 0 {
                return Err(unmodelled(field, value));
            }
        }
        Ok(())
    }

    /// The exit qualification if VM entry fails because of the state of L2 (26.3.1.5 "Checks on Guest Non-Register State").
    pub(super) fn failure(&mut self) -> Run<Option<u64>> {
        let state = Interruptibility::from_bits(self.field32(vmcs::INTERRUPTIBILITY)?);
        let active = self.field32(vmcs::ACTIVITY)?;
        let ss_dpl = self.segment_field(SS_FIELDS)?.dpl;
        let flags = self.field(vmcs::GUEST_RFLAGS)?;
        let pending = self.field(vmcs::PENDING_DEBUG)?;
        let (controls, event) = (self.nmi_controls()?, self.event_to_inject()?);
        let Core { cpu, choices, .. } = self;
        let rules = &cpu.rules;
        let nmi = event.is_some_and(|(event, _)| event.kind() == interruption::NMI);
        if !rules.activity_is_supported(active, MISC)
            || !rules.activity_is_valid(active, state, ss_dpl)
            || nmi && !rules.nmi_is_injected_into(active)
            || !rules.interruptibility_is_valid(state, flags & IF != 0)
            || !rules.pending_debug_is_valid(pending, flags & TF != 0, state, active)
            || nmi && !rules.nmi_is_injected_while_blocked(state, controls)
        {
            return Ok(Some(failure::OTHER));
        }
        if nmi && !choices.choose(rules.nmi_is_injected_in_shadow(state), true) {
            return Ok(Some(if state.mov_ss() { failure::OTHER } else { failure::NMI_INJECTION }));
        }
        self.check_enterable(active, pending, event)?;
        Ok(None)
    }

    /// Errors: a state of L2 that is valid, but that the model does not know.
    fn check_enterable(&self, active: u32, pending: u64, event: Option<(Interruption, u32)>) -> Run<()> {
        let waits = active == activity::WAIT_FOR_SIPI && event.is_none();
        let breakpoints = pending & !(pending_debug::SINGLE_STEP | pending_debug::RESERVED) != 0;
        // These return behind an instruction whose length the VMCS gives.
        let software = event.filter(|(event, _)| SOFTWARE.contains(&event.kind()));
        for (unknown, field, value) in [
            (waits, vmcs::ACTIVITY, active.into()),
            (breakpoints, vmcs::PENDING_DEBUG, pending),
            (software.is_some(), vmcs::INJECT, software.map_or(0, |(event, _)| event.into_bits().into())),
        ] {
            if unknown {
                return Err(unmodelled(field, value));
            }
        }
        Ok(())
    }
}

fn unmodelled(field: Field, value: u64) -> Abort {
    Unmodelled::Value { field: named(field), value }.into()
}
