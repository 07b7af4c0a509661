//! Task-state segments, with the stacks and the I/O permission bitmap in them.

use x86::task::{self, FIXED, IO_MAP_BASE};

use crate::Mode;
use crate::map::{self, port, selector};

/// Ports that the bitmap covers; those above are denied.
const PORTS: usize = *port::ALL.end() as usize + 1;
/// The bitmap and the byte of ones that must end it (Intel SDM vol. 1, section 18.5.2 "I/O Permission Bit Map").
const BITMAP: usize = PORTS.div_ceil(8) + 1;

/// The segment's limit field.
pub(super) const TASK_LIMIT: u32 = (FIXED as usize + BITMAP - 1) as u32;

/// A processor's task-state segment: its stack for CPL 0, its interrupt stacks, and an I/O permission bitmap by which
/// CPL 3 can use the ABI's ports and no other (AMD APM vol. 2, section 12.2 "Task-Management Resources").
pub fn task_segment(mode: Mode, cpu: usize) -> Vec<u8> {
    let (kernel, stacks) = match cpu {
        0 => (map::KERNEL_STACK, map::IST_STACKS),
        _ => (map::PEER_KERNEL_STACK, [map::PEER_KERNEL_STACK; 3]),
    };
    let mut bytes = vec![0; FIXED as usize];
    let mut put = |at: u64, field: &[u8]| bytes[at as usize..at as usize + field.len()].copy_from_slice(field);
    match mode {
        Mode::Long => {
            put(task::rsp(0), &kernel.top().to_le_bytes());
            for (index, stack) in (1..).zip(&stacks) {
                put(task::ist(index), &stack.top().to_le_bytes());
            }
        }
        Mode::Protected | Mode::Real => {
            put(task::esp(0), &(kernel.top() as u32).to_le_bytes());
            put(task::ss(0), &selector::KERNEL_DS.to_le_bytes());
        }
    }
    put(IO_MAP_BASE, &(FIXED as u16).to_le_bytes());
    bytes.extend([0xff; BITMAP]);
    for port in port::ALL {
        let (byte, bit) = task::io_permission(port.into());
        bytes[(FIXED + byte) as usize] &= !(1 << bit);
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
