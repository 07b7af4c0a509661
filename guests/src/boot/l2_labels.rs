/// The addresses of a guest hypervisor's text.
pub struct L2Labels<'a> {
    /// Where L1's `main` stands.
    pub main: u64,
    /// L2's first instruction.
    pub start: u64,
    /// Where L1 goes if it uses none of the words that say where.
    pub lost: u64,
    /// L2's handlers.
    pub handler: &'a dyn Fn(u8) -> u64,
}
