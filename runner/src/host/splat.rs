//! Reports that a kernel prints about a fault in itself (`WARNING`, `BUG`, `Oops` and others), found in its log.

use std::sync::LazyLock;

use regex::Regex;

/// How the first line of a report begins, and that of no other message.
const STARTS: [&str; 17] = [
    "WARNING: ",
    "BUG: ",
    "kernel BUG at ",
    "Oops",
    "general protection fault",
    "invalid opcode: ",
    "divide error: ",
    "int3: ",
    "stack segment: ",
    "PANIC: double fault",
    "unchecked MSR access error",
    "UBSAN: ",
    "KASAN: ",
    "INFO: task ",
    "INFO: rcu",
    "Watchdog detected hard LOCKUP",
    // An NMI that no handler of the host claims.
    "Uhhuh. NMI received for unknown reason",
];
/// What may stand before that: the name of the part of the kernel that prints it.
const PRINTERS: [&str; 5] = ["watchdog: ", "NMI watchdog: ", "rcu: ", "traps: ", "kvm: "];
/// The line that ends most reports.
const END: &str = "---[ end trace";
/// Lines kept of one report: enough for registers and a deep stack.
pub(super) const LONGEST: usize = 80;

/// A kernel's report of a fault in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splat {
    /// Its lines; the first one says what was found.
    pub lines: Vec<String>,
}

impl Splat {
    /// The first report among the lines of a log without timestamps, up to its end and at most 80 lines.
    pub fn first_in(lines: &[String]) -> Option<Self> {
        let start = lines.iter().position(|line| is_start(line))?;
        let from = &lines[start..];
        let end = from.iter().position(|line| line.starts_with(END)).map_or(from.len(), |end| end + 1);
        Some(Self { lines: from[..end.min(LONGEST)].to_vec() })
    }

    /// The names of the threads that it says were running, up to 15 bytes each.
    pub fn threads(&self) -> impl Iterator<Item = &str> {
        let found = self.lines.iter().filter_map(|line| THREAD.as_ref()?.captures(line));
        found.filter_map(|found| Some(found.name("old").or(found.name("new"))?.as_str()))
    }

    /// What it is in one line, without what differs from one run to the next: processors, processes and addresses.
    pub fn headline(&self) -> String {
        self.lines.first().map(|line| normal(line)).unwrap_or_default()
    }
}

/// The thread that ran, as kernels before 6.18 name it and as later ones do.
static THREAD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"Comm: (?P<old>\S+) |, CPU#[0-9]+: (?P<new>\S+)/[0-9]+").ok());

/// Whether a line starts a report.
pub(super) fn is_start(line: &str) -> bool {
    let line = PRINTERS.iter().find_map(|printer| line.strip_prefix(printer)).unwrap_or(line);
    STARTS.iter().any(|start| line.starts_with(start))
}

/// Patterns that are replaced in a first line, in this order, each with its replacement.
const VARYING: [(&str, &str); 8] = [
    // `[#1] PREEMPT SMP`: the count of such reports, and how the kernel was built.
    (r" \[#[0-9]+\].*", ""),
    // `WARNING: CPU: 1 PID: 71 at x.c:10 run+0x5/0x6 [kvm]`, as kernels wrote until 6.18, and
    // `WARNING: x.c:10 at run+0x5/0x6 [kvm], CPU#1: nmi/71`, as they write since, must become the same: `WARNING: x.c:10 run`.
    (r"CPU: [0-9]+ PID: [0-9]+ at |, CPU#.*", ""),
    (r"^(WARNING: [^ ]+:[0-9]+) at ", "$1 "),
    // Offset in a function, and module.
    (r"\+0x[0-9a-f]+/0x[0-9a-f]+( \[[a-z0-9_]+\])?", ""),
    // Addresses; the number of an MSR is shorter.
    (r"(0x)?[0-9a-f]{12,}", ".."),
    (r"(CPU)#[0-9]+|(cpu) [0-9]+", "$1$2"),
    (r" [0-9]+s!", " ..s!"),
    // The process number of a task; the line number of a file stays.
    (r"((?:task |\[)[^ :]+):[0-9]+", "$1"),
];

