//! The processor's registers, descriptors, vectors and tables as types, each with its place in the manuals.
//!
//! Every bit and number of the hardware that this project uses stands here and nowhere else. Sources name the manual, the
//! section and its title: Intel SDM is 325462 in the edition of 2016 (revision 059), AMD APM is 24592 to 24594 (volume 2: revision
//! 3.44). What the project chose itself (addresses, selectors, vectors of its guests) is not here: `guests::map` has it.

#![no_std]
#![forbid(unsafe_code)]

pub mod apic;
pub mod code;
pub mod control;
pub mod cpuid;
pub mod debug;
pub mod error_code;
pub mod flags;
pub mod gate;
pub mod message;
pub mod msr;
pub mod paging;
pub mod pc;
pub mod pmu;
pub mod register;
pub mod segment;
pub mod smm;
pub mod svm;
pub mod task;
pub mod vector;
pub mod vmcs;
pub mod vmx;
