//! The patched QEMU against AMD's manual: a small hypervisor runs guests and reports every #VMEXIT.
//!
//! The expectations are the manual's (AMD64 APM volume 2, 24593, 15.21.10 "NMI Virtualization" and the sections it leans
//! on). The QEMU is the one that `LAB_QEMU` names, or the one the lab has built.

#[path = "vnmi/exit.rs"]
mod exit;
#[path = "vnmi/image.rs"]
mod image;
#[path = "vnmi/scenario.rs"]
mod scenario;
#[path = "vnmi/scenarios.rs"]
mod scenarios;

use std::path::{Path, PathBuf};

const CPU: &str = "EPYC,+svm,+vgif,+vnmi";

#[test]
fn the_processor_does_what_the_manual_says() {
    let Some(qemu) = patched_qemu() else {
        println!("not run here: there is no patched QEMU; `lab fetch` builds it, or LAB_QEMU names one");
        return;
    };
    let mut wrong = Vec::new();
    for scenario in scenarios::all() {
        let got = exit::run(&qemu, CPU, &image::image(scenario));
        if got != scenario.expect {
            let (want, got) = (scenario.expect.join("\n    "), got.join("\n    "));
            wrong.push(format!("{}\n  want\n    {want}\n  got\n    {got}", scenario.name));
        }
    }
    let all = scenarios::all().count();
    assert!(wrong.is_empty(), "{} of {all} scenarios differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
    println!("{all} scenarios on {}", qemu.display());
}

fn patched_qemu() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("LAB_QEMU") {
        return Some(PathBuf::from(path));
    }
    let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/lab");
    lab::qemu::RECIPE.find(&cache)
}
