//! Tests the patched QEMU against AMD's manual: guests of a small hypervisor that no case can express, on the bare machine.
//!
//! The expectations are the manual's (AMD64 APM volume 2, 24593, 15.21.10 "NMI Virtualization" and the sections it leans
//! on). The QEMU is the one that `LAB_QEMU` names, or the one the lab has built.

#[path = "vnmi/exit.rs"]
mod exit;
#[path = "vnmi/guest.rs"]
mod guest;
mod qemu;
#[path = "vnmi/scenario.rs"]
mod scenario;
#[path = "vnmi/scenarios.rs"]
mod scenarios;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use runner::terms::Need;

fn main() -> ExitCode {
    let trials = scenarios::all().map(|scenario| Trial::ignorable_test(scenario.name, || run(scenario))).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn run(scenario: &scenario::Scenario) -> Result<Completion, Failed> {
    let Some(program) = qemu::patched() else {
        let why = "not run here: there is no patched QEMU; `lab fetch` builds it, or LAB_QEMU names one";
        return Ok(Completion::ignored_with(why));
    };
    let (got, have) = exit::run(&qemu::machine(program, "EPYC,+svm,+vgif,+vnmi"), scenario);
    if !have.is_some_and(|have| have.serve(Need::Vnmi)) {
        return Err("CPUID Fn8000_000A EDX[25] does not announce NMI virtualization".into());
    }
    if got != scenario.expect {
        let (want, got) = (scenario.expect.join("\n    "), got.join("\n    "));
        return Err(format!("want\n    {want}\n  got\n    {got}").into());
    }
    Ok(Completion::Completed)
}
