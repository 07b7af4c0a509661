//! Delivery through a gate of the IDT in each mode: the checks, the stack, and the frame.

use guests::Segment;
use spec::delivery::{Stack as Chosen, Through};
use spec::gate::Named;
use x86::error_code::SelectorError;
use x86::flags::RF;
use x86::gate::{FRAME_ALIGNMENT, GATE_LONG, GATE_PROTECTED, GateDescriptor, RealVector, VECTOR_REAL, kind};
use x86::paging::is_canonical;
use x86::register::{CS, RSP, SS};
use x86::segment::{Selector, USER, offset_mask, real_base};
use x86::task;

use super::descriptor::{code_of, is_code, is_conforming, is_writable_data, null};
use super::stack::Stack;
use super::{Core, Cpu, Event, Fault, Run, Source};
use crate::machine::UnmodelledMode;

/// A gate of the interrupt descriptor table.
struct Gate {
    selector: u16,
    offset: u64,
    /// Clears IF.
    interrupt: bool,
    stack_table_index: u8,
    /// Bytes of one stack slot.
    slot: usize,
}

impl Core<'_> {
    /// Delivers an event through its gate. If this fails, registers may be partly changed.
    /// Intel SDM vol. 3, section 6.12 "Exception and Interrupt Handling"; AMD APM vol. 2, sections 8.6 "Real-Mode
    /// Interrupt Control Transfers", 8.7 "Legacy Protected-Mode Interrupt Control Transfers" and 8.9 "Long-Mode ...".
    pub(super) fn through_gate(&mut self, event: Event) -> Run<()> {
        if !self.cpu.regs.protected() {
            return self.through_vector_table(event);
        }
        let gate = self.gate(event)?;
        let target = self.gate_target(event, gate.selector)?;
        let dpl = if is_conforming(&target) { self.cpu.regs.cpl } else { target.dpl };
        let saved = self.saved_flags(event);
        let old = (self.cpu.regs.segments[SS].selector, self.cpu.regs.general[RSP]);
        let (old_cs, old_rip) = (self.cpu.regs.segments[CS].selector, self.cpu.regs.rip);
        let changes = dpl < self.cpu.regs.cpl;
        let nmi = event.source == Source::Nmi;
        let long = self.cpu.regs.long();
        if !long && gate.offset > u64::from(target.limit) {
            return Err(Fault::protection(self.external(event)).into());
        }
        if long && !self.cpu.rules.gate_offset_is_valid(nmi, gate.offset) {
            let named = self.cpu.rules.gate_target_error_code(self.cpu.vendor, false);
            let named = self.choices.choose(named, Named::Nothing);
            return Err(self.names(named, event, gate.selector).into());
        }

        let chosen = self.cpu.rules.delivery_stack(nmi, gate.stack_table_index, changes);
        let mut stack = match (long, chosen) {
            (true, chosen) => self.long_stack(event, chosen, dpl, changes)?,
            (false, Chosen::Inner) => self.inner_stack(event, dpl)?,
            (false, _) => Stack { user: dpl == USER, ..self.stack() },
        };
        // The target's width decides how the new stack is addressed.
        self.cpu.regs.segments[CS] =
            Segment { selector: Selector::from_bits(target.selector).with_rpl(dpl).into_bits(), ..target };
        if self.cpu.rules.frame_holds_the_stack(long, changes) {
            self.push_on(&mut stack, gate.slot, old.0.into())?;
            self.push_on(&mut stack, gate.slot, old.1)?;
        }
        self.push_on(&mut stack, gate.slot, saved)?;
        self.push_on(&mut stack, gate.slot, old_cs.into())?;
        self.push_on(&mut stack, gate.slot, old_rip)?;
        if let Some(code) = event.code {
            self.push_on(&mut stack, gate.slot, code.into())?;
        }

        let through = if gate.interrupt { Through::InterruptGate } else { Through::TrapGate };
        let cleared = self.cpu.rules.flags_cleared(nmi, through);
        let regs = &mut self.cpu.regs;
        regs.cpl = dpl;
        regs.segments[SS] = stack.segment;
        regs.rip = gate.offset;
        regs.rflags &= !cleared;
        self.commit(&stack);
        Ok(())
    }

    /// Delivery in real mode: four bytes for each vector, and only the limit is checked.
    fn through_vector_table(&mut self, event: Event) -> Run<()> {
        let at = u64::from(event.vector) * VECTOR_REAL;
        if !self.cpu.rules.gate_is_within_table(event.vector, VECTOR_REAL, self.cpu.regs.idtr.limit.into()) {
            return Err(Fault::protection(SelectorError::gate(event.vector).into_bits()).into());
        }
        let entry = self.read_system(self.cpu.regs.idtr.base.wrapping_add(at), VECTOR_REAL as usize)?;
        let saved = self.cpu.rules.flags_saved(event.source, self.cpu.regs.rflags);
        let mut stack = self.stack();
        self.push_on(&mut stack, 2, saved)?;
        self.push_on(&mut stack, 2, self.cpu.regs.segments[CS].selector.into())?;
        self.push_on(&mut stack, 2, self.cpu.regs.rip)?;
        if let (Source::Nmi, Some(code)) = (event.source, event.code) {
            self.push_on(&mut stack, 2, code.into())?;
        }
        self.commit(&stack);
        let cleared = self.cpu.rules.flags_cleared(event.source == Source::Nmi, Through::VectorTable);
        let regs = &mut self.cpu.regs;
        regs.rflags &= !cleared;
        let entry = RealVector::from_bits(entry as u32);
        regs.segments[CS].selector = entry.segment();
        regs.segments[CS].base = real_base(entry.segment());
        regs.rip = entry.offset().into();
        Ok(())
    }

    /// RFLAGS as an event saves it.
    fn saved_flags(&mut self, event: Event) -> u64 {
        let Event { source, vector, .. } = event;
        let Cpu { vendor, rules, regs, .. } = &*self.cpu;
        let (set, repeats) = (regs.flag(RF), regs.between_iterations);
        let allowed = rules.resume_flag_saved(*vendor, source, vector, set, repeats);
        let kvm = repeats || set && !matches!(source, Source::Software | Source::Int1);
        let rf = if self.choices.choose(allowed, kvm) { RF } else { 0 };
        rules.flags_saved(source, regs.rflags & !RF | rf)
    }

    /// Reads the gate and checks it: limit, type, privilege of INT n, present.
    fn gate(&mut self, event: Event) -> Run<Gate> {
        let long = self.cpu.regs.long();
        let size = if long { GATE_LONG } else { GATE_PROTECTED };
        let at = u64::from(event.vector) * size;
        let code = SelectorError::gate(event.vector).into_bits() + self.external(event);
        if !self.cpu.rules.gate_is_within_table(event.vector, size, self.cpu.regs.idtr.limit.into()) {
            return Err(Fault::protection(code).into());
        }
        let linear = self.cpu.regs.idtr.base.wrapping_add(at);
        let gate = GateDescriptor::from_bits(self.read_system(linear, 8)?);
        let high = if long { self.read_system(linear.wrapping_add(8), 4)? } else { 0 };
        let software = event.source == Source::Software;
        let nmi = event.source == Source::Nmi;
        let system = (!gate.code_or_data()).then_some(gate.kind());
        if !self.cpu.rules.gate_type_is_valid(nmi, system, long) {
            let is_16_bit = system.is_some_and(kind::is_16_bit);
            let named = self.cpu.rules.wrong_gate_error_code(self.cpu.vendor, is_16_bit);
            let named = self.choices.choose(named, Named::Gate);
            return Err(self.names(named, event, gate.selector()).into());
        }
        if system == Some(kind::TASK) {
            return Err(UnmodelledMode::TaskGate.into());
        }
        let cpu = &*self.cpu;
        if gate.dpl() < cpu.regs.cpl
            && self.choices.choose(cpu.rules.gate_privilege_is_checked(cpu.vendor, nmi, software), false)
        {
            return Err(Fault::protection(code).into());
        }
        if !gate.present() {
            return Err(Fault::not_present(code).into());
        }
        let slot = kind::slot(gate.kind(), long);
        Ok(Gate {
            selector: gate.selector(),
            offset: if slot == 2 { gate.offset_low().into() } else { gate.offset() | high << 32 },
            interrupt: !kind::is_trap(gate.kind()),
            stack_table_index: if long { gate.stack() } else { 0 },
            slot,
        })
    }

    /// The code segment that a gate names, after its checks.
    fn gate_target(&mut self, event: Event, selector: u16) -> Run<Segment> {
        let external = self.external(event);
        if Selector::from_bits(selector).is_null() {
            return Err(Fault::protection(external).into());
        }
        let bad = Fault::protection(code_of(selector) + external);
        let target = self.descriptor(selector)?.ok_or(bad)?;
        if !is_code(&target) || target.dpl > self.cpu.regs.cpl {
            return Err(bad.into());
        }
        let nmi = event.source == Source::Nmi;
        if self.cpu.regs.long() && !self.cpu.rules.gate_segment_is_valid(nmi, target.long, target.big) {
            let named = self.cpu.rules.gate_target_error_code(self.cpu.vendor, true);
            let named = self.choices.choose(named, Named::Segment);
            return Err(self.names(named, event, selector).into());
        }
        if !target.present {
            return Err(Fault::not_present(code_of(selector) + external).into());
        }
        Ok(target)
    }

    /// #GP with an error code that names this of an event, whose gate leads to `selector`.
    fn names(&self, named: Named, event: Event, selector: u16) -> Fault {
        let name = match named {
            Named::Nothing => 0,
            Named::Gate => SelectorError::gate(event.vector).into_bits(),
            Named::Segment => code_of(selector),
        };
        Fault::protection(name + self.external(event))
    }

    /// The stack of a legacy task-state segment for an inner level.
    fn inner_stack(&mut self, event: Event, dpl: u8) -> Run<Stack> {
        let external = self.external(event);
        let task = self.cpu.regs.tr;
        if task::ss(dpl) + 1 > u64::from(task.limit) {
            return Err(Fault::task(code_of(task.selector) + external).into());
        }
        let pointer = self.read_system(task.base.wrapping_add(task::esp(dpl)), 4)?;
        let selector = self.read_system(task.base.wrapping_add(task::ss(dpl)), 2)? as u16;
        if Selector::from_bits(selector).is_null() {
            return Err(Fault::task(external).into());
        }
        let bad = Fault::task(code_of(selector) + external);
        let segment = self.descriptor(selector)?.ok_or(bad)?;
        if Selector::from_bits(selector).rpl() != dpl || segment.dpl != dpl || !is_writable_data(&segment) {
            return Err(bad.into());
        }
        if !segment.present {
            return Err(Fault::stack(code_of(selector) + external).into());
        }
        let mask = offset_mask(segment.big);
        Ok(Stack { segment, pointer: pointer & mask, mask, user: false })
    }

    /// The stack of a long-mode delivery: an interrupt stack, that of an inner level, or the current one; aligned.
    fn long_stack(&mut self, event: Event, chosen: Chosen, dpl: u8, changes: bool) -> Run<Stack> {
        let nmi = event.source == Source::Nmi;
        let from = match chosen {
            Chosen::Current => None,
            Chosen::Inner => Some(task::rsp(dpl)),
            Chosen::InterruptStack(index) => Some(task::ist(index)),
        };
        let interrupt_stack = matches!(chosen, Chosen::InterruptStack(_));
        let mut pointer = self.cpu.regs.general[RSP];
        if let Some(at) = from {
            let task = self.cpu.regs.tr;
            if at + task::RSP_BYTES - 1 > u64::from(task.limit) {
                return Err(Fault::task(code_of(task.selector) + self.external(event)).into());
            }
            pointer = self.read_system(task.base.wrapping_add(at), task::RSP_BYTES as usize)?;
            if !is_canonical(pointer) {
                return Err(Fault::stack(self.external(event)).into());
            }
            if interrupt_stack {
                pointer = self.cpu.rules.interrupt_stack_start(pointer, self.cpu.regs.general[RSP]);
            }
        }
        let cpu = &*self.cpu;
        if !pointer.is_multiple_of(FRAME_ALIGNMENT)
            && self.choices.choose(cpu.rules.aligns_stack(cpu.vendor, nmi, from.is_some()), true)
        {
            pointer -= pointer % FRAME_ALIGNMENT;
        }
        let nulls = cpu.rules.nulls_stack_segment(cpu.vendor, nmi, changes, interrupt_stack);
        let nulls = self.choices.choose(nulls, false);
        let segment = if nulls { null(dpl.into(), dpl) } else { self.cpu.regs.segments[SS] };
        Ok(Stack { segment, pointer, mask: u64::MAX, user: dpl == USER })
    }
}
