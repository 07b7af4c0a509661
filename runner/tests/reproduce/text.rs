//! The text of programs, and the errors for cases of which none can be made.

use runner::reproduce::{Form, Unable};
use runner::terms::{Pass, Path, Vendor};

use super::program::{LIBRARY, Which, case};

fn plain() -> Which<'static> {
    Which::usual(case("delivery/taken-at-the-next-boundary"), Pass::Plain, Vendor::Amd)
}

/// Compares a program with the snapshot of that name.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_plain_case_is_a_short_program() {
    let text = plain().text(Form::C).expect("it can be made");
    assert!(text.lines().count() < 300, "{} lines", text.lines().count());
    snapshot("reproduce", &text);
}

#[test]
fn the_kernels_own_tests_have_their_own_words() {
    let text = plain().text(Form::Selftest).expect("it can be made");
    for word in
        ["#include \"kvm_util.h\"", "vm_create_barebones()", "__vm_vcpu_add(vm, id)", "TEST_FAIL(", "__TEST_REQUIRE("]
    {
        assert!(text.contains(word), "{word}");
    }
    assert!(!text.contains("/dev/kvm") && !text.contains("@"));
}

#[test]
fn no_word_of_a_template_is_left() {
    for case in LIBRARY.cases.iter().step_by(7) {
        for pass in [Pass::Plain, Pass::Migrate] {
            let text =
                Which::usual(case, pass, Vendor::Amd).text(Form::C).unwrap_or_else(|why| panic!("{}: {why}", case.id));
            let left = text.lines().find(|line| {
                line.split('@').nth(1).is_some_and(|word| !word.is_empty() && word == word.to_uppercase())
            });
            assert_eq!(left, None, "{}", case.id);
        }
    }
}

#[test]
fn a_case_without_a_program_is_an_error_that_says_why() {
    let amds = LIBRARY.cases.iter().find(|case| case.is_amds()).expect("one of AMD's alone");
    let of_intel = Which { vendor: Vendor::Intel, ..Which::usual(amds, Pass::Plain, Vendor::Amd) };
    assert_eq!(of_intel.text(Form::C), Err(Unable::OtherVendor { other: Vendor::Amd }));
    let by_nobody = Which { path: Path::None, ..plain() };
    assert_eq!(by_nobody.text(Form::C), Err(Unable::HostRaises { path: Path::None }));
    assert!(Unable::HostRaises { path: Path::None }.to_string().contains("`--path`"));
}
