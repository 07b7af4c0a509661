//! Measures a trial on the KVM machine against a loop that is written for one guest.
//!
//! Both run the same guest with three exits, interleaved in rounds. The thread's processor time is compared, so that a busy host has
//! little influence. The loop resets only what its guest can change: special registers, registers and events.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use guests::map::{self, port};
use guests::{Boot, Guest, Mode, Program, RaiseBy, Section, SectionName, Wiring};
use kvm_bindings::{KVM_MAX_CPUID_ENTRIES, kvm_regs, kvm_segment, kvm_sregs, kvm_vcpu_events};
use kvm_ioctls::{Kvm, VcpuExit, VcpuFd, VmFd};
use runner::machine::kvm::{KvmMachine, TSS_ADDRESS, map_memory, new_memory};
use runner::machine::{ExitKind, Machine};
use runner::terms::Path;
use rustix::time::{ClockId, clock_gettime};
use vm_memory::{Bytes, GuestAddress, GuestMemoryMmap};

/// What the guest writes to: two snaps, and the end.
const PORTS: [u8; 3] = [port::SNAP, port::SNAP, port::DONE];
const ROUNDS: usize = 30;
const TRIALS: usize = 100;
/// The intended speed of a trial, relative to the loop. 0.92 and 0.93 were measured beside a busy processor. It is not
/// enforced: which host runs the benchmark decides as much as the code does.
const AIM: f64 = 0.8;

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
    println!("throughput of the machine / by hand: {ratio:.2} (aim {AIM})");
    Ok(())
}

fn guest() -> Result<Arc<Guest>, Box<dyn Error>> {
    let text = PORTS.map(|port| format!("out {port}, al\n")).concat() + "hlt";
    let section = Section { name: SectionName::Main, text };
    let program = Program { sections: vec![section], boot: Boot::default() };
    let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: BTreeMap::new() };
    guests::build(&program, Mode::Long, &wiring).map(Arc::new).map_err(|problems| format!("{problems:?}").into())
}

fn trial(machine: &mut KvmMachine, guest: &Arc<Guest>) -> Result<(), Box<dyn Error>> {
    let mut session = machine.load(guest, Path::Ioctl)?;
    for expected in [ExitKind::Snap, ExitKind::Snap, ExitKind::Done] {
        let exit = session.run()?;
        if exit.kind != expected {
            return Err(format!("{:?} instead of {expected:?}", exit.kind).into());
        }
    }
    Ok(())
}

fn time(mut trial: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let began = processor_time()?;
    for _ in 0..TRIALS {
        trial()?;
    }
    Ok((processor_time()? - began) / TRIALS as u32)
}

/// The processor time of this thread so far.
fn processor_time() -> Result<Duration, Box<dyn Error>> {
    Ok(clock_gettime(ClockId::ThreadCPUTime).try_into()?)
}

fn median(sorted: &[Duration]) -> Duration {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The hand-written loop.
struct ByHand {
    vcpu: VcpuFd,
    _vm: VmFd,
    _memory: GuestMemoryMmap,
    sregs: kvm_sregs,
    regs: kvm_regs,
}

impl ByHand {
    fn new(guest: &Guest) -> Result<Self, Box<dyn Error>> {
        let kvm = Kvm::new()?;
        let vm = kvm.create_vm()?;
        vm.set_tss_address(TSS_ADDRESS)?;
        vm.create_irq_chip()?;
        let memory = new_memory(map::MEMORY_SIZE)?;
        map_memory(&vm, &memory, 0)?;
        memory.write_slice(&guest.memory, GuestAddress(0))?;
        let vcpu = vm.create_vcpu(0)?;
        vcpu.set_cpuid2(&kvm.get_supported_cpuid(KVM_MAX_CPUID_ENTRIES)?)?;
        let start = guest.start.first().ok_or("no start")?;
        let mut sregs = vcpu.get_sregs()?;
        let flat = kvm_segment {
            limit: u32::MAX,
            selector: start.cs.selector,
            type_: start.cs.kind,
            present: 1,
            s: 1,
            l: 1,
            g: 1,
            ..kvm_segment::default()
        };
        let data = kvm_segment { selector: start.ss.selector, type_: start.ss.kind, db: 1, l: 0, ..flat };
        sregs.cs = flat;
        (sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss) = (data, data, data, data, data);
        sregs.gdt.base = start.gdt.base;
        sregs.gdt.limit = start.gdt.limit;
        sregs.idt.base = start.idt.base;
        sregs.idt.limit = start.idt.limit;
        (sregs.cr0, sregs.cr3, sregs.cr4, sregs.efer) = (start.cr0, start.cr3, start.cr4, start.efer);
        let regs = kvm_regs { rip: start.rip, rsp: start.rsp, rflags: start.rflags, ..kvm_regs::default() };
        Ok(Self { vcpu, _vm: vm, _memory: memory, sregs, regs })
    }

    fn trial(&mut self) -> Result<(), Box<dyn Error>> {
        let vcpu = &mut self.vcpu;
        vcpu.set_sregs(&self.sregs)?;
        vcpu.set_regs(&self.regs)?;
        vcpu.set_vcpu_events(&kvm_vcpu_events { flags: 1, ..kvm_vcpu_events::default() })?;
        for expected in PORTS.map(u16::from) {
            loop {
                match vcpu.run() {
                    Ok(VcpuExit::IoOut(port, value)) if port == expected => {
                        black_box(value);
                        break;
                    }
                    Ok(other) => return Err(format!("{other:?} instead of port {expected:#x}").into()),
                    // The machine's watch thread may still interrupt this thread.
                    Err(errno) if errno.errno() == libc::EINTR => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
        }
        Ok(())
    }
}
