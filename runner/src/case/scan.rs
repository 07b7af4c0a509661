//! Finds marks, snaps, raises and labels in the text of a program, without assembling it.

use std::collections::BTreeMap;

use guests::{Program, SectionName, map};

/// How a program raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// `raise`.
    Raise,
    /// `arm`.
    Arm,
    /// `out` to one of the ports by which the two ask the host, where a case needs that very instruction.
    Port,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Scan {
    /// Marks and snaps by name, in the order of the text.
    pub(super) marks: BTreeMap<String, Vec<Site>>,
    /// What raises.
    pub(super) raises: Vec<Raise>,
    /// Labels, section words among them; local ones as `label.local`.
    pub(super) labels: BTreeMap<String, Spot>,
}

/// Where in a section's text something stands; everything counts from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) section: SectionName,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

/// A `mark` or `snap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) spot: Spot,
    pub(super) snap: bool,
    /// It keeps a frame, with or without an error code.
    pub(super) frame: bool,
}

/// Something that raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raise {
    pub(super) spot: Spot,
    pub(super) how: How,
    /// How many at once; none if that is not a plain number.
    pub(super) count: Option<u64>,
}

impl Scan {
    /// Scans every section.
    pub(super) fn of(program: &Program) -> Self {
        let mut scan = Self::default();
        for section in &program.sections {
            let start = Spot { section: section.name, line: 0, column: 0, length: 1 };
            scan.labels.entry(section.name.word().to_owned()).or_insert(start);
            let mut scope = section.name.word().to_owned();
            for (number, line) in section.text.lines().enumerate() {
                scan.line(Spot { line: number, ..start }, line, &mut scope);
            }
        }
        scan
    }

    /// Whether a snap has this name.
    pub(super) fn is_snap(&self, name: &str) -> bool {
        self.marks.get(name).is_some_and(|sites| sites.iter().any(|site| site.snap))
    }

    /// The names of all snaps.
    pub(super) fn snaps(&self) -> impl Iterator<Item = &str> + Clone {
        self.marks.iter().filter(|(_, sites)| sites.iter().any(|site| site.snap)).map(|(name, _)| name.as_str())
    }

    fn line(&mut self, at: Spot, line: &str, scope: &mut String) {
        let code = line.split(';').next().unwrap_or_default();
        let mut rest = code;
        while let Some((label, after)) = label(rest) {
            let spot = Spot { column: column(line, label), length: label.chars().count(), ..at };
            let full = match label.strip_prefix('.') {
                Some(_) => format!("{scope}{label}"),
                None => {
                    label.clone_into(scope);
                    label.to_owned()
                }
            };
            self.labels.entry(full).or_insert(spot);
            rest = after;
        }
        let statement = rest.trim();
        let (word, operands) = statement.split_once(char::is_whitespace).unwrap_or((statement, ""));
        let operands = operands.trim();
        let here = |text: &str| Spot { column: column(line, text), length: text.chars().count().max(1), ..at };
        match word.to_ascii_lowercase().as_str() {
            kind @ ("mark" | "snap") => {
                let mut parts = operands.split(',').map(str::trim);
                let name = parts.next().and_then(|name| name.split_whitespace().next()).unwrap_or_default();
                let frame = parts.any(|part| matches!(part, "frame" | "error-frame"));
                let site = Site { spot: here(name), snap: kind == "snap", frame };
                // One without a name is for the assembler to refuse, and no word to offer to others.
                if !name.is_empty() {
                    self.marks.entry(name.to_owned()).or_default().push(site);
                }
            }
            "raise" => {
                let count = if operands.is_empty() { Some(1) } else { operands.parse().ok() };
                self.raises.push(Raise { spot: here(statement), how: How::Raise, count });
            }
            "arm" => self.raises.push(Raise { spot: here(statement), how: How::Arm, count: Some(1) }),
            "out" if asks_host(operands) => {
                self.raises.push(Raise { spot: here(statement), how: How::Port, count: None });
            }
            _ => {}
        }
    }
}

/// The label that `text` starts with, if it does, and what follows its colon.
pub(super) fn label(text: &str) -> Option<(&str, &str)> {
    let (before, after) = text.split_once(':')?;
    let name = before.trim();
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '.');
    (starts && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')).then_some((name, after))
}

/// Whether the operands of an `out` name a port that makes the host raise.
fn asks_host(operands: &str) -> bool {
    let port = operands.split(',').next().unwrap_or_default().trim().to_ascii_lowercase();
    let hexadecimal = port.strip_prefix("0x").or_else(|| port.strip_suffix('h'));
    let number = hexadecimal.map_or_else(|| port.parse(), |digits| u8::from_str_radix(digits, 16));
    matches!(number, Ok(map::port::RAISE | map::port::ARM))
}

/// The column of `part`, which is a slice of `line`.
pub(super) fn column(line: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    line.get(..offset).map_or(0, |before| before.chars().count())
}

#[cfg(test)]
mod tests {
    use guests::{Boot, Section};

    use super::*;

    fn scan(text: &str) -> Scan {
        let section = Section { name: SectionName::Main, text: text.to_owned() };
        Scan::of(&Program { sections: vec![section], boot: Boot::default() })
    }

    #[test]
    fn a_mark_without_a_name_is_none() {
        assert_eq!(scan("mark\nmark , frame\nsnap after").marks.keys().collect::<Vec<_>>(), ["after"]);
    }

    #[test]
    fn statements_are_found_with_their_columns() {
        let found = scan(
            "  mark start ; mark no\nleave: .x: snap held, frame\n RAISE 2\narm\nmov eax, [es:4]\nout 0E1h, al\nout 0xe4,al\nout 0E0h, al",
        );
        assert_eq!(found.marks.keys().collect::<Vec<_>>(), ["held", "start"]);
        assert!(!found.is_snap("start") && found.is_snap("held"));
        let held = found.marks["held"][0];
        assert_eq!((held.spot.line, held.spot.column, held.spot.length, held.frame), (1, 16, 4, true));
        assert_eq!(found.labels.keys().collect::<Vec<_>>(), ["leave", "leave.x", "main"]);
        let raises: Vec<_> = found.raises.iter().map(|raise| (raise.how, raise.count)).collect();
        assert_eq!(raises, [(How::Raise, Some(2)), (How::Arm, Some(1)), (How::Port, None), (How::Port, None)]);
    }
}
