//! Which page tables the translations come from that KVM and the processor may have cached.
//!
//! The host writes page tables between trials. Neither a KVM that shadows them (without EPT or NPT) nor a processor with a
//! tagged TLB notices that, and KVM_SET_SREGS with the same control registers flushes nothing.

use std::borrow::Cow;

use guests::map;

/// Bytes of all page tables.
const SIZE: usize = (map::PAGE_TABLES.end - map::PAGE_TABLES.start) as usize;

/// Where the translations come from.
#[derive(Debug, Default)]
pub(super) struct Translations {
    /// The tables of the last guest with paging, as they were loaded; empty if there was none.
    loaded: Vec<u8>,
    /// A guest has changed its tables since, so that translations of both states may be cached.
    mixed: bool,
    /// Room for the tables as the last guest left them.
    left: Vec<u8>,
}

impl Translations {
    /// Whether cached translations must be dropped before the next guest runs, whose tables are `next`; `read` reads the tables
    /// that are about to be overwritten.
    ///
    /// A guest without paging, whose tables are blank, neither makes translations nor uses any.
    pub(super) fn must_go<E>(&mut self, next: &[u8], read: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<bool, E> {
        self.left.resize(next.len(), 0);
        read(&mut self.left)?;
        self.mixed |= self.left != self.loaded && !is_blank(&self.left);
        if is_blank(next) {
            return Ok(false);
        }
        let others = next != self.loaded;
        let must_go = self.mixed || !self.loaded.is_empty() && others;
        if others {
            self.begin(next);
        }
        self.mixed = false;
        Ok(must_go)
    }

    /// Notes the tables that are loaded into a fresh virtual machine.
    pub(super) fn begin(&mut self, tables: &[u8]) {
        if !is_blank(tables) {
            tables.clone_into(&mut self.loaded);
        }
    }
}

fn is_blank(tables: &[u8]) -> bool {
    tables.iter().all(|byte| *byte == 0)
}

/// The page tables in the contents of guest memory, which may end before them.
pub(super) fn tables(memory: &[u8]) -> Cow<'_, [u8]> {
    let (start, end) = (map::PAGE_TABLES.start as usize, map::PAGE_TABLES.end as usize);
    if let Some(tables) = memory.get(start..end) {
        return Cow::Borrowed(tables);
    }
    let mut tables = memory.get(start..).unwrap_or_default().to_vec();
    tables.resize(SIZE, 0);
    Cow::Owned(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLANK: &[u8] = &[0, 0];
    const A: &[u8] = &[1, 1];
    const B: &[u8] = &[1, 2];

    fn must_go(translations: &mut Translations, left: &[u8], next: &[u8]) -> bool {
        let read = |to: &mut [u8]| {
            to.copy_from_slice(left);
            Ok::<_, ()>(())
        };
        translations.must_go(next, read).expect("it is read")
    }

    /// What each reset in turn says, from `left` and `next`.
    fn said(resets: &[(&[u8], &[u8])]) -> Vec<bool> {
        let mut translations = Translations::default();
        resets.iter().map(|(left, next)| must_go(&mut translations, left, next)).collect()
    }

    #[test]
    fn the_same_tables_keep_their_translations() {
        assert_eq!(said(&[(BLANK, A), (A, A), (A, A)]), [false, false, false]);
    }

    #[test]
    fn other_tables_make_them_go() {
        assert_eq!(said(&[(BLANK, A), (A, B), (B, A), (A, A)]), [false, true, true, false]);
    }

    #[test]
    fn tables_that_the_guest_changed_make_them_go_even_if_the_next_guest_starts_with_those() {
        assert_eq!(said(&[(BLANK, A), (B, A)]), [false, true]);
        assert_eq!(said(&[(BLANK, A), (B, B)]), [false, true]);
    }

    #[test]
    fn a_guest_without_paging_neither_drops_nor_hides_any() {
        assert_eq!(said(&[(BLANK, A), (A, BLANK), (BLANK, A)]), [false, false, false]);
        assert_eq!(said(&[(BLANK, A), (B, BLANK), (BLANK, A), (A, A)]), [false, false, true, false]);
        assert_eq!(said(&[(BLANK, A), (A, BLANK), (BLANK, B)]), [false, false, true]);
    }

    #[test]
    fn a_moved_guest_begins_with_the_tables_it_brought() {
        let mut translations = Translations::default();
        translations.begin(A);
        assert!(!must_go(&mut translations, A, A));
        let mut translations = Translations::default();
        translations.begin(A);
        assert!(must_go(&mut translations, B, B));
    }

    #[test]
    fn tables_lie_where_the_memory_map_says() {
        let mut memory = vec![0; map::PAGE_TABLE as usize + 1];
        memory[map::PAGE_TABLE as usize] = 1;
        assert_eq!(tables(&memory).len(), SIZE);
        assert!(!is_blank(&tables(&memory)));
        assert!(is_blank(&tables(&[])));
        assert_eq!(tables(&[]).len(), SIZE);
    }
}
