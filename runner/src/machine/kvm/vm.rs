use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use guests::map;
use kvm_bindings::{CpuId, kvm_irqchip};
use kvm_ioctls::VmFd;
use vm_memory::{Bytes, GuestAddress, GuestMemoryMmap};
use x86::apic::delivery;
use x86::cpuid::leaf;
use x86::message::RedirectionEntry;

use super::causes::failed;
use super::cpu::{Cpu, FreshCpu};
use super::open::Host;
use super::sys;
use super::translations::{Translations, tables};
use crate::machine::Trouble;
use crate::terms::Need;

/// Three pages for KVM's own use on Intel, above all memory (KVM API document, "KVM_SET_TSS_ADDR").
const TSS_ADDRESS: usize = 0xfffb_d000;
/// The 8259s and the I/O APIC, by KVM's numbers.
const CHIPS: [u32; 3] = [0, 1, 2];
/// The I/O APIC among them.
const IOAPIC: usize = 2;
/// The pin used for NMIs: one that no 8259 shares.
pub(super) const NMI_PIN: u32 = 20;
/// The I/O APIC's entry for it: an NMI to processor 0.
const NMI_ENTRY: RedirectionEntry = RedirectionEntry::new().with_delivery_mode(delivery::NMI).with_vector(ODD_VECTOR);
/// The vector field of an NMI is ignored; an odd one would show.
pub(super) const ODD_VECTOR: u8 = 0x31;

/// System-management mode has an address space of its own (KVM API document, "KVM_SET_USER_MEMORY_REGION").
const SMM_SPACE: u32 = 1;

/// Memory as it is at a guest's start, behind its image.
static ZEROES: [u8; map::MEMORY_SIZE as usize] = [0; map::MEMORY_SIZE as usize];

/// What a virtual machine is made for; one is kept for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Config {
    /// One or two processors.
    pub(super) cpus: usize,
    /// Local APICs start in x2APIC mode.
    pub(super) x2apic: bool,
}

/// A virtual machine without its processors.
pub(super) struct Vm {
    // The descriptor before the memory: dropped first.
    pub(super) fd: VmFd,
    memory: GuestMemoryMmap,
    /// Nothing has filled its memory yet: all of it is zero.
    untouched: AtomicBool,
    /// The address spaces that the memory is mapped into.
    spaces: &'static [u32],
    translations: Mutex<Translations>,
    chips: [kvm_irqchip; 3],
}

impl Vm {
    /// Makes a virtual machine with its processors, all as after reset with the APICs software-enabled.
    ///
    /// `known` is what [`FreshCpu::capture`] gave for the same configuration before; it saves looking again.
    pub(super) fn create(host: &Host, config: Config, known: &[Arc<FreshCpu>]) -> Result<(Self, Vec<Cpu>), Trouble> {
        let fd = create_vm(host)?;
        fd.set_tss_address(TSS_ADDRESS).map_err(|errno| failed("KVM_SET_TSS_ADDR", errno))?;
        // Memory before the interrupt controllers: on newer kernels (7.3, not 6.12) these leave a grace period of SRCU behind
        // (kvm_io_bus_register_dev()), for which a change of memory slots then waits, some milliseconds.
        let memory = sys::new_memory(map::MEMORY_SIZE)?;
        let spaces: &[u32] = if host.lacks(Need::Smm).is_none() { &[0, SMM_SPACE] } else { &[0] };
        for &space in spaces {
            sys::map_memory(&fd, &memory, map::MEMORY_SIZE, space)?;
        }
        fd.create_irq_chip().map_err(|errno| failed("KVM_CREATE_IRQCHIP", errno))?;
        let mut cpus = Vec::with_capacity(config.cpus);
        for id in 0..config.cpus {
            let vcpu = fd.create_vcpu(id as u64).map_err(|errno| failed("KVM_CREATE_VCPU", errno))?;
            vcpu.set_cpuid2(&cpuid(host, id as u32, config)?).map_err(|errno| failed("KVM_SET_CPUID2", errno))?;
            let fresh = match known.get(id) {
                Some(fresh) => Arc::clone(fresh),
                None => Arc::new(FreshCpu::capture(host, &vcpu, config)?),
            };
            cpus.push(Cpu::new(vcpu, fresh, host.sync_regs && config.cpus == 1));
        }
        let (untouched, translations) = (AtomicBool::new(true), Mutex::default());
        let mut vm = Self { fd, memory, untouched, spaces, translations, chips: [kvm_irqchip::default(); 3] };
        vm.chips = vm.save_chips()?;
        Ok((vm, cpus))
    }

