//! Chooses the pieces of a program and puts them in order.

mod host;

use guests::map::port;
use guests::{Hypervisor, Word};
use x86::code::NOP_2;

use super::checks::{self, Checks};
use super::error::Unable;
use super::header::header;
use super::image::image;
use super::numbers::with_numbers;
use super::start::start;
use super::template::{fill, quoted, when};
use super::{Form, Reproduction, differs_by_vendor, needs, steps};
use crate::case::{Case, End, Moment, StepKind};
use crate::terms::{Need, Pass, Path, Vendor};

/// The text of the program.
///
/// Errors: the case needs something that such a program cannot do.
pub fn program(of: &Reproduction<'_>) -> Result<String, Unable> {
    if !of.case.runs_on(of.vendor) {
        let other = if of.vendor == Vendor::Amd { Vendor::Intel } else { Vendor::Amd };
        return Err(Unable::OtherVendor { other });
    }
    Program::of(of)?.text()
}

/// The properties of a program that decide which pieces it needs.
struct Program<'a> {
    of: &'a Reproduction<'a>,
    checks: Checks,
    /// The guest's memory, with what the pass changes.
    memory: Vec<u8>,
    has_peer: bool,
    /// Whether there are two processors.
    two: bool,
    /// Whether a thread is needed beside that of the first processor, to raise NMIs while it halts or to run the second processor.
    threads: bool,
    /// Whether NMIs for a halted processor are raised by its own thread, which must leave KVM_RUN for that.
    raises_itself: bool,
    looks: bool,
    looks_at_end: bool,
    moves: bool,
    /// Whether the halted guest is moved, too, and must then still be halted.
    moves_halted: bool,
    has_breakpoints: bool,
    raises: bool,
    arms: bool,
    interrupts: bool,
}

impl<'a> Program<'a> {
    fn of(of: &'a Reproduction<'a>) -> Result<Self, Unable> {
        let Reproduction { case, guest, path, pass, vendor, .. } = *of;
        let expect = case.expect(vendor);
        let does = |wanted: fn(&StepKind) -> bool| case.steps.iter().any(|step| step.actions.iter().any(wanted));
        let exits = |port: u8| steps::writes(guest, port);
        let looks_in_pass = matches!(pass, Pass::Plain | Pass::Again);
        let looks_at_end = pass == Pass::Peek || expect.end_view.is_some() && looks_in_pass;
        let viewed = !expect.views.is_empty() && (looks_in_pass || pass == Pass::Migrate);
        let moves_halted = pass == Pass::Migrate && expect.end == End::Halted;
        let arms = exits(port::ARM);
        if arms && !steps::by_host(path) {
            return Err(Unable::HostRaises { path });
        }
        let mut memory = guest.memory.clone();
        if pass == Pass::Silent {
            silence(case, guest, &mut memory);
        }
        let has_peer = guest.start.len() > 1 && !guest.sender;
        let raises_itself = has_peer || matches!(path, Path::Ioctl | Path::Events);
        Ok(Self {
            of,
            threads: has_peer || arms && !raises_itself,
            raises_itself,
            checks: checks::records(expect, guest)?,
            memory,
            has_peer,
            two: guest.start.len() > 1,
            looks: viewed || looks_at_end || pass == Pass::Peek,
            looks_at_end,
            moves: pass == Pass::Migrate && exits(port::SNAP)
                || moves_halted
                || does(|step| *step == StepKind::Migrate),
            moves_halted,
            has_breakpoints: !steps::breakpoints(of)?.is_empty(),
            raises: arms || exits(port::RAISE) || does(|step| matches!(step, StepKind::Raise(_))),
            arms,
            interrupts: exits(port::IRQ) || does(|step| *step == StepKind::Irq),
        })
    }

    fn text(&self) -> Result<String, Unable> {
        let of = self.of;
        let mut text = header(of);
        let head = match of.form {
            Form::C => include_str!("c/plain.c"),
            Form::Selftest => include_str!("c/selftest.c"),
        };
        let threads = "#include <pthread.h>\n#include <stdatomic.h>\n";
        text += &fill(head, &[("THREADS", when(self.threads, threads))]);
        text += "\n";
        text += &fill(include_str!("c/load.c"), &[("IMAGE", &image(of.case, of.guest, &self.memory))]);
        text += "\n";
        text += &self.create();
        text += "\n";
        text += &self.records();
        if self.settles() {
            text += &self.settle_prelude();
        }
        text += &self.judge();
        text += &self.host()?;
        Ok(with_numbers(&(text + &self.main()?)))
    }

