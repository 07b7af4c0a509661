use guests::map::port;
use x86::task::{FIXED, IO_MAP_BASE, io_permission};

use super::super::chips::Output;
use super::super::cpu::{Core, Fault, Run};
use crate::machine::Unmodelled;

impl Core<'_> {
    /// OUT: to the host, through the ports of the ABI.
    pub(super) fn output(&mut self, port: u16, size: usize, value: u64) -> Run<()> {
        self.port_allowed(port, size)?;
        if !u8::try_from(port).is_ok_and(|port| port::ALL.contains(&port)) {
            return Err(Unmodelled::Port { port, address: self.cpu.regs.linear_rip() }.into());
        }
        self.bus.output = Some(Output { port, value: value as u8 });
        Ok(())
    }

    /// CPL > IOPL: the I/O permission bitmap decides (Intel SDM vol. 1, section "I/O Permission Bit Map"; AMD APM vol. 2,
    /// section 12.2.4 "Legacy Task-State Segment").
    fn port_allowed(&mut self, port: u16, size: usize) -> Run<()> {
        let regs = &self.cpu.regs;
        if !regs.protected() || regs.cpl <= regs.iopl() {
            return Ok(());
        }
        let task = regs.tr;
        let denied = Fault::protection(0);
        if u64::from(task.limit) < FIXED - 1 {
            return Err(denied.into());
        }
        let map = self.read_system(task.base.wrapping_add(IO_MAP_BASE), 2)?;
        let (byte, bit) = io_permission(port);
        let at = map + byte;
        if at + 1 > u64::from(task.limit) {
            return Err(denied.into());
        }
        let bits = self.read_system(task.base.wrapping_add(at), 2)? >> bit;
        if bits & ((1 << size) - 1) != 0 { Err(denied.into()) } else { Ok(()) }
    }
}
