//! Every kind of program compiles without a warning.

use runner::case::Case;
use runner::parallel::in_parallel;
use runner::reproduce::{Form, Unable};
use runner::terms::{Pass, Vendor};

use super::program::{LIBRARY, Which, build};

/// Checks the text without making a program; what is wrong, if anything is.
fn wrong(which: Which<'_>) -> Option<String> {
    let text = match which.text(Form::C) {
        Ok(text) => text,
        Err(Unable::PeerRaises { .. }) => return None,
        Err(unable) => return Some(format!("{}: {unable}", which.name())),
    };
    let told = build(&text, &["-O2", "-fsyntax-only"]).err()?;
    Some(format!("{}:\n{told}", which.name()))
}

/// Checks them on all processors.
fn all_right(all: &[Which<'_>]) {
    assert!(!all.is_empty());
    let told: Vec<String> = in_parallel(all, |&which| wrong(which)).into_iter().flatten().take(5).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// Whether this test checks this case: in CI every case, elsewhere one in `one_of`.
fn chosen(number: usize, one_of: usize) -> bool {
    std::env::var_os("NMI_REPRODUCE_ALL").is_some() || number.is_multiple_of(one_of)
}

/// As many programs of a case as it has modes or paths, or as there are passes, so that each of them and both vendors occur.
fn programs(case: &'static Case) -> impl Iterator<Item = Which<'static>> {
    let most = case.modes.len().max(case.paths.len()).max(Pass::ALL.len());
    (0..most).map(move |number| {
        let vendor = if number % 2 == 0 { Vendor::Amd } else { Vendor::Intel };
        let which = Which::usual(case, Pass::ALL[number % Pass::ALL.len()], vendor);
        Which { mode: case.modes[number % case.modes.len()], path: case.paths[number % case.paths.len()], ..which }
    })
}

#[test]
fn every_mode_path_and_pass() {
    let cases = LIBRARY.cases.iter().enumerate().filter(|&(number, _)| chosen(number, 9));
    all_right(&cases.flat_map(|(_, case)| programs(case)).collect::<Vec<_>>());
}

/// The kernel's own tests, with their headers: a source tree in which `make headers_install INSTALL_HDR_PATH=usr` was run.
#[test]
#[ignore = "needs NMI_KERNEL_TREE, a kernel's source with its headers installed in usr"]
fn in_the_kernels_own_words() {
    let tree = std::env::var("NMI_KERNEL_TREE").expect("NMI_KERNEL_TREE names a kernel's source");
    let tests = format!("{tree}/tools/testing/selftests");
    let folders = [
        format!("{tree}/tools/include"),
        format!("{tree}/tools/arch/x86/include"),
        format!("{tree}/usr/include"),
        format!("{tests}/kvm/include"),
        format!("{tests}/kvm/include/x86"),
        tests,
    ];
    let folders: Vec<String> = folders.iter().map(|folder| format!("-I{folder}")).collect();
    // As its Makefile does: the kernel's own headers are not written for -Wextra.
    let mut flags = vec!["-std=gnu99", "-O2", "-fsyntax-only", "-D_GNU_SOURCE", "-DCONFIG_64BIT", "-march=x86-64-v2"];
    flags.extend(["-Wno-unused-parameter", "-Wno-sign-compare", "-Wno-missing-field-initializers"]);
    flags.extend(folders.iter().map(String::as_str));
    let mut wrong = Vec::new();
    for (number, case) in LIBRARY.cases.iter().enumerate().filter(|(number, _)| chosen(*number, 17)) {
        let which = Which::usual(case, Pass::ALL[number % Pass::ALL.len()], Vendor::Amd);
        let text = which.text(Form::Selftest).unwrap_or_else(|unable| panic!("{}: {unable}", which.name()));
        wrong.extend(build(&text, &flags).err().map(|told| format!("{}:\n{told}", which.name())));
    }
    assert!(wrong.is_empty(), "{} do not compile\n{}", wrong.len(), wrong[..wrong.len().min(3)].join("\n"));
}
