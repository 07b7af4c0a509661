//! `nmi reproduce`.

use clap::Args;
use guests::Mode;
use reports::code;

use super::cases;
use super::cases::CasesArg;
use super::explain::choose;
use super::failure::Failure;
use super::values::{modes, passes, paths, vendors};
use crate::case::Case;
use crate::command::print;
use crate::host::HostFacts;
use crate::reproduce::{Form, Reproduction, differs_by_vendor, program};
use crate::suite::GuestCache;
use crate::terms::{Pass, Path, Vendor};

#[derive(Debug, Args)]
pub(super) struct ReproduceArgs {
    /// Id of the case, such as `blocking/second-nmi-waits-for-iret`
    pub(super) case: String,
    #[command(flatten)]
    pub(super) from: CasesArg,
    /// Mode of the guest [default: the last one the case names]
    #[arg(long, value_parser = modes())]
    pub(super) mode: Option<Mode>,
    /// Path by which NMIs are raised [default: the first one the case names]
    #[arg(long, value_parser = paths())]
    pub(super) path: Option<Path>,
    /// Pass that the program does; it is judged alone, and not compared with another
    #[arg(long, value_parser = passes(), default_value = "plain")]
    pub(super) pass: Pass,
    /// Whose manual says what is wanted, where they differ [default: this host's processor's, or the case's own]
    #[arg(long, value_parser = vendors())]
    pub(super) vendor: Option<Vendor>,
    /// What the program looks like
    #[arg(long, value_enum, default_value = "c")]
    pub(super) format: Form,
}

/// `nmi reproduce CASE`.
pub(super) fn reproduce(args: &ReproduceArgs) -> Result<u8, Failure> {
    let wanted = cases::id(&args.case);
    let library = cases::library_for(&args.from, Some(&|case| case == wanted))?;
    let case = cases::find(&library, &args.case)?;
    let mode = choose("mode", args.mode, &case.modes, case.modes.last())?;
    let path = choose("path", args.path, &case.paths, case.paths.first())?;
    let vendor = args.vendor.unwrap_or_else(|| usual_vendor(case));
    let guest = GuestCache::default().get(case, mode, path, vendor)?;
    let reproduction =
        Reproduction { case, guest: &guest, rules: &library.rules, path, pass: args.pass, vendor, form: args.format };
    print(&program(&reproduction)?)?;
    Ok(code::FINE)
}

/// The vendor if nobody asks for one: the only one that the case runs on; the same everywhere if it makes no difference; or else this host's.
fn usual_vendor(case: &Case) -> Vendor {
    match (case.is_amds(), case.is_intels()) {
        (true, _) => Vendor::Amd,
        (_, true) => Vendor::Intel,
        _ if !differs_by_vendor(case) => Vendor::Intel,
        _ => HostFacts::read().vendor,
    }
}
