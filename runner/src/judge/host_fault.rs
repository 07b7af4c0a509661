//! Outcomes of trials during which the host's kernel warned or the host died, from what its log or console says.

use reports::{Divergence, Finding, HostEnd, Outcome};

use crate::host::Splat;

/// How many of the last console lines of a host that died are kept.
const LAST_WORDS: usize = 60;
/// How the last message of a kernel that panics begins.
const PANIC: &str = "Kernel panic - not syncing: ";

/// The outcome of a trial during which the host's kernel reported a fault.
///
/// The fault takes precedence over what the trial itself showed, which may be only its consequence and must not let a known
/// deviation hide it. What the trial showed is kept in the details.
pub fn kernel_warning(splat: &Splat, shown: Outcome) -> Outcome {
    let itself = shown.headline().map(|headline| format!("the trial itself: {headline}"));
    let finding = Finding::KernelWarning { report: splat.headline() };
    let shown = shown.divergence().cloned().unwrap_or_else(|| Divergence::of(finding.clone()));
    let details = itself.into_iter().chain(splat.lines.iter().cloned()).chain(shown.details.iter().cloned()).collect();
    Outcome::KernelWarning(Divergence { finding, details, ..shown })
}

/// The outcome of a trial during which the host died, from what its console said since the trial started, a line each:
/// `host-died: Kernel panic - not syncing: Fatal exception`, or `host-died: hung` where the kernel said nothing of the kind.
pub fn host_died(console: &[String]) -> Outcome {
    let lines: Vec<String> = console.iter().map(|line| without_time(line).to_owned()).collect();
    let panic = lines.iter().find(|line| line.starts_with(PANIC));
    // The first fault is the cause of those after it.
    let details = match Splat::first_in(&lines) {
        Some(splat) => splat.lines,
        None => lines.get(lines.len().saturating_sub(LAST_WORDS)..).unwrap_or_default().to_vec(),
    };
    let death = match panic {
        Some(line) => HostEnd::Panicked(Splat { lines: vec![line.clone()] }.headline()),
        None => HostEnd::Hung,
    };
    Outcome::HostDied(Divergence { details, ..Divergence::of(Finding::HostDied(death)) })
}

/// A line of a console without the kernel's timestamp: `[   12.345678] `.
fn without_time(line: &str) -> &str {
    let line = line.trim_end();
    let timed = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    match timed {
        Some((time, text)) if time.trim().parse::<f64>().is_ok() => text,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use reports::{Excerpt, Moment};

    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    fn warned(shown: Outcome) -> Outcome {
        let warning = "WARNING: CPU: 0 PID: 7 at x86.c:12 run+0x5/0x6 [kvm]\nCall Trace:";
        kernel_warning(&Splat::first_in(&lines(warning)).expect("a warning"), shown)
    }

    #[test]
    fn a_warning_takes_precedence_over_a_pass() {
        let Outcome::KernelWarning(told) = warned(Outcome::Pass) else { panic!("no warning") };
        let report = "WARNING: x86.c:12 run".to_owned();
        assert_eq!((told.finding, told.details.len()), (Finding::KernelWarning { report }, 2));
    }

    #[test]
    fn a_mismatch_is_kept_in_the_details_of_a_warning() {
        let finding = Finding::sequence(Moment::mark("nmi"), Moment::mark("after"));
        let excerpt = Some(Excerpt { at: 0x2000, lines: Vec::new() });
        let mismatch = Divergence { excerpt: excerpt.clone(), at: 3, ..Divergence::of(finding) };
        let Outcome::KernelWarning(told) = warned(Outcome::Mismatch(mismatch)) else { panic!("no warning") };
        assert_eq!(told.details[0], "the trial itself: mismatch: want nmi, got after");
        assert_eq!((told.at, told.excerpt), (3, excerpt));
    }

    #[test]
    fn a_panic_is_named_and_its_cause_shown() {
        let console = lines(
            "[   12.000001] kvm: a message\r\n\
             [   12.000002] BUG: kernel NULL pointer dereference, address: 0000000000000010\r\n\
             [   12.000003] Call Trace:\r\n\
             [   12.000004] ---[ end trace 0000000000000000 ]---\r\n\
             [   12.000005] Kernel panic - not syncing: Fatal exception in interrupt\r\n\
             [   12.000006] Rebooting in 1 seconds..\r\n",
        );
        let died = host_died(&console);
        let told = died.divergence().expect("details");
        let words = "Kernel panic - not syncing: Fatal exception in interrupt".to_owned();
        assert_eq!(told.finding, Finding::HostDied(HostEnd::Panicked(words)));
        let details = &told.details;
        assert_eq!(details.len(), 3);
        assert!(details[0].starts_with("BUG: kernel NULL"), "{details:?}");
    }

    #[test]
    fn a_host_that_says_nothing_hung() {
        let console: Vec<String> = (0..500).map(|number| format!("line {number}")).collect();
        let died = host_died(&console);
        let told = died.divergence().expect("details");
        assert_eq!(told.finding, Finding::HostDied(HostEnd::Hung));
        let details = &told.details;
        assert_eq!((details.len(), details.last().map(String::as_str)), (LAST_WORDS, Some("line 499")));
        assert_eq!(host_died(&[]).headline().as_deref(), Some("host-died: hung"));
    }

    #[test]
    fn only_a_timestamp_is_taken_off() {
        assert_eq!(without_time("[    0.000000] x"), "x");
        assert_eq!(without_time("[ cut here ] x"), "[ cut here ] x");
        assert_eq!(without_time("[kvm] x"), "[kvm] x");
    }
}
