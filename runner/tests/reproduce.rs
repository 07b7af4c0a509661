//! Programs of `nmi reproduce`: their text, that they compile, and that their verdicts are those of this suite.

mod reproduce {
    pub(crate) mod agree;
    mod compile;
    pub(crate) mod program;
    mod runs;
    mod text;
}
