//! The names of workers' threads: the kernel's reports of faults name the thread that ran, which shows whose trial it was.

use std::thread;

use crate::host::Splat;

/// How the name of a worker's thread begins, and that of every thread that its machine starts.
pub(super) const NAME: &str = "nmi-";

/// Whether a kernel's report of a fault belongs to another worker's trial: all workers read the same log, and the report names
/// the thread that ran. A report that names no worker's thread may belong to any trial.
pub(super) fn is_anothers(splat: &Splat) -> bool {
    let ran = splat.threads().find_map(|thread| worker_of(thread));
    ran.is_some_and(|worker| thread::current().name() != Some(worker))
}

/// The worker that a thread with this name belongs to.
fn worker_of(thread: &str) -> Option<&str> {
    let worker = thread.split_once(':').map_or(thread, |(worker, _)| worker);
    worker.strip_prefix(NAME).is_some_and(|number| number.parse::<usize>().is_ok()).then_some(worker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splat(lines: &[&str]) -> Splat {
        Splat { lines: lines.iter().map(|line| (*line).to_owned()).collect() }
    }

    #[test]
    fn a_report_that_names_a_workers_thread_is_that_workers() {
        let old = splat(&[
            "WARNING: CPU: 0 PID: 71 at x86.c:12 run+0x5/0x6 [kvm]",
            "CPU: 0 PID: 71 Comm: nmi-3 Not tainted 6.1",
        ]);
        let new = splat(&["WARNING: x86.c:12 at run+0x5/0x6 [kvm], CPU#1: nmi-3:second/71"]);
        let other = splat(&["WARNING: x86.c:12 at run+0x5/0x6 [kvm], CPU#1: kworker/0:1/71"]);
        for (name, anothers) in [("nmi-3", [false, false, false]), ("nmi-4", [true, true, false])] {
            let told = [old.clone(), new.clone(), other.clone()];
            let thread = thread::Builder::new().name(name.to_owned());
            let seen = thread.spawn(move || told.map(|splat| is_anothers(&splat))).expect("a thread").join();
            assert_eq!(seen.expect("no panic"), anothers, "{name}");
        }
    }

    #[test]
    fn only_threads_of_a_worker_belong_to_it() {
        assert_eq!(worker_of("nmi-3"), Some("nmi-3"));
        assert_eq!(worker_of("nmi-12:second"), Some("nmi-12"));
        for other in ["nmi", "nmi-", "nmi-x", "main:watch", "kworker/0:1"] {
            assert_eq!(worker_of(other), None, "{other}");
        }
    }
}
