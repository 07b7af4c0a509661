use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use super::collect::ShardHandle;
use super::incomplete::Incomplete;
use super::{Job, Lab};
use crate::guest::Cases;
use crate::{Attempt, Failure};

/// Runs the suite on this host's own KVM.
pub(super) fn run(
    lab: &Lab<'_>,
    job: &Job<'_>,
    shares: &[ShardHandle],
    changed: &dyn Fn(usize),
) -> Result<(), Failure> {
    let Some((target, share)) = job.targets.first().zip(shares.first()) else { return Ok(()) };
    let mut nmi = Command::new(&lab.binaries.nmi);
    nmi.args(["run", "--machine", "kvm", "--json", "-", "--fact", &format!("target={}", target.name)])
        .args(lab.filters);
    if let Some(path) = lab.cases.map(Cases::path) {
        nmi.arg("--cases").arg(path);
    }
    nmi.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = nmi.spawn().map_err(|error| Failure::trouble(Attempt::StartSuite, error))?;
    let stdout = child.stdout.take();
    for line in stdout.into_iter().flat_map(|from| BufReader::new(from).lines()).map_while(Result::ok) {
        let event = serde_json::from_str(&line).map_err(|error| Failure::trouble(Attempt::ReadEvents, error))?;
        share.with(|part| part.take(&event))?;
        changed(0);
    }
    let out = child.wait_with_output().map_err(|error| Failure::trouble(Attempt::WaitForSuite, error))?;
    if lab.stop.load(Ordering::Relaxed) {
        return Err(Failure::Interrupted);
    }
    share.with(|part| {
        let words = String::from_utf8_lossy(&out.stderr).lines().last().unwrap_or_default().to_owned();
        part.end_running(|id| lab.verdict.suite_died(id, &words))?;
        if !part.ended && part.missing.is_none() {
            part.missing = Some(Incomplete::Suite { end: out.status.into(), words });
        }
        Ok(())
    })
}
