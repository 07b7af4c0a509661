use std::io::{self, Write};

use serde::Serialize;

use super::Grid;
use crate::json_text::write_json;

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    #[serde(flatten)]
    grid: &'a Grid,
}

impl Grid {
    /// Writes it all as one JSON object in one line, whatever rows a text would show.
    ///
    /// The members are those of [`Grid`], [`Column`](crate::Column) and [`Row`](crate::Row), and `format`: `nmi-grid-1`; an
    /// item of `seen` has `kind` and `headline`, as [`Ending`](crate::Ending), and `counts`, a number for each column. Cells and
    /// a column's `counts` are objects from the name of an outcome's kind to a number, without zeros. A later `nmi-grid-1`
    /// only adds members; a change to what is there gets another number. Errors: the writer's.
    pub fn json(&self, mut to: impl Write) -> io::Result<()> {
        write_json(&mut to, &Document { format: "nmi-grid-1", grid: self })?;
        to.write_all(b"\n")
    }
}
