use runner::cli::code;

use super::args::{FetchArgs, Places};
use super::needs::refuse_if_missing;
use super::start::{print, tell};
use crate::Failure;
use crate::boot::Emulators;
use crate::guest::Binaries;
use crate::kernel::Finder;
use crate::target::Target;

/// `lab list`.
pub(super) fn list(places: &Places) -> Result<u8, Failure> {
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &tell);
    let mut text = String::from("Targets\n");
    let targets = places.targets()?;
    let width = targets.iter().map(|target| target.name.len()).max().unwrap_or(0);
    for target in &targets {
        let state = target.machine.as_ref().map_or("ready".to_owned(), |machine| emulators.state(machine));
        text += &format!("  {:width$}  {}\n  {:width$}  {state}\n", target.name, target.about, "");
    }
    text += "\nKernels (newest of each series; --kernel takes a series, a release, or `newest`)\n";
    let finder = Finder::new(&cache, || places.archive(&cache), &tell);
    match finder.series() {
        Ok(series) => {
            for (release, cached) in series {
                let state = if cached { "cached" } else { "lab fetch --kernel" };
                text += &format!("  {:10}  {:26}  {state}\n", release.upstream(), release.name);
            }
        }
        Err(failure) => text += &format!("  {failure}\n"),
    }
    print(&text)?;
    Ok(code::FINE)
}

/// `lab fetch`.
pub(super) fn fetch(places: &Places, args: &FetchArgs) -> Result<u8, Failure> {
    let all = places.targets()?;
    let unknown = args.names.iter().find(|name| !all.iter().any(|target| target.name == **name));
    if let Some(name) = unknown {
        return Err(Failure::Input(format!("error: there is no target `{name}`; `lab list` shows all")));
    }
    let wanted = |target: &&Target| args.names.is_empty() || args.names.contains(&target.name);
    let targets: Vec<&Target> = all.iter().filter(wanted).collect();
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &tell);
    refuse_if_missing(&cache, &emulators, &targets, &args.kernel, true)?;
    let finder = Finder::new(&cache, || places.archive(&cache), &tell);
    for spec in &args.kernel {
        let kernel = finder.find(spec)?;
        tell(&format!("kernel {} is cached", kernel.label));
    }
    let mut missing = 0;
    for target in targets {
        let Some(machine) = &target.machine else { continue };
        match emulators.get(machine) {
            Ok(_) => tell(&format!("{}: its emulator is ready", target.name)),
            Err(failure) => {
                missing += 1;
                tell(&format!("{}: {failure}", target.name));
            }
        }
    }
    Binaries::build(&cache, &tell)?;
    Ok(if missing == 0 { code::FINE } else { code::TROUBLE })
}