    /// Whether any part completes an OUT before it acts.
    fn settles(&self) -> bool {
        let case = self.of.case;
        let by_step =
            case.steps.iter().flat_map(|step| &step.actions).any(|step| {
                matches!(step, StepKind::Events(_) | StepKind::RoundTrip | StepKind::Smi | StepKind::Migrate)
            });
        self.looks || self.moves || by_step || self.raises && self.of.path == Path::Events
    }

    /// `settle()`, and what it needs.
    fn settle_prelude(&self) -> String {
        let trouble = "\n\t\ttrouble(\"KVM_RUN with immediate_exit did not return EINTR\");";
        if !self.has_breakpoints {
            return fill(include_str!("c/settle.c"), &[("COMPLETED", trouble)]);
        }
        let completed = " {\n\t\tif (vcpu->run->exit_reason != KVM_EXIT_DEBUG)\n\t\t\ttrouble(\"KVM_RUN with immediate_exit did \
             not return EINTR\");\n\t\tif (!(vcpu->run->debug.arch.dr6 & @DR6_BREAKPOINTS@))\n\
             \t\t\tgive_back_debug_exception();\n\t}";
        self.breakpoints() + &fill(include_str!("c/settle.c"), &[("COMPLETED", completed)])
    }

    fn breakpoints(&self) -> String {
        let found = steps::breakpoints(self.of).unwrap_or_default();
        let list: Vec<String> = found.keys().map(|address| format!("{{ .at = {address:#x} }}")).collect();
        fill(include_str!("c/debug.c"), &[("BREAKPOINTS", &list.join(", "))])
    }

    fn create(&self) -> String {
        let of = self.of;
        let guest = of.guest;
        let in_smm = of.case.needs(of.path).contains(&Need::Smm);
        let first = guest.start.first();
        let hsave = first.filter(|start| start.hsave != 0).map(|start| {
            format!(
                "\tstruct {{ struct kvm_msrs head; struct kvm_msr_entry entry; }} hsave = {{\n\
                 \t\t{{ .nmsrs = 1 }}, {{ .index = {:#x}, .data = {:#x} }}\t/* VM_HSAVE_PA */\n\t}};\n\
                 \tvcpu_ioctl(vcpu, KVM_SET_MSRS, &hsave.head);\n",
                x86::msr::VM_HSAVE_PA,
                start.hsave
            )
        });
        let x2apic = "\tsregs.apic_base |= @X2APIC_MODE@;\n\tvcpu_ioctl(vcpu, KVM_SET_SREGS, &sregs);\n";
        let (add, vm) = match of.form {
            Form::C => {
                (include_str!("c/add-vcpu.c"), "\tvm = malloc(sizeof(*vm));\n\tvm->fd = must(kvm, KVM_CREATE_VM, 0);\n")
            }
            Form::Selftest => (include_str!("c/add-vcpu-selftest.c"), "\tvm = vm_create_barebones();\n"),
        };
        let number = when(self.two, include_str!("c/number.c"));
        let smm = "\tregion.slot = 1 << 16;\t/* the same in system-management mode */\n\
                   \tvm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);\n";
        // A second processor would wait for INIT and SIPI.
        let runnable = "\tvcpu_ioctl(vcpu, KVM_SET_MP_STATE, &(struct kvm_mp_state){ KVM_MP_STATE_RUNNABLE });\n";
        let add = fill(add, &[("NUMBER", number)]);
        fill(
            include_str!("c/create.c"),
            &[
                ("ADD_VCPU", &add),
                ("CREATE_VM", vm),
                ("SECOND_DECLARED", when(self.two, ", *second")),
                ("SECOND", when(self.two, "\tsecond = add_vcpu(1);\n")),
                ("SMM", when(in_smm, smm)),
                ("X2APIC", when(guest.x2apic, x2apic)),
                ("MODE", guest.mode.name()),
                ("HSAVE", &hsave.unwrap_or_default()),
                ("RUNNABLE", when(self.two, runnable)),
            ],
        )
    }

