use crate::Mode;
use crate::map::{self, port, selector};

/// Bytes of a task-state segment without its I/O permission bitmap, in protected and in long mode (Intel SDM vol. 3,
/// Figure 7-2 "32-Bit Task-State Segment (TSS)" and Figure 7-11 "64-Bit TSS Format").
const FIXED: usize = 0x68;
/// Ports the bitmap speaks of; those above are denied.
const PORTS: usize = *port::ALL.end() as usize + 1;
/// The bitmap and the byte of ones that must end it (Intel SDM vol. 1, section 18.5.2 "I/O Permission Bit Map").
const BITMAP: usize = PORTS.div_ceil(8) + 1;
/// Offset of the I/O map base field.
const IO_MAP_BASE: usize = 0x66;

/// The segment's limit field.
pub(super) const TASK_LIMIT: u32 = (FIXED + BITMAP - 1) as u32;

/// A processor's task-state segment: its stack for CPL 0, its interrupt stacks, and an I/O permission bitmap by which
/// CPL 3 can use the ABI's ports and no other (AMD APM vol. 2, section 12.2 "Task-Management Resources").
pub fn task_segment(mode: Mode, cpu: usize) -> Vec<u8> {
    let (kernel, stacks) = match cpu {
        0 => (map::KERNEL_STACK, map::IST_STACKS),
        _ => (map::PEER_KERNEL_STACK, [map::PEER_KERNEL_STACK; 3]),
    };
    let mut bytes = vec![0; FIXED];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    match mode {
        Mode::Long => {
            put(0x04, &kernel.top().to_le_bytes()); // RSP0
            for (index, stack) in stacks.iter().enumerate() {
                put(0x24 + 8 * index, &stack.top().to_le_bytes()); // IST1 and up
            }
        }
        Mode::Protected | Mode::Real => {
            put(0x04, &(kernel.top() as u32).to_le_bytes()); // ESP0
            put(0x08, &selector::KERNEL_DS.to_le_bytes()); // SS0
        }
    }
    put(IO_MAP_BASE, &(FIXED as u16).to_le_bytes());
    bytes.extend([0xff; BITMAP]);
    for port in port::ALL {
        bytes[FIXED + usize::from(port / 8)] &= !(1 << (port % 8));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_mode_has_stacks_where_the_manual_puts_them() {
        let task = task_segment(Mode::Long, 0);
        assert_eq!(task.len(), 0x86);
        assert_eq!(TASK_LIMIT, 0x85);
        assert_eq!(task[0x04..0x0c], 0x8fc0u64.to_le_bytes());
        assert_eq!(task[0x24..0x2c], 0x97c0u64.to_le_bytes());
        assert_eq!(task[0x2c..0x34], 0x9fc0u64.to_le_bytes());
        assert_eq!(task[0x34..0x3c], 0xa7c0u64.to_le_bytes());
        assert_eq!(task[0x66..0x68], [0x68, 0]);
    }

    #[test]
    fn protected_mode_has_esp0_and_ss0() {
        let task = task_segment(Mode::Protected, 1);
        assert_eq!(task[0x04..0x0a], [0xc0, 0xaf, 0, 0, 0x10, 0]);
        assert_eq!(task[0x66..0x68], [0x68, 0]);
    }

    #[test]
    fn the_bitmap_permits_the_ports_of_the_abi_alone() {
        let task = task_segment(Mode::Long, 0);
        let bitmap = &task[0x68..];
        assert!(bitmap[..28].iter().all(|&byte| byte == 0xff));
        assert_eq!(bitmap[28..], [0x80, 0xff]); // E0h to E6h, then the byte that ends it
    }
}