/// A first line without what differs from run to run.
pub(super) fn normal(line: &str) -> String {
    static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        VARYING.iter().filter_map(|(pattern, instead)| Some((Regex::new(pattern).ok()?, *instead))).collect()
    });
    COMPILED.iter().fold(line.to_owned(), |line, (pattern, instead)| pattern.replace_all(&line, *instead).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_report_ends_at_its_end_marker() {
        let log = lines(
            "kvm: SMP vm created on host with unstable TSC\n\
             ------------[ cut here ]------------\n\
             WARNING: CPU: 1 PID: 71 at arch/x86/kvm/x86.c:10123 kvm_arch_vcpu_ioctl_run+0x5d2/0x640 [kvm]\n\
             Modules linked in: kvm_amd kvm\n\
             ---[ end trace 0000000000000000 ]---\n\
             something else",
        );
        let splat = Splat::first_in(&log).expect("a warning");
        assert_eq!(splat.lines, log[2..5]);
        assert_eq!(splat.headline(), "WARNING: arch/x86/kvm/x86.c:10123 kvm_arch_vcpu_ioctl_run");
        assert_eq!(Splat::first_in(&log[..2]), None);
    }

    #[test]
    fn a_report_without_an_end_is_bounded() {
        let mut log = vec!["rcu: INFO: rcu_preempt self-detected stall on CPU".to_owned()];
        log.extend((0..1000).map(|number| number.to_string()));
        assert_eq!(Splat::first_in(&log).expect("a stall").lines.len(), LONGEST);
    }

    #[test]
    fn headlines_name_no_processor_no_process_and_no_address() {
        for (line, headline) in [
            (
                "WARNING: arch/x86/kvm/svm/svm.c:2516 at task_switch_interception+0x5/0x90 [kvm_amd], CPU#0: nmi/71",
                "WARNING: arch/x86/kvm/svm/svm.c:2516 task_switch_interception",
            ),
            (
                "WARNING: possible circular locking dependency detected",
                "WARNING: possible circular locking dependency detected",
            ),
            ("kernel BUG at arch/x86/kvm/x86.c:758!", "kernel BUG at arch/x86/kvm/x86.c:758!"),
            (
                "BUG: KASAN: slab-out-of-bounds in kvm_vcpu_write_tsc_offset+0x12/0x340 [kvm]",
                "BUG: KASAN: slab-out-of-bounds in kvm_vcpu_write_tsc_offset",
            ),
            (
                "BUG: kernel NULL pointer dereference, address: 0000000000000010",
                "BUG: kernel NULL pointer dereference, address: ..",
            ),
            (
                "BUG: unable to handle page fault for address: ffffb1d500e0a000",
                "BUG: unable to handle page fault for address: ..",
            ),
            (
                "Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP",
                "Oops: general protection fault, probably for non-canonical address ..: 0000",
            ),
            (
                "unchecked MSR access error: WRMSR to 0xc0010114 (tried to write 0x0000000000000010) at rIP: \
                 0xffffffffc0a31e84 (svm_hardware_enable+0x84/0x1f0 [kvm_amd])",
                "unchecked MSR access error: WRMSR to 0xc0010114 (tried to write ..) at rIP: .. (svm_hardware_enable)",
            ),
            (
                "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [nmi:71]",
                "watchdog: BUG: soft lockup - CPU stuck for ..s! [nmi]",
            ),
            (
                "INFO: task nmi:71 blocked for more than 120 seconds.",
                "INFO: task nmi blocked for more than 120 seconds.",
            ),
            (
                "UBSAN: shift-out-of-bounds in arch/x86/kvm/lapic.c:1234:12",
                "UBSAN: shift-out-of-bounds in arch/x86/kvm/lapic.c:1234:12",
            ),
            ("watchdog: Watchdog detected hard LOCKUP on cpu 3", "watchdog: Watchdog detected hard LOCKUP on cpu"),
        ] {
            assert!(is_start(line), "{line}");
            assert_eq!(normal(line), headline);
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for (pattern, _) in VARYING {
            assert!(Regex::new(pattern).is_ok(), "{pattern}");
        }
    }

    #[test]
    fn other_messages_start_no_report() {
        for line in [
            "kvm [71]: vcpu0, guest rIP: 0x2010 Unhandled WRMSR(0xc0010117) = 0x0",
            "Spectre V2 : WARNING: Unprivileged eBPF is enabled",
            "INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.2 msecs",
            "BUGS are not reported here",
            "",
        ] {
            assert!(!is_start(line), "{line}");
        }
    }
}
