//! The bare machine on a real emulator: guests that end in every way, one behind the other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use guests::{Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring, build};
use lab::bare::{Entry, Fate, Features, Image, Patience, boot_all};
use lab::boot::{Boot, Logs};

/// A machine of this QEMU.
fn machine(qemu: PathBuf) -> Boot<Image> {
    let command = move |image: &Image, logs: &Logs| {
        let file = logs.console.with_file_name("image");
        std::fs::write(&file, &image.bytes).unwrap();
        let mut command = Command::new(&qemu);
        command.args(["-L", "/usr/share/qemu", "-L", "/usr/share/seabios", "-nodefaults", "-display", "none"]);
        command.args(["-no-reboot", "-accel", "tcg", "-cpu", "EPYC,+svm", "-m", "64", "-kernel"]).arg(file);
        command.arg("-serial").arg(format!("file:{}", logs.console.display()));
        Ok(command)
    };
    Boot { about: "QEMU".to_owned(), emulator: "QEMU TCG", command: Box::new(command) }
}

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

fn fates(entries: &[Entry]) -> Option<Vec<Fate>> {
    let named = std::env::var_os("LAB_QEMU").map(PathBuf::from);
    let built = || lab::qemu::RECIPE.find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/lab"));
    let installed = || Some(PathBuf::from("/usr/bin/qemu-system-x86_64")).filter(|path| path.exists());
    let Some(qemu) = named.or_else(built).or_else(installed) else {
        println!("not run here: there is no qemu-system-x86_64 (apt-get install qemu-system-x86)");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let patience = Patience { busy: Duration::from_secs(2), idle: Duration::from_secs(5) };
    let (fates, have) = boot_all(&machine(qemu), entries, folder.path(), patience, &AtomicBool::new(false)).unwrap();
    assert_eq!(have.map(Features::vendor), Some(runner::terms::Vendor::Amd));
    Some(fates)
}

/// What a fate comes to, in short: how it ended, and which marks it left.
fn told(entry: &Entry, fate: &Fate) -> String {
    match fate {
        Fate::Answered(answer) => {
            let name = |record: &Vec<u8>| entry.guest.marks[usize::from(record[0])].clone();
            let marks: Vec<String> = answer.records.iter().map(name).collect();
            format!("{} {}", if answer.done { "done" } else { "fault" }, marks.join(" "))
        }
        Fate::ShutDown => "shutdown".to_owned(),
        Fate::Hung => "hang".to_owned(),
        Fate::Missing(why) => why.clone(),
    }
}

#[test]
fn whatever_a_guest_does_the_next_one_has_its_turn() {
    // Each leaves something behind: flags, debug registers, blocked NMIs, a shadow of itself in the local APIC.
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
    let Some(fates) = fates(&entries) else { return };
    let told: Vec<String> = entries.iter().zip(&fates).map(|(entry, fate)| told(entry, fate)).collect();
    let of_each_mode = ["done a b", "fault a", "fault ", "done gd"];
    let ends = ["hang", "hang", "shutdown", "done last"];
    let wanted: Vec<&str> = of_each_mode.repeat(3).into_iter().chain(ends).collect();
    assert_eq!(told, wanted);
}
