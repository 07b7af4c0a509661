use std::path::PathBuf;

use clap::Args;
use reports::{Comparison, code};

use super::failure::Failure;
use crate::command::{Format, look, print, read_saved};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The saved run to compare with
    pub(super) a: PathBuf,
    /// The saved run that is judged
    pub(super) b: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Judge only the trials that are there: B may lack or skip trials of A, and either may be incomplete
    #[arg(long)]
    pub(super) allow_missing: bool,
}

/// `nmi diff`: exit code 1 if B is worse, or lacks trials.
pub(super) fn diff(args: &DiffArgs) -> Result<u8, Failure> {
    let (a, b) = (read_saved(&args.a)?, read_saved(&args.b)?);
    let [of_a, of_b] = [&args.a, &args.b].map(|file| file.display().to_string());
    let comparison = Comparison::new((&of_a, &a), (&of_b, &b));
    let comparison = if args.allow_missing { comparison.allowing_missing() } else { comparison };
    print(&match args.format {
        Format::Text => comparison.text(look()),
        Format::Markdown => comparison.markdown(),
        Format::Json => {
            let mut json = Vec::new();
            comparison.json(&mut json)?;
            String::from_utf8_lossy(&json).into_owned()
        }
    })?;
    Ok(if comparison.worse() { code::FAILED } else { code::FINE })
}
