use guests::Mode;
use reports::{code, hanging, printable_lines};

use super::cases;
use super::cases::CasesArg;
use super::errata::lines;
use super::failure::Failure;
use crate::command::{look, print};
use crate::host::HostFacts;
use crate::machine::kvm::KvmMachine;
use crate::machine::{Lack, Machine};
use crate::suite::host_errata;
use crate::terms::Need;

/// `nmi host`: the facts and the strategy of this host, what cannot run on it, and how to switch strategy.
pub(super) fn host() -> Result<u8, Failure> {
    let host = HostFacts::read();
    let facts = host.facts();
    let widest = facts.iter().map(|fact| fact.name.len()).max().unwrap_or(0);
    let width = look().width;
    let mut text = String::from("This host\n");
    for fact in &facts {
        text += &hanging(&format!("  {:<widest$}  ", fact.name), &fact.value, width);
    }
    let strategy = host.strategy();
    text += &format!("\nStrategy: {strategy}\n{}", hanging("  ", &strategy.explanation(), width));
    text += "\nWhat cannot run here\n";
    text += &lacking(width);
    let errata = host_errata(&cases::library(&CasesArg { cases: None })?, &host);
    text += &format!("\n{}{}", hanging("Errata: ", &errata.words, width), lines(&errata.list, width));
    text += "\nOther strategies\n";
    for line in host.how_to_switch() {
        text += &hanging("  ", &line, width);
    }
    print(&printable_lines(&text))?;
    Ok(code::FINE)
}

/// A line for each mode and need that this host lacks, with the reason.
fn lacking(width: usize) -> String {
    let machine = match KvmMachine::open() {
        Ok(machine) => machine,
        Err(trouble) => return hanging("  anything on KVM: ", &trouble.to_string(), width),
    };
    let line = |name: &str, lack: Option<Lack>| Some(hanging(&format!("  {name:<10}  "), &lack?.to_string(), width));
    let modes = Mode::ALL.into_iter().filter_map(|mode| line(mode.name(), machine.lacks_mode(mode)));
    let needs = Need::ALL.iter().filter_map(|&need| line(need.name(), machine.lacks(need)));
    let lines: String = modes.chain(needs).collect();
    if lines.is_empty() { "  nothing: every case can run on this host's KVM\n".to_owned() } else { lines }
}
