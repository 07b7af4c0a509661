//! The host's part of a program: it raises NMIs, runs the guest, migrates it, and runs a second processor.

use guests::map::port;
use guests::{Hypervisor, Word};

use super::super::error::Unable;
use super::super::template::{fill, when};
use super::super::{Form, steps};
use super::Program;
use crate::case::StepKind;
use crate::terms::Path;

impl Program<'_> {
    /// The functions of the host's actions, and the threads.
    pub(super) fn host(&self) -> Result<String, Unable> {
        let of = self.of;
        let mut text = String::new();
        if self.raises {
            text += &self.raise("raise_nmi", "vcpu", "0", "settle")?;
        }
        if self.interrupts {
            text += &fill(include_str!("../c/irq.c"), &[("WHO", "first"), ("DESTINATION", "0")]);
        }
        let acts = |wanted: fn(&StepKind) -> bool| of.case.steps.iter().flat_map(|step| &step.actions).any(wanted);
        if acts(|step| matches!(step, StepKind::Events(_) | StepKind::RoundTrip)) {
            text += include_str!("../c/events.c");
        }
        if acts(|step| *step == StepKind::Smi) {
            text += include_str!("../c/smi.c");
        }
        if self.arms {
            let kind = if self.threads { "atomic_int" } else { "int" };
            text += &format!("\nstatic {kind} armed;\t/* one NMI once the processor has halted */\n");
        }
        if self.has_peer {
            text += &self.peer()?;
        }
        text += &self.run();
        if self.moves {
            text += &self.migrate();
        }
        if steps::writes(of.guest, port::SNAP) {
            let at_snaps = steps::at_snaps(of)?;
            text += &if at_snaps.is_empty() {
                "\n/* Behind a snap: this pass has nothing to do. */\nstatic void snap(void)\n{\n}\n".to_owned()
            } else {
                fill(include_str!("../c/snap.c"), &[("SNAP", &at_snaps)])
            };
        }
        Ok(text)
    }

    /// The function that calls KVM_RUN, and what interrupts it if the guest makes no exit.
    fn run(&self) -> String {
        let armed =
            |rest: &str| format!("if (armed) {{\n{0}\tarmed = 0;\n{0}\traise_nmi(1);\n{0}\t{rest};\n{0}}}\n", "\t");
        if !self.threads {
            let again = when(self.arms || self.moves_halted, "again:\n");
            let raise = if self.arms { format!("\t{}", armed("goto again")) } else { String::new() };
            let alarm = if self.arms { "ualarm(armed ? 100000 : 999999, 0)" } else { "alarm(1)" };
            let moved = self.move_halted("\t", "goto again");
            let words = [("AGAIN", again), ("RAISE_ASLEEP", &raise), ("MOVE_HALTED", &moved), ("ALARM", alarm)];
            return self.declared_move().to_owned() + &fill(include_str!("../c/run.c"), &words);
        }
        let by_watcher =
            "\t\tif (still > 3 && armed) {\n\t\t\tarmed = 0;\n\t\t\traise_nmi(1);\n\t\t\tstill = 0;\n\t\t}\n";
        let by_runner = "\t\tif (armed) {\n\t\t\tarmed = 0;\n\t\t\traise_nmi(1);\n\t\t\tcontinue;\n\t\t}\n";
        let watch = fill(
            include_str!("../c/watch.c"),
            &[
                ("ALONE", when(self.has_peer, " && peer_sleeps()")),
                ("ARMED", when(self.arms && !self.raises_itself, by_watcher)),
                ("RAISE_ASLEEP", when(self.arms && self.raises_itself, by_runner)),
                ("MOVE_HALTED", &self.move_halted("\t\t", "continue")),
            ],
        );
        let watch = self.declared_move().to_owned() + &watch;
        match watch.split_once("static int thread_sleeps") {
            // After the function that it calls, before the one that calls it.
            Some((clock, rest)) if self.has_peer => {
                format!("{clock}{}\nstatic int thread_sleeps{rest}", include_str!("../c/peer-wait.c").trim_start())
            }
            _ => watch,
        }
    }

    /// Declarations for `run_vcpu()` where it migrates a halted guest.
    fn declared_move(&self) -> &'static str {
        when(self.moves_halted, "\nstatic void migrate_machine(void);\nstatic int moved;\n")
    }

    /// Statements of `run_vcpu()` that migrate a halted guest once.
    fn move_halted(&self, indent: &str, again: &str) -> String {
        if !self.moves_halted {
            return String::new();
        }
        format!(
            "{indent}if (activity.mp_state == KVM_MP_STATE_HALTED && !moved++) {{\t/* it must halt there, too */\n\
             {indent}\tmigrate_machine();\n{indent}\t{again};\n{indent}}}\n"
        )
    }

    /// A function that raises NMIs over the trial's path at one of the processors.
    fn raise(&self, name: &str, vcpu: &str, destination: &str, settle: &str) -> Result<String, Unable> {
        let path = self.of.path;
        let on_peer = vcpu != "vcpu";
        let piece = match path {
            Path::Ioctl => include_str!("../c/raise-ioctl.c"),
            Path::Events => include_str!("../c/raise-events.c"),
            Path::Msi => include_str!("../c/raise-msi.c"),
            Path::IoApic | Path::Ipi if on_peer => return Err(Unable::PeerRaises { path }),
            Path::IoApic => include_str!("../c/raise-ioapic.c"),
            Path::Ipi if !self.of.guest.sender => return Err(Unable::HostRaises { path }),
            Path::Ipi => include_str!("../c/raise-ipi.c"),
            Path::None | Path::XApic | Path::X2Apic => return Err(Unable::HostRaises { path }),
        };
        let words = [("RAISE", name), ("VCPU", vcpu), ("DESTINATION", destination), ("SETTLE", settle)];
        Ok(fill(piece, &words))
    }

    /// The thread of the second processor.
    fn peer(&self) -> Result<String, Unable> {
        let asks = |word: Word| {
            let of_peer = |site: &&guests::Site| site.section == guests::SectionName::Peer && site.word == Some(word);
            self.of.guest.sites.iter().find(of_peer).is_some_and(|site| site.exit.is_some())
        };
        let mut helpers = String::new();
        let mut ports = String::new();
        if asks(Word::Raise) {
            helpers += &self.raise("raise_nmi_at_peer", "second", "1", "settle_peer")?;
            ports += "\t\tcase @PORT_RAISE@:\n\t\t\traise_nmi_at_peer(*((uint8_t *)second->run + second->run->io.data_offset));\n\
                      \t\t\tbreak;\n";
        }
        if asks(Word::Irq) {
            helpers += &fill(include_str!("../c/irq.c"), &[("WHO", "peer"), ("DESTINATION", "1")]);
            ports += "\t\tcase @PORT_IRQ@:\n\t\t\tinterrupt_peer();\n\t\t\tbreak;\n";
        }
        let text = fill(include_str!("../c/peer.c"), &[("RAISE_AT_PEER", &helpers), ("PEER_PORTS", &ports)]);
        Ok(text + when(self.moves, include_str!("../c/peer-pause.c")))
    }

    /// The functions that migrate the guest.
    fn migrate(&self) -> String {
        let hypervisor = self.of.guest.hypervisor;
        let nested = hypervisor.is_some();
        let feature = "\tfor (unsigned int i = 0; i < from->count; i++) {\t/* IA32_FEATURE_CONTROL allows CR4.VMXE */\n\
                       \t\tif (from->msrs[i].entry.index == @MSR_FEATURE_CONTROL@)\n\
                       \t\t\t__vcpu_ioctl(vcpu, KVM_SET_MSRS, &from->msrs[i].head);\n\t}\n";
        let field = "\tunion { struct kvm_nested_state state; char room[16384]; } nested;\n";
        let save_nested = "\tto->nested.state.size = sizeof(to->nested);\n\
                           \tvcpu_ioctl(vcpu, KVM_GET_NESTED_STATE, &to->nested.state);\n";
        let early = "\tif (!nested_last)\n\t\tvcpu_ioctl(vcpu, KVM_SET_NESTED_STATE, &from->nested.state);\n";
        let late = "\tif (nested_last)\n\t\tvcpu_ioctl(vcpu, KVM_SET_NESTED_STATE, &from->nested.state);\n\
                    \tnested_last = !nested_last;\t/* monitors use both orders */\n";
        let restore = [
            when(self.two, "\trestore_vcpu(second, &saved[1]);\n"),
            when(self.has_breakpoints, "\tset_breakpoints();\n"),
            when(self.has_peer, "\tstart_peer();\n"),
        ]
        .concat();
        let text = fill(
            include_str!("../c/move.c"),
            &[
                ("PROCESSORS", &self.of.guest.start.len().to_string()),
                ("GET_MSR_LIST", if self.of.form == Form::C { "must(kvm" } else { "kvm_ioctl(vm->kvm_fd" }),
                ("NESTED_FIELD", when(nested, field)),
                ("NESTED_SAVE", when(nested, save_nested)),
                ("NESTED_EARLY", when(nested, early)),
                ("NESTED_LATE", when(nested, late)),
                ("FEATURE_CONTROL", when(hypervisor == Some(Hypervisor::Vmx), feature)),
                ("PAUSE", when(self.has_peer, "\tpause_peer();\n")),
                ("SAVE_SECOND", when(self.two, "\tsave_vcpu(second, &saved[1]);\n")),
                ("RESTORE_SECOND", &restore),
            ],
        );
        if nested {
            text.replace("static void restore_vcpu", "static int nested_last;\n\nstatic void restore_vcpu")
        } else {
            text
        }
    }
}
