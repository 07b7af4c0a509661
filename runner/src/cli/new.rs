//! `nmi new`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use reports::code;

use super::failure::Failure;
use crate::case::{Source, Status, is_id, load_needed};
use crate::command::print;

/// A case that passes, in which [`RULE`] stands for the id of a rule.
const TEMPLATE: &str = include_str!("template.yaml");
/// The placeholder for the id of a rule.
const RULE: &str = "RULE";
/// The rule that the template tests.
const USUAL: &str = "block.from-delivery";

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Id of the case, lowercase words with `-` between them and folders: `blocking/second-nmi-waits`
    pub(super) name: String,
    /// Folder to write it into [default: this one]
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    pub(super) cases: PathBuf,
}

/// `nmi new`: writes a case from the template, never over an existing file.
pub(super) fn new(args: &NewArgs) -> Result<u8, Failure> {
    let id = args.name.strip_suffix(".yaml").unwrap_or(&args.name);
    if !is_id(id) {
        return Err(Failure::NoCaseId(id.to_owned()));
    }
    if args.cases.is_file() {
        return Err(Failure::NoFolder(args.cases.clone()));
    }
    let file = args.cases.join(format!("{id}.yaml"));
    let text = TEMPLATE.replace(RULE, &rule(&args.cases));
    write(&file, &text).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::Exists(file.clone()),
        _ => Failure::Write { file: file.clone(), source },
    })?;
    let name = id.rsplit('/').next().unwrap_or(id);
    let shown = file.display();
    print(&format!(
        "wrote {shown}\n\nnmi check {shown}\nnmi run --cases {shown} --machine model\nnmi explain --cases {shown} {name}\n"
    ))?;
    Ok(code::FINE)
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut open = fs::File::create_new(file)?;
    // An incomplete file is removed.
    open.write_all(text.as_bytes()).inspect_err(|_| drop(fs::remove_file(file)))
}

/// The id of a rule that a case in this folder can name. Other cases of the folder may be broken.
fn rule(folder: &Path) -> String {
    let source = match Source::at(folder) {
        Source::Overlay(_) => Source::Embedded,
        whole => whole,
    };
    let rules = load_needed(&source, &|_| false).map(|loaded| loaded.library.rules).unwrap_or_default();
    let usual = rules.get(USUAL).or_else(|| rules.iter().find(|rule| rule.status == Status::Tested));
    usual.map_or_else(|| USUAL.to_owned(), |rule| rule.id.clone())
}
