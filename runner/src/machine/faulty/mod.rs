//! faulty.
