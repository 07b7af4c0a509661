//! The guest's trace ring, read and named.

use guests::abi::{Record, decode_ring};
use guests::{Guest, map};

use super::trace::Mark;
use crate::machine::{Session, Trouble};

/// The name of a record whose number belongs to no mark of the guest. No mark can have it: it holds spaces.
const NO_MARK: &str = "a record that no mark wrote";

/// How many records the guest has reserved so far; may exceed [`map::RING_RECORDS`].
pub(super) fn reserved(session: &dyn Session) -> Result<u32, Trouble> {
    let mut head = [0; 4];
    session.read(map::RING_HEAD, &mut head)?;
    Ok(u32::from_le_bytes(head))
}

/// The records of the first `reserved` slots.
pub(super) fn records(session: &dyn Session, reserved: u32) -> Result<Vec<Record>, Trouble> {
    let kept = u64::from(reserved).min(map::RING_RECORDS);
    let length = usize::try_from(kept * map::RECORD_SIZE).unwrap_or(0);
    let mut bytes = vec![0; length];
    session.read(map::RING.start, &mut bytes)?;
    Ok(decode_ring(&bytes, reserved))
}

/// Turns records into marks with names and occurrences, each with the index of its slot. A record that was reserved but not
/// finished, because the guest stopped while it wrote it, is left out.
pub(super) fn name_all(guest: &Guest, records: &[Record]) -> Vec<(usize, Mark)> {
    let mut seen: Vec<(u8, u16)> = Vec::with_capacity(records.len());
    let mut marks = Vec::with_capacity(records.len());
    for (slot, record) in records.iter().enumerate().filter(|(_, record)| record.committed) {
        let key = (record.cpu, record.mark);
        let earlier = seen.iter().filter(|&&other| other == key).count();
        seen.push(key);
        marks.push((slot, name(guest, record, earlier)));
    }
    marks
}

/// The last snap of the first processor, by name.
pub(super) fn last_snap(guest: &Guest, records: &[Record]) -> Option<Mark> {
    let last = records.iter().rposition(|record| record.committed && record.snap && record.cpu == 0)?;
    let (earlier, from) = records.split_at_checked(last)?;
    let snap = from.first()?;
    let same = |record: &&Record| record.committed && record.cpu == 0 && record.mark == snap.mark;
    Some(name(guest, snap, earlier.iter().filter(same).count()))
}

fn name(guest: &Guest, record: &Record, earlier: usize) -> Mark {
    let name = match guest.marks.get(usize::from(record.mark)) {
        Some(name) => name.clone(),
        // The guest overwrote its own ring: the record is kept under a name that shows it.
        None => NO_MARK.to_owned(),
    };
    Mark {
        name,
        occurrence: u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1),
        cpu: record.cpu,
        snap: record.snap,
        site: record.site,
        rsp: record.rsp,
        rflags: record.rflags,
        frame: record.frame,
        stack: record.stack,
    }
}

#[cfg(test)]
mod tests {
    use guests::abi::FrameKind;
    use guests::{Mode, Program, RaiseBy, Section, SectionName, Wiring, build};

    use super::*;

    #[test]
    fn a_record_that_belongs_to_no_mark_is_said_to_be_one() {
        let section = Section { name: SectionName::Main, text: "mark start\ndone\n".to_owned() };
        let program = Program { sections: vec![section], ..Program::default() };
        let wiring = Wiring { raise: RaiseBy::Host, sender: false, constants: Default::default() };
        let guest = build(&program, Mode::Long, &wiring).expect("a guest");
        let record = |mark: u16| Record {
            mark,
            cpu: 0,
            snap: false,
            site: 0,
            rsp: 0,
            rflags: 0,
            frame: FrameKind::None,
            stack: [0; 6],
            committed: true,
        };
        let names: Vec<String> =
            name_all(&guest, &[record(0), record(8)]).into_iter().map(|(_, mark)| mark.name).collect();
        assert_eq!(names, ["start", NO_MARK]);
    }
}
