//! Programs that `nmi reproduce` writes: what they look like, that they compile, and that they and this suite say the same.

mod reproduce {
    pub(crate) mod agree;
    mod compile;
    pub(crate) mod program;
    mod runs;
    mod text;
}
