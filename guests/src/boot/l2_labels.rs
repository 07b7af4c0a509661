/// Addresses in the code of a guest hypervisor and of L2.
pub struct L2Labels<'a> {
    /// L1's `main`.
    pub main: u64,
    /// L2's first instruction.
    pub start: u64,
    /// Where L1 continues after an exit if it entered L2 by a bare instruction and not by `vmlaunch` or `vmresume`.
    pub lost: u64,
    /// The address of L2's handler of a vector.
    pub handler: &'a dyn Fn(u8) -> u64,
}
