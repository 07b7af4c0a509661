use x86::vector;

/// An exception that an instruction or a delivery raised, of which nothing is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Vector.
    pub vector: u8,
    /// Error code, for vectors that have one.
    pub code: Option<u32>,
    /// The address to put into CR2.
    pub address: Option<u64>,
}

impl Fault {
    const fn plain(vector: u8) -> Self {
        Self { vector, code: None, address: None }
    }

    const fn coded(vector: u8, code: u32) -> Self {
        Self { vector, code: Some(code), address: None }
    }

    /// #DB of an instruction breakpoint.
    pub(crate) const DEBUG: Fault = Fault::plain(vector::DB);
    /// #UD.
    pub(crate) const UNDEFINED: Fault = Fault::plain(vector::UD);
    /// #DF.
    pub(crate) const DOUBLE: Fault = Fault::coded(vector::DF, 0);

    /// #TS with a selector's error code.
    pub(crate) const fn task(code: u32) -> Self {
        Self::coded(vector::TS, code)
    }

    /// #NP with a selector's error code.
    pub(crate) const fn not_present(code: u32) -> Self {
        Self::coded(vector::NP, code)
    }

    /// #SS.
    pub(crate) const fn stack(code: u32) -> Self {
        Self::coded(vector::SS, code)
    }

    /// #GP.
    pub(crate) const fn protection(code: u32) -> Self {
        Self::coded(vector::GP, code)
    }

    /// #PF.
    pub(crate) const fn page(address: u64, code: u32) -> Self {
        Self { vector: vector::PF, code: Some(code), address: Some(address) }
    }
}
