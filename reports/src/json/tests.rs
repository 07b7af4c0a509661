//! Saved runs come back as they were, and what is damaged is refused.

use super::*;
use crate::{Outcome, Outputs, samples};

fn saved(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut json = Json::new(&mut bytes);
    for event in events {
        json.take(event).expect("memory");
    }
    bytes
}

#[test]
fn events_come_back() {
    let events = samples::mixed_run();
    let mut want = SavedRun::default();
    events.iter().for_each(|event| want.take(event));
    let got = read_run(&saved(&events)[..]).expect("own file");
    assert_eq!(got, want);
    assert!(got.summary.is_some() && got.unfinished.is_empty() && !got.torn);
}

#[test]
fn every_outcome_comes_back() {
    for outcome in samples::outcomes() {
        let event = Event::TrialFinished(Box::new(samples::trial("kvm::long::ioctl::a/b", outcome)));
        let line = serde_json::to_string(&event).expect("writes");
        assert_eq!(serde_json::from_str::<Event>(&line).expect("reads"), event);
    }
}

#[test]
fn a_file_cut_off_at_any_byte_is_read() {
    let events = samples::mixed_run();
    let bytes = saved(&events);
    for cut in 0..=bytes.len() {
        let part = &bytes[..cut];
        let run = read_run(part).unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
        let lines = part.iter().filter(|byte| **byte == b'\n').count();
        // An event whose line lacks only its line break is complete.
        let complete = lines + usize::from(bytes.get(cut) == Some(&b'\n'));
        let mut want = SavedRun::default();
        events[..complete].iter().for_each(|event| want.take(event));
        want.torn = run.torn;
        assert_eq!(run, want, "cut at {cut}");
        assert_eq!(run.torn, complete == lines && !part.is_empty() && !part.ends_with(b"\n"), "cut at {cut}");
        if let Some(Event::TrialStarted { id }) = complete.checked_sub(1).and_then(|last| events.get(last)) {
            assert_eq!(run.last_unfinished(), Some(id), "cut at {cut}");
        }
    }
}

#[test]
fn a_run_written_again_is_the_same() {
    let bytes = saved(&samples::mixed_run());
    for cut in 0..=bytes.len() {
        let run = read_run(&bytes[..cut]).expect("cut off is fine");
        let mut again = Vec::new();
        write_run(&run, &mut again).expect("memory");
        let again = read_run(&again[..]).expect("own file");
        assert_eq!(again, SavedRun { torn: false, ..run }, "cut at {cut}");
    }
}

#[test]
fn lost_blocks_read_as_cut_off() {
    let bytes = saved(&samples::mixed_run());
    for cut in [0, 10, bytes.len() / 2] {
        let mut lost = bytes[..cut].to_vec();
        lost.extend([0; 64]);
        let run = read_run(&lost[..]).expect("zeros are a cut");
        assert!(run.torn && run.summary.is_none());
    }
}

#[test]
fn zeros_in_the_midst_are_refused_with_their_line() {
    let bytes = saved(&samples::mixed_run());
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (before, behind) = (lines[..3].concat(), lines[5..].concat());
    let lost = lines[3..5].concat().len();
    for zeros in [vec![0; lost], [&vec![0; lost - 1][..], b"\n"].concat()] {
        let error = read_run(&[&before[..], &zeros, &behind].concat()[..]).expect_err("damaged").to_string();
        assert!(error.starts_with("line 4: zero bytes in the midst"), "{error}");
    }
    let at_the_end = read_run(&[&before[..], &[0; 99], b"\n"].concat()[..]).expect("cut off");
    assert!(at_the_end.torn);
}

#[test]
fn a_trial_starts_and_ends_once() {
    let bytes = saved(&samples::mixed_run());
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let id = samples::saved(&samples::mixed_run()).trials[0].id.clone();
    for (order, line, what) in [
        (&[0, 1, 2, 2, 3][..], 4, "ends here and has ended before"),
        (&[0, 1, 2, 1, 3], 4, "starts here and has ended before"),
        (&[0, 1, 1, 2, 3], 3, "starts here and has started before"),
        (&[0, 2, 3], 2, "ends here and has not started"),
    ] {
        let damaged: Vec<u8> = order.iter().flat_map(|line: &usize| lines[*line].to_vec()).collect();
        let error = read_run(&damaged[..]).expect_err("damaged").to_string();
        assert!(error.starts_with(&format!("line {line}: trial {id} {what}")), "{error}");
    }
    // Side by side.
    let beside: Vec<u8> = [0, 1, 3, 4, 2].iter().flat_map(|line: &usize| lines[*line].to_vec()).collect();
    let run = read_run(&beside[..]).expect("a run");
    assert_eq!((run.trials.len(), run.unfinished.len()), (2, 0));
}

#[test]
fn garbage_is_refused_with_its_line() {
    let bytes = saved(&samples::mixed_run());
    let text = String::from_utf8(bytes).expect("text");
    let first = text.lines().next().expect("a line");
    for (bad, line) in [
        ("hello".to_owned(), 1),
        ("hello\n".to_owned(), 1),
        ("42".to_owned(), 1),
        ("[".to_owned(), 1),
        (format!("{first}\n\n{{\"event\":\"dance\"}}\n"), 3),
        (format!("{first}\n{{\"event\":\n{first}\n"), 2),
        (format!("{first}\n{first}\n"), 2),
        (format!("{text}{first}\n"), text.lines().count() + 1),
        (text.lines().nth(1).expect("two lines").to_owned(), 1),
        (format!("{first}\n{}\n", "[".repeat(10_000)), 2),
    ] {
        let error = read_run(bad.as_bytes()).expect_err("garbage").to_string();
        assert!([':', ','].iter().any(|after| error.starts_with(&format!("line {line}{after}"))), "{error}");
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let bytes = saved(&samples::mixed_run());
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..2000 {
        let mut damaged = bytes.clone();
        for _ in 0..3 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = state as usize % damaged.len();
            damaged[at] = (state >> 32) as u8;
        }
        let _ = read_run(&damaged[..]);
    }
}

#[test]
fn a_cut_off_run_replays_as_interrupted() {
    let events: Vec<Event> = samples::mixed_run().into_iter().take(4).collect();
    let run = read_run(&saved(&events)[..]).expect("own file");
    let mut again = Vec::new();
    run.replay(&mut Json::new(&mut again)).expect("memory");
    let again = read_run(&again[..]).expect("own file");
    assert_eq!((&again.trials, &again.unfinished), (&run.trials, &run.unfinished));
    assert!(again.summary.is_some_and(|summary| summary.interrupted));
}

#[test]
fn files_are_written_through() {
    let path = std::env::temp_dir().join(format!("nmi-reports-{}.jsonl", std::process::id()));
    let claim = Outputs::new().growing("--json", &path).expect("claimed");
    let mut json = Json::claimed(claim, true).expect("begun");
    let trial = samples::trial("kvm::long::ioctl::a/b", Outcome::Pass);
    json.take(&Event::RunStarted(samples::facts())).expect("written");
    json.take(&Event::TrialStarted { id: trial.id.clone() }).expect("written");
    let run = read_run(io::BufReader::new(File::open(&path).expect("there"))).expect("own file");
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(run.last_unfinished(), Some(&trial.id));
}
