use reports::code;
use runner::command::note;

use super::output::print;
use super::places::Places;
use crate::Failure;
use crate::boot::Emulators;
use crate::kernel::Finder;

/// `lab list`: the targets and the kernels, with what is cached and how to get what is missing.
pub(super) fn list(places: &Places) -> Result<u8, Failure> {
    let cache = places.cache()?;
    let emulators = Emulators::new(&cache, places.mirror.clone(), &note);
    let mut text = String::from("Targets\n");
    let targets = places.targets()?;
    let width = targets.iter().map(|target| target.name.len()).max().unwrap_or(0);
    for target in &targets {
        let state = target.emulator().map_or("ready".to_owned(), |emulator| emulators.state(emulator));
        text += &format!("  {:width$}  {}\n  {:width$}  {state}\n", target.name, target.about, "");
    }
    text += "\nKernels (newest of each series; --kernel takes a series, a release, or `newest`)\n";
    let finder = Finder::new(&cache, || places.archive(&cache), &note);
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
