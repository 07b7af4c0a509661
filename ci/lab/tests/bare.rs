//! The bare machine on a real emulator: guests that end in every way, one after the other.

mod qemu;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use guests::{Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, build};
use lab::bare::{Entry, Fate, Features, Patience, boot_all};
use libtest_mimic::{Arguments, Completion, Trial};

fn guest(mode: Mode, main: &str) -> Arc<Guest> {
    let section = Section { name: SectionName::Main, text: main.to_owned() };
    let program = Program { sections: vec![section], ..Program::default() };
    let wiring = Wiring { raise: RaiseBy::XApic, sender: false, constants: Default::default() };
    Arc::new(build(&program, mode, &wiring).unwrap())
}

fn entry(mode: Mode, main: &str) -> Entry {
    let guest = guest(mode, main);
    Entry { name: main.replace('\n', "; "), guest, needs: Features::default(), hypervisor: false, digests: Vec::new() }
}

fn fates(qemu: PathBuf, entries: &[Entry]) -> Vec<Fate> {
    let folder = tempfile::tempdir().unwrap();
    let patience = Patience { busy: Duration::from_secs(2), idle: Duration::from_secs(5) };
    let machine = qemu::machine(qemu, "EPYC,+svm");
    let (fates, have) = boot_all(&machine, entries, folder.path(), patience, &AtomicBool::new(false)).unwrap();
    assert_eq!(have.map(Features::vendor), Some(runner::terms::Vendor::Amd));
    fates
}

/// A fate in short: how the guest ended, and the names of its marks.
fn told(entry: &Entry, fate: &Fate) -> String {
    match fate {
        Fate::Answered(answer) => {
            let name = |record: &Vec<u8>| entry.guest.marks[usize::from(record[0])].clone();
            let marks: Vec<String> = answer.records.iter().map(name).collect();
            format!("{} {}", if answer.done { "done" } else { "fault" }, marks.join(" "))
        }
        Fate::ShutDown => "shutdown".to_owned(),
        Fate::Hung => "hang".to_owned(),
        Fate::Missing(why) => why.to_string(),
    }
}

fn main() -> ExitCode {
    let test = || {
        let installed = || Some(PathBuf::from(qemu::DEBIANS)).filter(|path| path.exists());
        let Some(qemu) = qemu::patched().or_else(installed) else {
            let why = "not run here: there is no qemu-system-x86_64 (apt-get install qemu-system-x86)";
            return Ok(Completion::ignored_with(why));
        };
        whatever_a_guest_does_the_next_one_has_its_turn(qemu);
        Ok(Completion::Completed)
    };
    let trial = Trial::ignorable_test("whatever_a_guest_does_the_next_one_has_its_turn", test);
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

fn whatever_a_guest_does_the_next_one_has_its_turn(qemu: PathBuf) {
    // Each leaves state behind that the supervisor must undo: flags, debug registers, blocked NMIs, the local APIC's.
    let mut entries = Vec::new();
    for mode in Mode::ALL {
        entries.push(entry(mode, "mark a\nmark b\ndone\n"));
        entries.push(entry(mode, "mark a\nud2\n"));
        entries.push(entry(mode, "pushf\npop xax\nor xax, 4100h\npush xax\npopf\nmark t\ndone\n"));
        let wide = if mode == Mode::Long { "rax" } else { "eax" };
        entries.push(entry(mode, &format!("mov {wide}, 2000h\nmov dr7, {wide}\nmark gd\ndone\n")));
    }
    entries.push(entry(Mode::Long, "mark h\njmp $\n"));
    entries.push(entry(Mode::Long, "mark h\nhlt\n"));
    entries.push(entry(Mode::Long, "mark s\nlidt [scratch]\nud2\n"));
    entries.push(entry(Mode::Long, "mark last\ndone\n"));
    let fates = fates(qemu, &entries);
    let told: Vec<String> = entries.iter().zip(&fates).map(|(entry, fate)| told(entry, fate)).collect();
    let of_each_mode = ["done a b", "fault a", "fault ", "done gd"];
    let ends = ["hang", "hang", "shutdown", "done last"];
    let wanted: Vec<&str> = of_each_mode.repeat(3).into_iter().chain(ends).collect();
    assert_eq!(told, wanted);
}