    fn records(&self) -> String {
        let names: Vec<String> = self.of.guest.marks.iter().map(|name| quoted(name)).collect();
        let has_is = !self.checks.text.is_empty()
            || self.looks && !self.of.case.expect(self.of.vendor).views.is_empty()
            || self.of.case.steps.iter().any(|step| matches!(step.moment, Moment::At(_)));
        let is = when(has_is, include_str!("c/is.c"));
        let mut text = fill(include_str!("c/records.c"), &[("NAMES", &names.join(", ")), ("IS", is.trim_end())]);
        text.truncate(text.trim_end().len());
        text += "\n";
        if self.wants() {
            text += include_str!("c/want.c");
        }
        if self.checks.rsp {
            text += include_str!("c/rsp.c");
        }
        if self.checks.event {
            let vmx = self.of.guest.hypervisor == Some(Hypervisor::Vmx);
            let map = "\tif (type == @TYPE_INT1@ || type == @TYPE_INT3@)\t/* INT1, INT3, INTO: exceptions, too */\n\t\ttype = @TYPE_EXCEPTION@;\n";
            text += &fill(include_str!("c/event.c"), &[("SOFTWARE_EXCEPTIONS", when(vmx, map))]);
        }
        text
    }

    /// Whether anything is compared besides the trace.
    fn wants(&self) -> bool {
        !self.checks.text.is_empty() || self.looks && !steps::views(self.of).is_empty()
    }

    fn judge(&self) -> String {
        let of = self.of;
        let expect = of.case.expect(of.vendor);
        let end = match expect.end {
            End::Done => "done",
            End::Halted => "halted",
            End::Shutdown => "shutdown",
        };
        let wanted =
            |trace: &Vec<String>| quoted(&trace.iter().map(String::as_str).chain([end]).collect::<Vec<_>>().join(" "));
        let wanted: Vec<String> = expect.traces.iter().map(wanted).collect();
        let words = wanted.join(" or ").replace('"', "");
        let add_peer = "\t\tif (ring[i].cpu == 1 && *name(i))\n\t\t\tstrcat(strcat(peer, name(i)), \" \");\n";
        let peer = expect.peer.as_ref().map(|trace| {
            let words = quoted(&trace.iter().map(|name| format!("{name} ")).collect::<String>());
            format!("\tif (strcmp(peer, {words}))\n\t\tfail(\"want %son processor 1, got %s\", {words}, peer);\n")
        });
        let records = if self.checks.text.is_empty() {
            String::new()
        } else {
            format!("\tfor (unsigned int i = 0; i < reserved; i++) {{\n{}\t}}\n", self.checks.text)
        };
        let mut text = String::new();
        if !of.case.steps.is_empty() {
            text += "\nstatic unsigned int carried_out;\t/* steps of the host */\n";
        }
        let look = if self.looks {
            let views = steps::views(of);
            // A pass may look where nothing is wanted.
            let at = if views.is_empty() { "__attribute__((unused)) int at" } else { "int at" };
            fill(include_str!("c/look.c"), &[("VIEWS", &views), ("AT", at)])
        } else {
            String::new()
        };
        let end_view = "\tif (!strcmp(end, \"done\") || !strcmp(end, \"halted\"))\n\t\tlook(AT_END);\n";
        text += &fill(
            include_str!("c/judge.c"),
            &[
                ("WANTED", &wanted.join(", ")),
                ("WANTED_WORDS", &words),
                ("PEER_GOT", when(peer.is_some(), "\tchar peer[4096] = \"\";\n")),
                ("PEER_ADD", when(peer.is_some(), add_peer)),
                ("PEER", peer.as_deref().unwrap_or_default()),
                ("RECORDS", &records),
                ("STEPS", &steps::left_out(of.case)),
                ("LOOK", &look),
                ("SETTLE", when(self.settles(), "\tsettle();\n")),
                ("END_VIEW", when(self.looks_at_end, end_view)),
                ("DIFFERS", when(self.wants(), "\tif (*differs)\n\t\tfail(\"%s\", differs);\n")),
            ],
        );
        if self.has_breakpoints && !self.settles() {
            text += &self.breakpoints();
        }
        text
    }

