//! How much slower a trial is on the machine than in a loop written by hand for one guest.
//!
//! Both run the same guest with three exits, interleaved in rounds, so that a busy host slows both alike. The loop by
//! hand resets what its guest can change and nothing else: special registers, registers, events.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use guests::{Boot, Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring};
use kvm_bindings::{kvm_regs, kvm_segment, kvm_sregs, kvm_vcpu_events};
use kvm_ioctls::{VcpuExit, VcpuFd};
use runner::machine::kvm::{KvmMachine, RawLoop};
use runner::machine::{ExitKind, Machine};
use runner::terms::Path;

const ROUNDS: usize = 30;
const TRIALS: usize = 100;
/// What the project promises: a trial at no less than this share of the loop's speed.
const FLOOR: f64 = 0.6;

fn main() -> Result<(), Box<dyn Error>> {
    let mut machine = match KvmMachine::open() {
        Ok(machine) => machine,
        Err(trouble) => {
            println!("not run: {trouble}");
            return Ok(());
        }
    };
    let guest = guest()?;
    let mut raw = ByHand::new(&guest)?;
    let (mut by_hand, mut by_machine) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        by_hand.push(time(|| raw.trial())?);
        by_machine.push(time(|| trial(&mut machine, &guest))?);
    }
    by_hand.sort();
    by_machine.sort();
    let (hand, machine) = (median(&by_hand), median(&by_machine));
    println!("by hand: {:.1} us a trial", hand.as_secs_f64() * 1e6);
    println!("machine: {:.1} us a trial", machine.as_secs_f64() * 1e6);
    let ratio = hand.as_secs_f64() / machine.as_secs_f64();
    println!("throughput of the machine / by hand: {ratio:.2} (at least {FLOOR})");
    if ratio < FLOOR {
        return Err(format!("a trial costs too much: {ratio:.2} < {FLOOR}").into());
    }
    Ok(())
}

fn guest() -> Result<Arc<Guest>, Box<dyn Error>> {
    let section = Section { name: SectionName::Main, text: "out 0E0h, al\nout 0E0h, al\nout 0E2h, al\nhlt".to_owned() };
    let program = Program { sections: vec![section], boot: Boot::default() };
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
    guests::build(&program, Mode::Long, &wiring).map(Arc::new).map_err(|problems| format!("{problems:?}").into())
}

fn trial(machine: &mut KvmMachine, guest: &Arc<Guest>) -> Result<(), Box<dyn Error>> {
    machine.load(guest, Path::Ioctl)?;
    for expected in [ExitKind::Snap, ExitKind::Snap, ExitKind::Done] {
        let exit = machine.run()?;
        if exit.kind != expected {
            return Err(format!("{:?} instead of {expected:?}", exit.kind).into());
        }
    }
    Ok(())
}

fn time(mut trial: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let began = Instant::now();
    for _ in 0..TRIALS {
        trial()?;
    }
    Ok(began.elapsed() / TRIALS as u32)
}

fn median(sorted: &[Duration]) -> Duration {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The loop by hand.
struct ByHand {
    vm: RawLoop,
    sregs: kvm_sregs,
    regs: kvm_regs,
}

impl ByHand {
    fn new(guest: &Guest) -> Result<Self, Box<dyn Error>> {
        let vm = RawLoop::new(guest)?;
        let start = guest.start.first().ok_or("no start")?;
        let mut sregs = vm.vcpu.get_sregs()?;
        let flat = kvm_segment {
            limit: u32::MAX,
            selector: start.cs.selector,
            type_: 0xb,
            present: 1,
            s: 1,
            l: 1,
            g: 1,
            ..kvm_segment::default()
        };
        let data = kvm_segment { selector: start.ss.selector, type_: 3, db: 1, l: 0, ..flat };
        sregs.cs = flat;
        (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data);
        sregs.gdt.base = start.gdt.base;
        sregs.gdt.limit = start.gdt.limit;
        sregs.idt.base = start.idt.base;
        sregs.idt.limit = start.idt.limit;
        (sregs.cr0, sregs.cr3, sregs.cr4, sregs.efer) = (start.cr0, start.cr3, start.cr4, start.efer);
        let regs = kvm_regs { rip: start.rip, rsp: start.rsp, rflags: start.rflags, ..kvm_regs::default() };
        Ok(Self { vm, sregs, regs })
    }

    fn trial(&mut self) -> Result<(), Box<dyn Error>> {
        let vcpu: &mut VcpuFd = &mut self.vm.vcpu;
        vcpu.set_sregs(&self.sregs)?;
        vcpu.set_regs(&self.regs)?;
        vcpu.set_vcpu_events(&kvm_vcpu_events { flags: 1, ..kvm_vcpu_events::default() })?;
        for expected in [0xe0, 0xe0, 0xe2] {
            loop {
                match vcpu.run() {
                    Ok(VcpuExit::IoOut(port, value)) if port == expected => {
                        black_box(value);
                        break;
                    }
                    Ok(other) => return Err(format!("{other:?} instead of port {expected:#x}").into()),
                    // The machine's alarm may still ring on this thread.
                    Err(errno) if errno.errno() == libc::EINTR => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
        }
        Ok(())
    }
}
