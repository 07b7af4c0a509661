//! `nmi errata`.

use clap::Args;
use reports::{ErratumRef, code, hanging, printable_lines};

use super::cases;
use super::cases::CasesArg;
use super::failure::Failure;
use super::values::{number, vendors};
use crate::command::{look, print};
use crate::host::HostFacts;
use crate::suite::{errata_of, host_errata};
use crate::terms::{Processor, Vendor};

#[derive(Debug, Args)]
pub(super) struct ErrataArgs {
    /// List them all
    #[arg(long, conflicts_with_all = ["vendor", "family", "model", "stepping"])]
    pub(super) all: bool,
    /// Those of this vendor's processors
    #[arg(long, value_parser = vendors())]
    pub(super) vendor: Option<Vendor>,
    /// Those of processors of this family, such as 0x19
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    pub(super) family: Option<u32>,
    /// Those of processors of this model, such as 0x11
    #[arg(long, value_name = "NUMBER", value_parser = number, requires = "family")]
    pub(super) model: Option<u32>,
    /// Those of processors of this stepping
    #[arg(long, value_name = "NUMBER", value_parser = number, requires = "model")]
    pub(super) stepping: Option<u32>,
    #[command(flatten)]
    pub(super) from: CasesArg,
}

/// `nmi errata`: the errata of this host's processor, of another processor, or all.
pub(super) fn errata(args: &ErrataArgs) -> Result<u8, Failure> {
    let library = cases::library(&args.from)?;
    let asked = Processor { vendor: args.vendor, family: args.family, model: args.model, stepping: args.stepping };
    let width = look().width;
    let text = if args.all || asked != Processor::default() {
        let list = errata_of(&library, asked);
        let count = match list.len() {
            0 => "none known of such a processor".to_owned(),
            1 => "1 erratum".to_owned(),
            many => format!("{many} errata"),
        };
        format!("{}{count}\n", blocks(&list, width))
    } else {
        let here = host_errata(&library, &HostFacts::read());
        format!("{}{}", blocks(&here.list, width), hanging("this host: ", &here.words, width))
    };
    print(&printable_lines(&text))?;
    Ok(code::FINE)
}

fn blocks(list: &[ErratumRef], width: usize) -> String {
    list.iter().map(|erratum| block(erratum, width)).collect()
}

fn block(erratum: &ErratumRef, width: usize) -> String {
    let ErratumRef { id, title, source, rules } = erratum;
    let sources: String = source.split("; ").map(|source| hanging("  - ", source, width)).collect();
    let (title, rules) = (hanging("  ", title, width), hanging("  rules: ", &rules.join(", "), width));
    format!("{id}\n{title}{rules}{sources}\n")
}

/// One line for each erratum, for `nmi host`.
pub(super) fn lines(list: &[ErratumRef], width: usize) -> String {
    list.iter().map(|erratum| hanging(&format!("  {}: ", erratum.id), &erratum.title, width)).collect()
}
