use std::io;

use reports::Comparison;

use super::args::DiffArgs;
use super::code;
use super::format::Format;
use super::load::look;
use super::saved::read;
use super::start::{Failure, print};

/// `nmi diff`: exit code 1 if B is worse, or says less than it should.
pub(super) fn diff(args: &DiffArgs) -> Result<u8, Failure> {
    let (a, b) = (read(&args.a)?, read(&args.b)?);
    let [of_a, of_b] = [&args.a, &args.b].map(|file| file.display().to_string());
    let comparison = Comparison::new((&of_a, &a), (&of_b, &b));
    let comparison = if args.allow_missing { comparison.allowing_missing() } else { comparison };
    print(&match args.format {
        Format::Text => comparison.text(look()),
        Format::Markdown => comparison.markdown(),
        Format::Json => {
            let mut json = Vec::new();
            comparison.json(&mut json)?;
            String::from_utf8(json).map_err(io::Error::other)?
        }
    })?;
    Ok(if comparison.worse() { code::FAILED } else { code::FINE })
}
