//! `nmi reproduce`.

use clap::Args;
use reports::code;

use super::failure::Failure;
use super::one_case::OneCaseArgs;
use super::values::{passes, vendors};
use crate::case::Case;
use crate::command::print;
use crate::host::HostFacts;
use crate::reproduce::{Form, Reproduction, differs_by_vendor, program};
use crate::suite::GuestCache;
use crate::terms::{Pass, Vendor};

#[derive(Debug, Args)]
pub(super) struct ReproduceArgs {
    #[command(flatten)]
    pub(super) one: OneCaseArgs,
    /// Pass that the program runs; it is judged by itself, and not compared with another pass
    #[arg(long, value_parser = passes(), default_value = "plain")]
    pub(super) pass: Pass,
    /// Vendor whose manual gives the expectation, where they differ [default: that of this host's processor, or of the case]
    #[arg(long, value_parser = vendors())]
    pub(super) vendor: Option<Vendor>,
    /// Form of the program
    #[arg(long, value_enum, default_value = "c")]
    pub(super) format: Form,
}

/// `nmi reproduce CASE`.
pub(super) fn reproduce(args: &ReproduceArgs) -> Result<u8, Failure> {
    let library = args.one.library()?;
    let (case, mode, path) = args.one.choose(&library)?;
    let vendor = args.vendor.unwrap_or_else(|| usual_vendor(case));
    let guest = GuestCache::default().get(case, mode, path, vendor)?;
    let reproduction =
        Reproduction { case, guest: &guest, rules: &library.rules, path, pass: args.pass, vendor, form: args.format };
    print(&program(&reproduction)?)?;
    Ok(code::FINE)
}

/// The default vendor: the only one on whose processors the case runs, Intel if it makes no difference, otherwise this host's.
fn usual_vendor(case: &Case) -> Vendor {
    match (case.is_amds(), case.is_intels()) {
        (true, _) => Vendor::Amd,
        (_, true) => Vendor::Intel,
        _ if !differs_by_vendor(case) => Vendor::Intel,
        _ => HostFacts::read().vendor,
    }
}
