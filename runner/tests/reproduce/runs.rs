//! Programs run on this host's KVM, where it has one.

use runner::machine::Machine;
use runner::machine::kvm::KvmMachine;
use runner::parallel::in_parallel;
use runner::reproduce::Form;
use runner::terms::Pass;

use super::agree::{Said, differ, program};
use super::program::{LIBRARY, Which, build, case};

/// This host's KVM. The tests that need it are ignored where the build script found none.
fn kvm() -> KvmMachine {
    KvmMachine::open().unwrap_or_else(|trouble| {
        panic!("{trouble} (it was there when this was built; where it is gone for good: touch runner/build/main.rs)")
    })
}

#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_conforming_host_is_silent() {
    let machine = kvm();
    for pass in Pass::ALL.iter() {
        let which = Which::usual(case("delivery/taken-at-the-next-boundary"), *pass, machine.vendor());
        let said = program(which, &["-O2", "-static"])();
        assert_eq!(said, (Said::Conforms, String::new()), "{}", which.name());
    }
}

/// A sample of cases, each in one mode and one pass; with `NMI_REPRODUCE_ALL`, which `ci/check` sets, all cases in every mode, in the
/// plain pass and another one.
#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn programs_and_the_suite_agree() {
    let mut machine = kvm();
    let vendor = machine.vendor();
    let all = std::env::var_os("NMI_REPRODUCE_ALL").is_some();
    let mut chosen = Vec::new();
    for (number, case) in LIBRARY.cases.iter().filter(|case| case.runs_on(vendor)).enumerate() {
        if !all && !number.is_multiple_of(23) {
            continue;
        }
        let (first, last) = (case.modes.first(), case.modes.last());
        for &mode in
            case.modes.iter().filter(|mode| all || Some(*mode) == if number.is_multiple_of(2) { first } else { last })
        {
            let other = Pass::ALL[number % Pass::ALL.len()];
            let passes: &[Pass] = if all && other != Pass::Plain { &[Pass::Plain, other] } else { &[other] };
            for &pass in passes {
                chosen.push(Which { mode, ..Which::usual(case, pass, vendor) });
            }
        }
    }
    // Compiling takes most of the time.
    let programs = in_parallel(&chosen, |&which| program(which, &["-O0"]));
    let compared = chosen.iter().zip(&programs);
    let told: Vec<String> = compared.filter_map(|(which, program)| differ(&mut machine, *which, program)).collect();
    println!("{} programs", chosen.len());
    assert!(told.is_empty(), "{} of {}:\n{}", told.len(), chosen.len(), told.join("\n"));
    assert!(!chosen.is_empty());
}

/// A program whose expectation was changed fails.
#[test]
#[cfg_attr(without_kvm, ignore = "/dev/kvm could not be opened when this was built")]
fn a_wrong_expectation_is_not_met() {
    let which = Which::usual(case("delivery/taken-at-the-next-boundary"), Pass::Plain, runner::terms::Vendor::Amd);
    let text = which.text(Form::C).expect("it can be made");
    let planted = [
        ("\"start nmi resumed done\"", "\"start resumed nmi done\"", "want start nmi resumed done, got: "),
        ("stack[0], 0x200b /* target */", "stack[0], 0x200c /* target */", "at nmi: want saved RIP 0x200c, got 0x200b"),
        ("\"start nmi resumed done\"", "\"start nmi resumed halted\"", "want start nmi resumed done, got: "),
    ];
    for (right, wrong, line) in planted {
        assert!(text.contains(right), "{right}");
        let output = build(&text.replace(right, wrong), &["-O0"]).expect("it compiles").run();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!((output.status.code(), said.starts_with(line)), (Some(1), true), "{said}");
    }
}

/// On kvm_pvm NMIs come late after an IRET: `cases/known-deviations.yaml`, "the end of a batch".
#[test]
#[cfg_attr(
    any(without_kvm, without_pvm),
    ignore = "/dev/kvm could not be opened, or was not that of kvm_pvm, when this was built"
)]
fn a_known_deviation_shows() {
    let machine = kvm();
    let which = Which::usual(case("exceptions/gate-to-a-non-canonical-address"), Pass::Plain, machine.vendor());
    let (said, line) = program(which, &["-O2", "-static"])();
    assert_eq!(said, Said::Differs, "{line}");
    assert!(line.starts_with("want start gp inside after done, got: "), "{line}");
}

/// Without /dev/kvm, a program prints one line and exits with 77.
#[test]
fn a_host_that_lacks_something_gets_a_message() {
    let text = Which::usual(case("delivery/taken-at-the-next-boundary"), Pass::Plain, runner::terms::Vendor::Amd)
        .text(Form::C)
        .expect("it can be made");
    let output = build(&text.replace("\"/dev/kvm\"", "\"/dev/no-such-device\""), &["-O0"]).expect("it compiles").run();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!((output.status.code(), said.lines().count()), (Some(77), 1), "{said}");
    assert!(said.contains("cannot be opened"), "{said}");
}
