//! Counters of one processor, through the binary interface of KVM_GET_STATS_FD.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use kvm_ioctls::VcpuFd;

use super::super::syscalls;

/// Bytes of the header: six 32-bit words (KVM API document, "KVM_GET_STATS_FD").
const HEADER: usize = 24;
/// Bytes of a descriptor before its name.
const DESCRIPTOR: usize = 16;
/// Type bits of a descriptor's flags; 0 is a cumulative counter.
const TYPE: u32 = 0xf;

/// The statistics file of one processor.
#[derive(Debug)]
pub(crate) struct Statistics {
    file: Arc<File>,
    data: u64,
    length: usize,
    counters: Vec<(String, usize)>,
    blocking: Option<usize>,
}

impl Statistics {
    /// Opens the file and reads its descriptors; `None` if the kernel has no such interface.
    pub(crate) fn open(vcpu: &VcpuFd) -> Option<Self> {
        Self::parse(syscalls::statistics_file(vcpu)?)
    }

    fn parse(file: File) -> Option<Self> {
        let file = Arc::new(file);
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0).ok()?;
        let name_size = word(&header, 4)? as usize;
        let count = word(&header, 8)? as usize;
        let descriptors = u64::from(word(&header, 16)?);
        let data = u64::from(word(&header, 20)?);
        let stride = DESCRIPTOR + name_size;
        let mut block = vec![0; stride.checked_mul(count)?];
        file.read_exact_at(&mut block, descriptors).ok()?;
        let mut statistics = Self { file, data, length: 0, counters: Vec::new(), blocking: None };
        for descriptor in block.chunks_exact(stride) {
            let flags = word(descriptor, 0)?;
            let size = usize::from(u16::from_le_bytes(descriptor.get(6..8)?.try_into().ok()?));
            let offset = word(descriptor, 8)? as usize;
            let name: Vec<u8> = descriptor.get(DESCRIPTOR..)?.iter().copied().take_while(|&byte| byte != 0).collect();
            let name = String::from_utf8(name).ok()?;
            statistics.length = statistics.length.max(offset + 8 * size);
            if name == "blocking" {
                statistics.blocking = Some(offset);
            } else if size == 1 && flags & TYPE == 0 {
                statistics.counters.push((name, offset));
            }
        }
        Some(statistics)
    }

    /// The whole data block, in one read.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        let mut block = vec![0; self.length];
        match self.file.read_exact_at(&mut block, self.data) {
            Ok(()) => block,
            Err(_) => Vec::new(),
        }
    }

    /// What was counted between two snapshots, added to `sum`.
    pub(crate) fn add_difference(&self, before: &[u8], after: &[u8], sum: &mut BTreeMap<String, u64>) {
        for (name, offset) in &self.counters {
            if let (Some(before), Some(after)) = (counter(before, *offset), counter(after, *offset)) {
                *sum.entry(name.clone()).or_default() += after.wrapping_sub(before);
            }
        }
    }

    /// For another thread to read whether the processor sleeps.
    pub(crate) fn sleep_flag(&self) -> Option<SleepFlag> {
        let offset = self.data + self.blocking? as u64;
        Some(SleepFlag { file: Arc::clone(&self.file), offset })
    }
}

/// Tells whether a processor sleeps in HLT, by the statistic `blocking`.
#[derive(Debug)]
pub(crate) struct SleepFlag {
    file: Arc<File>,
    offset: u64,
}

impl SleepFlag {
    /// Whether it sleeps now.
    pub(crate) fn is_asleep(&self) -> bool {
        let mut value = [0; 8];
        self.file.read_exact_at(&mut value, self.offset).is_ok() && u64::from_le_bytes(value) != 0
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn counter(block: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(block.get(at..at + 8)?.try_into().ok()?))
}
