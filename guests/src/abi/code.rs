//! The ABI's own code, assembled once for each mode.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::routines::{self, defaults, mark, mark_exit, mark_smm, park, sender};
use super::vmx;
use crate::asm::{AsmError, Assembled, NoPseudo, Region, Unit, assemble};
use crate::{Hypervisor, Line, Mode, RaiseBy, map};

/// A part of the ABI's own code, which is assembled by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AbiCode {
    /// The routines and default handlers that every guest of the mode has.
    Common(Mode),
    /// The same with the sender, which raises NMIs in this way.
    WithSender(Mode, RaiseBy),
    /// The routines of a guest hypervisor.
    Hypervisor(Hypervisor),
    /// The routines for SMM, which are the same in every mode.
    Smm,
}

/// The parts that were assembled already.
static KNOWN: Mutex<Option<HashMap<AbiCode, Arc<AbiPart>>>> = Mutex::new(None);

/// A part of the ABI's code, assembled.
#[derive(Debug)]
pub(crate) struct AbiPart {
    pub(crate) assembled: Assembled,
    /// Its lines as in the listing of every guest that has it.
    pub(crate) listing: Vec<Arc<Line>>,
}

impl AbiCode {
    /// The code, assembled once per process: it depends on no case.
    ///
    /// Errors: a mistake in the ABI's own texts.
    pub(crate) fn assembled(self) -> Result<Arc<AbiPart>, Vec<AsmError>> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        if let Some(part) = known.get(&self) {
            return Ok(Arc::clone(part));
        }
        let assembled = self.assemble()?;
        let listing = assembled.lines.iter().cloned().map(|line| Arc::new(Line::from(line))).collect();
        let part = Arc::new(AbiPart { assembled, listing });
        known.insert(self, Arc::clone(&part));
        Ok(part)
    }

    fn assemble(self) -> Result<Assembled, Vec<AsmError>> {
        let (range, base, bits) = match self {
            Self::Common(mode) | Self::WithSender(mode, _) => (map::ABI_CODE, 0, mode.bits()),
            Self::Hypervisor(_) => (map::HYPERVISOR_ABI_CODE, 0, 64),
            Self::Smm => (map::SMM_ABI_CODE, map::SMBASE, 16),
        };
        let texts = self.texts();
        let units = texts.iter().map(|(name, text)| Unit { name, text }).collect();
        let region = Region { start: range.start, end: range.end, base, bits, units };
        assemble(&[region], &[], &mut NoPseudo)
    }

    /// The texts, by unit name.
    fn texts(self) -> Vec<(&'static str, String)> {
        let common = |mode: Mode| {
            vec![(routines::MARK, mark(mode.bits())), (routines::PARK, park()), (routines::DEFAULTS, defaults(mode))]
        };
        match self {
            Self::Common(mode) => common(mode),
            Self::WithSender(mode, by) => {
                let mut texts = common(mode);
                texts.push((routines::SENDER, sender(mode.bits(), by)));
                texts
            }
            Self::Hypervisor(hypervisor) => {
                let mut texts = vec![(routines::MARK_EXIT, mark_exit(hypervisor))];
                if hypervisor == Hypervisor::Vmx {
                    texts.push((vmx::START, vmx::start()));
                }
                texts
            }
            Self::Smm => vec![(routines::MARK_SMM, mark_smm()), (routines::PARK_SMM, park())],
        }
    }
}
