//! Pieces of programs, on small guests.

use super::image::image;
use super::template::{comment, fill, quoted};

#[test]
fn words_of_a_template_are_replaced() {
    assert_eq!(fill("a @X@ b @YY@ @X@", &[("X", "1"), ("YY", "2")]), "a 1 b 2 1");
    assert_eq!(quoted(r#"a "b" \c"#), r#""a \"b\" \\c""#);
    assert_eq!(comment("x /* y */ z"), "x / * y * / z");
}

/// What the loader in `c/load.c` makes of the lines.
fn loaded(lines: &str) -> Vec<u8> {
    let mut memory = vec![0u8; guests::map::MEMORY_SIZE as usize];
    let joined = lines.replace("\",\n\t\t\"", "\", \"").replace("\"\n\t\t\"", "").replace(",\n\t\t", ", ");
    for line in joined.lines() {
        let code = line.split("/*").next().unwrap_or_default().trim();
        let (kind, rest) = code.split_once('(').unwrap_or_else(|| panic!("{line}"));
        let words: Vec<&str> = rest.trim_end_matches([',', ')']).split(", ").collect();
        let number = |word: &str| match word.strip_prefix("0x") {
            Some(hex) => usize::from_str_radix(hex, 16).expect("hexadecimal"),
            None => word.parse().expect("decimal"),
        };
        let bytes = |word: &str| -> Vec<u8> {
            let hex = word.trim_matches('"');
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
        };
        let (at, entry) = (number(words[0]), bytes(words[1]));
        let (distance, count) = match kind {
            "AT" => (0, 1),
            "TABLE" => (number(words[2]), bytes(words[3]).len() / 2),
            "STEPS" => (number(words[2]), number(words[4])),
            other => panic!("{other}"),
        };
        for n in 0..count {
            let to = &mut memory[at + n * distance..];
            to[..entry.len()].copy_from_slice(&entry);
            if kind == "TABLE" {
                to[..2].copy_from_slice(&bytes(words[3])[2 * n..2 * n + 2]);
            }
            if kind == "STEPS" {
                let first = u32::from_le_bytes(to[..4].try_into().expect("four"));
                let grown = first.wrapping_add((n * number(words[3])) as u32);
                to[..4].copy_from_slice(&grown.to_le_bytes());
            }
        }
    }
    memory
}

#[test]
fn the_lines_hold_the_whole_image_but_what_only_a_second_processor_uses() {
    let library =
        crate::case::load(&crate::case::Source::Embedded).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let cache = crate::suite::GuestCache::default();
    for case in library.cases.iter().step_by(5) {
        for &mode in &case.modes {
            let vendor = if case.is_amds() { crate::terms::Vendor::Amd } else { crate::terms::Vendor::Intel };
            let path = *case.paths.first().expect("a path");
            let guest = cache.get(case, mode, path, vendor).expect("it builds");
            let mut got = loaded(&image(case, &guest, &guest.memory));
            let mut wanted = guest.memory.clone();
            wanted.resize(got.len(), 0);
            if guest.start.len() < 2 {
                for range in super::image::OF_THE_SECOND {
                    let range = range.start as usize..range.end as usize;
                    got[range.clone()].fill(0);
                    wanted[range].fill(0);
                }
            }
            let differs = got.iter().zip(&wanted).position(|(got, wanted)| got != wanted);
            assert_eq!(differs, None, "{} in {mode} mode", case.id);
        }
    }
}
