//! Prefixes of instructions.

use iced_x86::{Code, Instruction, MandatoryPrefix, Register};

/// What stands before a mnemonic.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefixes {
    words: Vec<&'static str>,
    /// In bits, where forced.
    pub(super) operand_size: Option<u32>,
    /// In bits, where forced.
    pub(super) address_size: Option<u32>,
}

const WORDS: [&str; 10] = ["lock", "rep", "repe", "repz", "repne", "repnz", "bnd", "notrack", "xacquire", "xrelease"];

impl Prefixes {
    /// Takes `word` (in lower case) in, if it is a prefix.
    pub(super) fn add(&mut self, word: &str) -> bool {
        match word {
            "o16" | "data16" => self.operand_size = Some(16),
            "o32" | "data32" => self.operand_size = Some(32),
            "o64" | "data64" => self.operand_size = Some(64),
            "a16" | "addr16" => self.address_size = Some(16),
            "a32" | "addr32" => self.address_size = Some(32),
            "a64" | "addr64" => self.address_size = Some(64),
            _ => match WORDS.iter().find(|known| **known == word) {
                Some(known) => self.words.push(known),
                None => return false,
            },
        }
        true
    }

    /// The words as written.
    pub(super) fn words(&self) -> String {
        self.words.join(" ")
    }

    /// Whether the form can have these prefixes.
    pub(super) fn allowed(&self, code: Code) -> bool {
        let info = code.op_code();
        self.words.iter().all(|word| match *word {
            "lock" => info.can_use_lock_prefix(),
            // Some instructions have the prefix anyway.
            "rep" | "repe" | "repz" => info.can_use_rep_prefix() || info.mandatory_prefix() == MandatoryPrefix::PF3,
            "repne" | "repnz" => info.can_use_repne_prefix(),
            "bnd" => info.can_use_bnd_prefix(),
            "notrack" => info.can_use_notrack_prefix(),
            "xacquire" => info.can_use_xacquire_prefix(),
            _ => info.can_use_xrelease_prefix(),
        })
    }

    /// Sets these prefixes on an instruction.
    pub(super) fn apply(&self, instruction: &mut Instruction) {
        for word in &self.words {
            match *word {
                "lock" => instruction.set_has_lock_prefix(true),
                "rep" | "repe" | "repz" => instruction.set_has_rep_prefix(true),
                "repne" | "repnz" | "bnd" => instruction.set_has_repne_prefix(true),
                "notrack" => instruction.set_segment_prefix(Register::DS),
                "xacquire" => instruction.set_has_xacquire_prefix(true),
                _ => instruction.set_has_xrelease_prefix(true),
            }
        }
    }
}
