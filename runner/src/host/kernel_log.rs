//! Watches the kernel log while trials run, for reports of faults that a trial caused.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::splat::{LONGEST, Splat, is_start};

/// Longest record that the kernel hands out: CONSOLE_EXT_LOG_MAX until Linux 6.4, PRINTK_MESSAGE_MAX since.
const RECORD: usize = 8192;
/// Lines are kept for at most this many reports at a time.
const MOST_REPORTS: usize = 8;
/// KERN_WARNING, the least urgent level of the first line of a report; the other lines may have any level.
const WARNING: u32 = 4;

/// The kernel's log from now on, as /dev/kmsg hands it out (kernel documentation, "ABI/testing/dev-kmsg").
///
/// Every reader sees every record, so trials that run at the same time all see a warning that one of them caused. Most of KVM's
/// warnings are printed once for each boot, so only the first trial that causes one shows it.
#[derive(Debug)]
pub struct KernelLog {
    file: File,
}

impl KernelLog {
    /// Opens this host's log, at its end.
    ///
    /// Errors: the kernel does not show its log to this user (`kernel.dmesg_restrict`), or there is none.
    pub fn open() -> io::Result<Self> {
        Self::open_below(Path::new("/"))
    }

    /// Opens the log of a host below another root.
    pub(crate) fn open_below(root: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).custom_flags(libc::O_NONBLOCK).open(root.join("dev/kmsg"))?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file })
    }

    /// Reads all new records; returns the first report of a fault that `concerns` the caller.
    pub fn next_splat(&mut self, concerns: impl Fn(&Splat) -> bool) -> Option<Splat> {
        let mut lines = Vec::new();
        let mut bytes = [0; RECORD];
        loop {
            match self.file.read(&mut bytes) {
                Ok(0) => break,
                Ok(count) => keep(&String::from_utf8_lossy(bytes.get(..count).unwrap_or_default()), &mut lines),
                // EPIPE: the next record was overwritten before it was read; the oldest one left follows.
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::BrokenPipe) => {}
                // EAGAIN: there is no more.
                Err(_) => break,
            }
        }
        first_of(&lines, concerns)
    }
}

/// The first report among these lines that `concerns` the caller.
fn first_of(lines: &[String], concerns: impl Fn(&Splat) -> bool) -> Option<Splat> {
    let mut rest = lines;
    while let Some(start) = rest.iter().position(|line| is_start(line)) {
        let next = rest[start + 1..].iter().position(|line| is_start(line)).map_or(rest.len(), |next| start + 1 + next);
        let splat = Splat::first_in(&rest[start..next])?;
        if concerns(&splat) {
            return Some(splat);
        }
        rest = &rest[next..];
    }
    None
}

/// Keeps the lines of a record if it starts a report of a fault or comes after the start of one.
///
/// A record is `priority,sequence,time,flags;message`, and then lines of properties.
fn keep(record: &str, lines: &mut Vec<String>) {
    let Some((head, rest)) = record.split_once(';') else { return };
    let priority = head.split(',').next().and_then(|number| number.parse::<u32>().ok());
    let message = rest.lines().next().unwrap_or_default();
    // The facility is above the level's three bits; the kernel's own is 0, and no process can use it.
    let starts = priority.is_some_and(|priority| priority <= WARNING) && is_start(message);
    let goes_on = !lines.is_empty() && priority.is_some_and(|priority| priority >> 3 == 0);
    if (starts || goes_on) && lines.len() < LONGEST * MOST_REPORTS {
        lines.extend(message.split("\\x0a").map(str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A folder with a log in it. A file hands out all that was written since as one record.
    fn log(name: &str) -> (std::path::PathBuf, File) {
        let root = std::env::temp_dir().join(format!("nmi-kmsg-{}-{name}", std::process::id()));
        std::fs::create_dir_all(root.join("dev")).expect("folder");
        let mut file = File::create(root.join("dev/kmsg")).expect("file");
        file.write_all(b"4,1,1,-;WARNING: CPU: 0 PID: 1 at before.c:1 before+0x1/0x2\n").expect("written");
        (root, file)
    }

    #[test]
    fn only_what_comes_after_opening_counts_and_only_once() {
        let (root, mut file) = log("after");
        let mut watched = KernelLog::open_below(&root).expect("opened");
        assert_eq!(watched.next_splat(|_| true), None);
        file.write_all(b"4,2,9,-;WARNING: CPU: 0 PID: 7 at x86.c:12 run+0x5/0x6 [kvm]\n SUBSYSTEM=x\n")
            .expect("written");
        assert_eq!(watched.next_splat(|_| true).expect("a warning").headline(), "WARNING: x86.c:12 run");
        assert_eq!(watched.next_splat(|_| true), None);
        std::fs::remove_dir_all(root).expect("removed");
    }

    #[test]
    fn another_trials_report_does_not_hide_the_next_one() {
        let (root, mut file) = log("another");
        let mut watched = KernelLog::open_below(&root).expect("opened");
        file.write_all(b"4,2,9,-;WARNING: x86.c:12 at run+0x5/0x6 [kvm], CPU#1: nmi-2/7\n").expect("written");
        let theirs = |splat: &Splat| splat.lines.iter().any(|line| line.contains("nmi-3"));
        assert_eq!(watched.next_splat(theirs), None);
        let lines = [
            "WARNING: x86.c:12 at run+0x5/0x6, CPU#1: nmi-2/7",
            "Call Trace:",
            "WARNING: svm.c:3 at go+0x5/0x6, CPU#0: nmi-3/8",
        ];
        let lines = lines.map(str::to_owned);
        assert_eq!(first_of(&lines, theirs).map(|splat| splat.headline()), Some("WARNING: svm.c:3 go".to_owned()));
        assert_eq!(first_of(&lines, |_| true).map(|splat| splat.lines.len()), Some(2));
        std::fs::remove_dir_all(root).expect("removed");
    }

    #[test]
    fn a_log_that_is_not_shown_is_an_error() {
        assert!(KernelLog::open_below(Path::new("/nowhere")).is_err());
    }

    fn kept(records: &[&str]) -> Vec<String> {
        let mut lines = Vec::new();
        records.iter().for_each(|record| keep(record, &mut lines));
        lines
    }

    #[test]
    fn a_fault_is_kept_with_what_follows_it() {
        let lines = kept(&[
            "6,10,1,-;kvm: a message\n",
            "4,11,1,-;------------[ cut here ]------------\n",
            "4,12,1,-,caller=T71;WARNING: CPU: 0 PID: 71 at x86.c:12 run+0x5/0x6 [kvm]\n DEVICE=+x\n",
            "12,13,1,-;a process's own words\n",
            "6,14,1,-;Call Trace:\\x0a of two lines\n",
            "garbage",
            "4,15,1,-;---[ end trace 0000000000000000 ]---\n",
        ]);
        let [first, rest @ ..] = &lines[..] else { panic!("nothing kept") };
        assert!(first.starts_with("WARNING: CPU: 0"), "{first}");
        assert_eq!(rest, ["Call Trace:", " of two lines", "---[ end trace 0000000000000000 ]---"]);
    }

    #[test]
    fn neither_a_process_nor_a_notice_starts_a_report() {
        assert!(
            kept(&["12,1,1,-;WARNING: from a process\n", "5,2,1,-;WARNING: a notice\n", "x,3,1,-;BUG: x\n"]).is_empty()
        );
    }

    #[test]
    fn a_flood_is_bounded() {
        let flood = vec!["4,1,1,-;BUG: scheduling while atomic\n"; 10_000];
        assert_eq!(kept(&flood).len(), LONGEST * MOST_REPORTS);
    }
}
