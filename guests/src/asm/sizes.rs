//! Size words of operands, and distance words of branches.

/// `short`, `near` and `far`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Short,
    Near,
    Far,
}

/// The size words and what they mean in bytes.
///
/// The last ones are iced's, for blocks that only special instructions access.
pub(super) const SIZES: [(&str, u32); 18] = [
    ("byte", 1),
    ("word", 2),
    ("dword", 4),
    ("fword", 6),
    ("qword", 8),
    ("mmword", 8),
    ("tbyte", 10),
    ("tword", 10),
    ("oword", 16),
    ("xmmword", 16),
    ("ymmword", 32),
    ("zmmword", 64),
    ("dqword", 16),
    ("fpuenv14", 14),
    ("fpuenv28", 28),
    ("fpustate94", 94),
    ("fpustate108", 108),
    ("mem384", 48),
];

/// The size a word means, in bytes.
pub(super) fn size(word: &str) -> Option<u32> {
    SIZES.iter().find(|row| row.0 == word).map(|row| row.1)
}