    /// Memory and interrupt controllers as at a guest's start.
    pub(super) fn reset(&self, image: &[u8], nmi_by_ioapic: bool) -> Result<(), Trouble> {
        self.fill(image)?;
        let mut chips = self.chips;
        if nmi_by_ioapic && let Some(chip) = chips.get_mut(IOAPIC) {
            sys::ioapic_entry(chip, NMI_PIN as usize, NMI_ENTRY.into_bits());
        }
        self.restore_chips(&chips)
    }

    /// Gives memory these contents from address 0, and zeroes behind them.
    ///
    /// Where nothing was before, pages of zeroes need no writing.
    pub(super) fn fill(&self, contents: &[u8]) -> Result<(), Trouble> {
        let rest = ZEROES
            .get(contents.len()..)
            .ok_or_else(|| Trouble::new("filling guest memory", "the contents are larger than it"))?;
        let mut translations = self.translations.lock().unwrap_or_else(PoisonError::into_inner);
        if self.untouched.swap(false, Ordering::Relaxed) {
            translations.begin(tables(contents));
            let pages = (0..).step_by(map::PAGE as usize).zip(contents.chunks(map::PAGE as usize));
            let mut full = pages.filter(|(_, page)| !ZEROES.starts_with(page));
            return full.try_for_each(|(address, page)| self.write(address, page));
        }
        let mut left = tables(&[]);
        self.read(map::PAGE_TABLES.start, &mut left)?;
        let must_go = translations.must_go(&left, tables(contents));
        self.write(0, contents)?;
        self.write(contents.len() as u64, rest)?;
        if must_go { self.forget_translations() } else { Ok(()) }
    }

    /// Makes KVM drop what it made of page tables, and the processor its TLB: memory that goes takes both along.
    fn forget_translations(&self) -> Result<(), Trouble> {
        [0, map::MEMORY_SIZE].into_iter().try_for_each(|size| {
            self.spaces.iter().try_for_each(|space| sys::map_memory(&self.fd, &self.memory, size, *space))
        })
    }

    /// KVM_GET_IRQCHIP of all three chips.
    pub(super) fn save_chips(&self) -> Result<[kvm_irqchip; 3], Trouble> {
        let mut chips = [kvm_irqchip::default(); 3];
        for (chip, id) in chips.iter_mut().zip(CHIPS) {
            chip.chip_id = id;
            self.fd.get_irqchip(chip).map_err(|errno| failed("KVM_GET_IRQCHIP", errno))?;
        }
        Ok(chips)
    }

    /// KVM_SET_IRQCHIP of all three chips.
    pub(super) fn restore_chips(&self, chips: &[kvm_irqchip; 3]) -> Result<(), Trouble> {
        chips.iter().try_for_each(|chip| self.fd.set_irqchip(chip).map_err(|errno| failed("KVM_SET_IRQCHIP", errno)))
    }

    /// Reads guest-physical memory.
    pub(super) fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Trouble> {
        let length = bytes.len();
        self.memory.read_slice(bytes, GuestAddress(address)).map_err(|error| memory_trouble(address, length, &error))
    }

    /// Writes guest-physical memory.
    pub(super) fn write(&self, address: u64, bytes: &[u8]) -> Result<(), Trouble> {
        self.memory
            .write_slice(bytes, GuestAddress(address))
            .map_err(|error| memory_trouble(address, bytes.len(), &error))
    }
}

fn memory_trouble(address: u64, length: usize, error: &vm_memory::GuestMemoryError) -> Trouble {
    Trouble::new(
        format!("access to guest memory at {address:#x}, {length} bytes"),
        format!("guest memory ends at {:#x} ({error})", map::MEMORY_SIZE),
    )
}

fn create_vm(host: &Host) -> Result<VmFd, Trouble> {
    // A signal during creation makes it fail with EINTR; that is no reason to give up.
    for _ in 0..10 {
        match host.kvm.create_vm() {
            Err(errno) if errno.errno() == libc::EINTR => {}
            other => return other.map_err(|errno| failed("KVM_CREATE_VM", errno)),
        }
    }
    Err(Trouble::new("KVM_CREATE_VM", "signals kept coming during creation; try again"))
}

/// What KVM supports, with this processor's number where CPUID tells it (Intel SDM vol. 2, "CPUID", leaves 01h, 0Bh
/// and 1Fh; AMD APM vol. 3, appendix E, leaf 8000_001Eh).
fn cpuid(host: &Host, id: u32, config: Config) -> Result<CpuId, Trouble> {
    let mut cpuid = host.cpuid.clone();
    for leaf in cpuid.as_mut_slice() {
        match leaf.function {
            leaf::FEATURES => leaf.ebx = (leaf.ebx & 0xffff) | (config.cpus as u32) << 16 | id << 24,
            leaf::TOPOLOGY | leaf::TOPOLOGY_V2 => leaf.edx = id,
            leaf::AMD_TOPOLOGY => leaf.eax = id,
            _ => {}
        }
    }
    Ok(cpuid)
}
