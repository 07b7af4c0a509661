//! The rules applied at an instruction boundary: which events are pending there, and which one is taken.

use spec::Shadow;
use spec::boundary::EventClass;
use spec::context::Boundary;
use x86::flags::IF;

use super::super::choices::Choices;
use super::super::svm::Leave;
use super::super::vmx::VmExit;
use super::{Core, Cpu};

/// The vector as which an NMI is in service, in a machine that wrongly keeps one so: above the priority of every interrupt of a case.
const IN_SERVICE: u8 = 0x50;

/// The event that is taken at a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// #DB, the trap of the previous instruction.
    Trap,
    /// SMM is entered.
    Smi,
    /// An NMI whose delivery began before.
    InjectedNmi,
    /// An NMI.
    Nmi,
    /// An external interrupt.
    Interrupt(u8),
    /// What L1 injects into L2.
    Injection,
    /// A virtual NMI of L2.
    VirtualNmi,
    /// A virtual interrupt of L2.
    VirtualInterrupt(u8),
    /// #VMEXIT, on AMD's processors.
    Exit(Leave),
    /// A VM exit, on Intel's processors.
    VmExit(VmExit),
}

impl Cpu {
    /// What the rules about boundaries depend on.
    pub(crate) fn boundary(&self) -> Boundary {
        Boundary {
            interrupts_enabled: self.regs.flag(IF),
            shadow: self.regs.shadow,
            halted: self.halted,
            in_smm: self.smm.is_some(),
        }
    }

    /// NMIs arrive; the next boundary collects them.
    pub(crate) fn arrive(&mut self, count: u32) {
        self.queue.queued = self.queue.queued.saturating_add(count);
        self.noted.arrived |= count > 0;
    }

    /// Adds the NMIs that arrived since the last boundary to those that are pending.
    pub(crate) fn collect(&mut self, choices: &mut Choices) {
        let arrived = std::mem::take(&mut self.queue.queued);
        if arrived == 0 || self.nmi.blocked && !self.rules.blocked_nmis_are_held() {
            return;
        }
        let mut at_most = self.rules.held_at_most(&self.nmi, self.queue.injected);
        let gif_holds = !self.svm.gif && self.rules.gif_holds(EventClass::Nmi);
        if gif_holds && self.nmi.pending.saturating_add(arrived) > 1 {
            let chosen = &mut self.svm.held_while_gif_is_clear;
            let depth = chosen.get_or_insert_with(|| choices.choose(self.rules.held_while_gif_is_clear(), 2));
            at_most = at_most.min(*depth);
        }
        self.nmi.pending = self.rules.nmis_collapsed(self.nmi.pending, arrived, at_most);
    }

    /// NMIs arrive through the local APIC, with this in the field of the vector.
    pub(crate) fn arrive_at_apic(&mut self, vector: u8, count: u32) {
        if self.rules.nmi_vector_field_counts() {
            return self.accept(vector);
        }
        if self.rules.nmi_is_in_service() {
            self.lapic.serve(vector.max(IN_SERVICE));
        }
        self.arrive(count);
    }

    /// A fixed interrupt arrives at the local APIC.
    pub(crate) fn accept(&mut self, vector: u8) {
        let open = self.lapic.software_enabled() || self.rules.software_disabled_takes_fixed();
        if open && self.rules.takes_fixed(vector) {
            self.lapic.accept(vector);
        }
    }
}

impl Core<'_> {
    /// What is taken at this boundary, if anything.
    pub(crate) fn next_event(&mut self) -> Option<Taken> {
        let injected = self.cpu.queue.injected.then_some(Taken::InjectedNmi);
        if injected.is_some() && self.cpu.rules.injected_nmi_goes_first() {
            return injected;
        }
        self.due_event().or(injected)
    }

    /// What is taken of that which waits for a boundary.
    fn due_event(&mut self) -> Option<Taken> {
        if self.cpu.svm.guest.is_some() {
            return self.next_guest_event();
        }
        if self.cpu.vmx.guest.is_some() {
            return self.next_vmx_event();
        }
        let holds = |cpu: &Cpu, class| !cpu.svm.gif && cpu.rules.gif_holds(class);
        let nmi_is_taken = !holds(self.cpu, EventClass::Nmi) && self.takes_nmi();
        let smi_is_taken = !holds(self.cpu, EventClass::Smi) && self.takes_smi();
        let cpu = &mut *self.cpu;
        if nmi_is_taken && !cpu.rules.nmi_leaves_the_trap() {
            cpu.trap = false;
        }
        cpu.rules.priorities().into_iter().find_map(|class| match class {
            class if holds(cpu, class) => None,
            EventClass::Smi => smi_is_taken.then_some(Taken::Smi),
            EventClass::Trap => cpu.trap.then_some(Taken::Trap),
            EventClass::Nmi => nmi_is_taken.then_some(Taken::Nmi),
            EventClass::Interrupt => {
                let vector = cpu.lapic.ready()?;
                let taken = cpu.rules.interrupt_is_taken(&cpu.nmi, cpu.regs.flag(IF), cpu.regs.shadow);
                taken.then_some(Taken::Interrupt(vector))
            }
        })
    }

    /// Whether an NMI that does not exit is taken at this boundary, unless blocking or a shadow holds it back.
    pub(crate) fn takes_nmi(&mut self) -> bool {
        let Core { cpu, choices, .. } = self;
        let at = cpu.boundary();
        let meets_shadow = cpu.nmi.pending > 0 && at.shadow != Shadow::None;
        let shadow_blocks = meets_shadow && choices.choose(cpu.rules.shadow_blocks_nmis(cpu.vendor, at.shadow), true);
        let taken =
            cpu.rules.nmi_is_taken(&cpu.nmi, &at, shadow_blocks) && !cpu.rules.priority_holds_nmis(cpu.lapic.tpr);
        if shadow_blocks && !taken && !cpu.rules.shadow_keeps_nmis() {
            cpu.nmi.pending = 0;
        }
        taken
    }

    /// Whether an SMI that waits is taken at this boundary, or exits, unless a shadow holds it back.
    pub(crate) fn takes_smi(&mut self) -> bool {
        let Core { cpu, choices, .. } = self;
        cpu.rules.smi_is_taken(cpu.smis, cpu.smm.is_some())
            && !choices.choose(cpu.rules.shadow_blocks_smis(cpu.regs.shadow), false)
    }
}
