//! Tables whose columns stand in groups, laid out for a width.

use std::ops::Range;

use crate::layout::{columns, pad};
use crate::{Look, Tone};

/// A table whose columns stand in groups.
pub(crate) struct Table {
    /// What the rows are: `case`.
    pub(crate) corner: &'static str,
    /// Group and name of each column.
    pub(crate) heads: Vec<(String, String)>,
    /// Rows and headings, top down.
    pub(crate) lines: Vec<Line>,
    /// Columns that a row's name may take beside its cells; a longer one has a line to itself.
    pub(crate) widest_name: usize,
}

/// A line of a table.
pub(crate) enum Line {
    /// A heading over the rows that follow.
    Topic(String),
    /// A row's name and its cells.
    Row(String, Vec<(Tone, String)>),
}

/// Neighbours of one group: the index and the width of each.
struct Block {
    group: String,
    columns: Vec<(usize, usize)>,
}

impl Block {
    fn width(&self) -> usize {
        self.columns.iter().map(|(_, width)| width + COLUMN.len()).sum::<usize>().saturating_sub(COLUMN.len())
    }
}

/// Between columns, and between groups.
const COLUMN: &str = "  ";
const GROUP: &str = "    ";

impl Table {
    /// As text. Columns that do not fit side by side follow in further tables.
    pub(crate) fn text(&self, look: Look) -> String {
        let tables = self.ranges(look.width).into_iter().map(|range| self.part(range, look));
        tables.collect::<Vec<_>>().join("\n")
    }

    /// Whether all columns fit side by side.
    pub(crate) fn fits(&self, width: usize) -> bool {
        self.ranges(width).len() < 2
    }

    /// Whether a column does not fit even alone.
    pub(crate) fn is_too_wide(&self, width: usize) -> bool {
        self.widths().iter().any(|cells| 2 * COLUMN.len() + self.first() + cells > width)
    }

    /// Columns of the longest name that stands beside its cells.
    fn first(&self) -> usize {
        let names = self.lines.iter().map(|line| match line {
            Line::Topic(name) | Line::Row(name, _) => columns(name),
        });
        names.chain([columns(self.corner)]).filter(|name| *name <= self.widest_name).max().unwrap_or(0)
    }

    fn ranges(&self, width: usize) -> Vec<Range<usize>> {
        let (first, cells) = (self.first(), self.widths());
        let fits = |range: Range<usize>| {
            let blocks = self.blocks(range, &cells);
            let used: usize = blocks.iter().map(|block| block.width() + GROUP.len()).sum();
            COLUMN.len() + first + used + COLUMN.len() <= width + GROUP.len()
        };
        let mut ranges = Vec::new();
        let mut start = 0;
        while start < cells.len() {
            let end = (start + 1..cells.len()).find(|end| !fits(start..end + 1)).unwrap_or(cells.len());
            ranges.push(start..end);
            start = end;
        }
        ranges
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.heads.iter().map(|(_, name)| columns(name)).collect();
        for line in &self.lines {
            if let Line::Row(_, cells) = line {
                widths.iter_mut().zip(cells).for_each(|(width, (_, text))| *width = columns(text).max(*width));
            }
        }
        widths
    }

    /// The columns of a table. The last of a group is as wide as it takes to fit the group's name over them.
    fn blocks(&self, range: Range<usize>, widths: &[usize]) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        for index in range {
            let (Some((group, _)), Some(width)) = (self.heads.get(index), widths.get(index)) else { continue };
            match blocks.last_mut() {
                Some(block) if block.group == *group => block.columns.push((index, *width)),
                _ => blocks.push(Block { group: group.clone(), columns: vec![(index, *width)] }),
            }
        }
        for block in &mut blocks {
            let short = columns(&block.group).saturating_sub(block.width());
            if let Some((_, width)) = block.columns.last_mut() {
                *width += short;
            }
        }
        blocks
    }

    fn part(&self, range: Range<usize>, look: Look) -> String {
        let first = self.first();
        let blocks = self.blocks(range, &self.widths());
        let line = |name: &str, cell: &dyn Fn(usize) -> (Tone, String)| {
            let block = |block: &Block| {
                let cells = block.columns.iter().map(|(index, width)| {
                    let (tone, text) = cell(*index);
                    let blanks = " ".repeat(width.saturating_sub(columns(&text)));
                    look.style.paint(tone, &text) + &blanks
                });
                cells.collect::<Vec<_>>().join(COLUMN)
            };
            let blocks = blocks.iter().map(block).collect::<Vec<_>>().join(GROUP);
            format!("{COLUMN}{name}{COLUMN}{blocks}").trim_end_matches(' ').to_owned() + "\n"
        };
        let strong = |text: &str| look.style.paint(Tone::Strong, text);
        let mut out = String::new();
        if blocks.iter().any(|block| !block.group.is_empty()) {
            let groups = blocks.iter().map(|block| strong(&pad(&block.group, block.width())));
            let groups = groups.collect::<Vec<_>>().join(GROUP);
            out.push_str(format!("{COLUMN}{}{COLUMN}{groups}", pad("", first)).trim_end_matches(' '));
            out.push('\n');
        }
        let names = |index: usize| (Tone::Strong, self.heads.get(index).map_or("", |(_, name)| name).to_owned());
        out.push_str(&line(&strong(&pad(self.corner, first)), &names));
        for row in &self.lines {
            out.push_str(&match row {
                Line::Topic(name) => format!("{COLUMN}{}\n", strong(name)),
                Line::Row(name, cells) => {
                    let of_row = |index: usize| cells.get(index).cloned().unwrap_or((Tone::Quiet, String::new()));
                    let above = if columns(name) > first { format!("{COLUMN}{name}\n") } else { String::new() };
                    let beside = if above.is_empty() { name } else { "" };
                    above + &line(&pad(beside, first), &of_row)
                }
            });
        }
        out
    }
}
