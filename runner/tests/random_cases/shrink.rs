//! Makes a failing program smaller.

use proptest::strategy::ValueTree;

use super::pieces::Program;

/// How many smaller programs are tried at most.
const TRIES: u32 = 3_000;

/// Leaves the smallest program in the tree that is still wrong, and tells what is wrong with it.
pub(super) fn shrink<T>(
    tree: &mut impl ValueTree<Value = Program>,
    mut wrong: impl FnMut(&Program) -> Option<T>,
) -> Option<T> {
    let mut last = None;
    let mut smaller = tree.simplify();
    for _ in 0..TRIES {
        if !smaller {
            break;
        }
        match wrong(&tree.current()) {
            Some(how) => {
                last = Some(how);
                smaller = tree.simplify();
            }
            None => smaller = tree.complicate(),
        }
    }
    // The limit may have been met at a program that is well: back to one that is not.
    while wrong(&tree.current()).is_none() && tree.complicate() {}
    last
}
