use reports::code;
use runner::command::note;

use super::args::FetchArgs;
use super::needs::refuse_if_missing;
use super::places::Places;
use crate::Failure;
use crate::boot::Emulators;
use crate::guest::Binaries;
use crate::kernel::Finder;
use crate::target::Target;

/// `lab fetch`: fills the cache for machines that will be offline. Exit code 3 if an emulator cannot be had.
pub(super) fn fetch(places: &Places, args: &FetchArgs) -> Result<u8, Failure> {
    let all = places.targets()?;
    if let Some(name) = args.names.iter().find(|name| !all.iter().any(|target| target.name == **name)) {
        return Err(Failure::UnknownTarget(name.clone()));
    }
    let wanted = |target: &&Target| args.names.is_empty() || args.names.contains(&target.name);
    let targets: Vec<&Target> = all.iter().filter(wanted).collect();
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &note);
    refuse_if_missing(&cache, &emulators, &targets, &args.kernel, true)?;
    let finder = Finder::new(&cache, || places.archive(&cache), &note);
    for spec in &args.kernel {
        let kernel = finder.find(spec)?;
        note(&format!("kernel {} is cached", kernel.label));
    }
    let mut missing = 0;
    for target in targets {
        let Some(emulator) = target.emulator() else { continue };
        match emulators.get(emulator) {
            Ok(_) => note(&format!("{}: its emulator is ready", target.name)),
            Err(failure) => {
                missing += 1;
                note(&format!("{}: {failure}", target.name));
            }
        }
    }
    Binaries::build(&cache, &note)?;
    Ok(if missing == 0 { code::FINE } else { code::TROUBLE })
}