    fn main(&self) -> Result<String, Unable> {
        let of = self.of;
        let (helpers, requires) = self.requires();
        let starts: String =
            of.guest.start.iter().zip(["vcpu", "second"]).map(|(state, vcpu)| start(state, vcpu)).collect();
        let mut begin = String::new();
        if self.raises && of.path == Path::IoApic {
            begin += "\tset_pin();\n";
        }
        if self.has_breakpoints {
            begin += "\tset_breakpoints();\n";
        }
        if self.arms && of.guest.sender {
            begin += "\traise_nmi(0);\t/* the second processor to its first OUT */\n";
        }
        if self.has_peer {
            begin += "\tsignal(SIGUSR2, interrupt_second);\n\tstart_peer();\n";
        }
        if self.threads {
            begin += "\trunner = pthread_self();\n\tif (pthread_create(&(pthread_t){ 0 }, NULL, watch, NULL))\n\
                      \t\ttrouble(\"pthread_create failed\");\n";
        }
        let open = "\tkvm = open(\"/dev/kvm\", O_RDWR);\n\
                    \trequire(kvm >= 0, \"/dev/kvm cannot be opened: no KVM here, or not in its group\");\n";
        let main = fill(
            include_str!("c/main.c"),
            &[
                ("OPEN", when(of.form == Form::C, open)),
                ("REQUIRES", &requires),
                ("START", &starts),
                ("BEGIN", &begin),
                ("PENDING", when(self.settles(), "\t\tout_pending = run->exit_reason == KVM_EXIT_IO;\n")),
                ("PORTS", &steps::ports(of)?),
                ("DONE", when(self.has_peer, "\t\t\twait_for_peer();\n")),
                ("DEBUG", &steps::at_breakpoints(of)?),
            ],
        );
        Ok(helpers + &main)
    }

    /// The checks of what the host must have: helper functions, and statements of `main()`.
    fn requires(&self) -> (String, String) {
        let of = self.of;
        let mut conditions: Vec<(&str, &str)> =
            of.case.needs(of.path).into_iter().filter_map(needs::condition).collect();
        if differs_by_vendor(of.case) {
            let vendor = needs::vendor(of.vendor);
            if !conditions.contains(&vendor) {
                conditions.push(vendor);
            }
        }
        conditions.dedup();
        let uses = |word: &str| conditions.iter().any(|(condition, _)| condition.contains(word));
        let mut helpers = String::new();
        if uses("kvm_has_cap(") && of.form == Form::C {
            helpers += "\n#define kvm_has_cap(cap) (ioctl(kvm, KVM_CHECK_EXTENSION, cap) > 0)\n";
        }
        if uses("offered(") || uses("is_amds(") {
            helpers += if of.form == Form::C { needs::OFFERED } else { needs::OFFERED_SELFTEST };
        }
        if uses("is_amds(") {
            helpers += needs::IS_AMDS;
        }
        if uses("feature_msr(") {
            let fd = if of.form == Form::C { "kvm" } else { "open_kvm_dev_path_or_exit()" };
            helpers += &fill(needs::FEATURE_MSR, &[("KVM", fd)]);
        }
        let require = |(condition, words): &(&str, &str)| format!("\trequire({condition}, {});\n", quoted(words));
        (helpers, conditions.iter().map(require).collect())
    }
}

/// Replaces the exits of snaps at which the host does nothing by NOPs.
fn silence(case: &Case, guest: &guests::Guest, memory: &mut [u8]) {
    for site in guest.sites.iter().filter(|site| site.word == Some(Word::Snap)) {
        let name = site.mark.and_then(|mark| guest.marks.get(usize::from(mark)));
        let acted_on = case.steps.iter().any(|step| matches!(&step.moment, Moment::At(at) if Some(&at.name) == name));
        let exit = site.exit.filter(|_| !acted_on);
        if let Some(room) = exit.and_then(|exit| memory.get_mut(exit.address as usize..exit.address as usize + 2)) {
            room.copy_from_slice(&NOP_2);
        }
    }
}
