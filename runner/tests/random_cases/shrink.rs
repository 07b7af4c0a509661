//! Makes a failing program smaller.

use proptest::strategy::ValueTree;

use super::pieces::Program;

/// How many smaller programs are tried at most.
const TRIES: u32 = 3_000;

/// Leaves the smallest program in the tree that is still wrong, and returns what is wrong with it.
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
    // If the limit was reached at a sound program, go back to one that is wrong.
    while wrong(&tree.current()).is_none() && tree.complicate() {}
    last
}
