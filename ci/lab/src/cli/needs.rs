use crate::boot::Emulators;
use crate::debian;
use crate::kernel::{Kernel, Spec};
use crate::needs::Missing;
use crate::target::Target;
use crate::{Cache, Failure};

/// Checks, before anything is built or downloaded, that all needed packages are installed. Errors: some are missing; the error
/// names them all, for all targets.
pub(super) fn refuse_if_missing(
    cache: &Cache,
    emulators: &Emulators<'_>,
    targets: &[&Target],
    kernels: &[Spec],
    builds_suite: bool,
) -> Result<(), Failure> {
    let mut missing = if builds_suite { Missing::of_the_suite() } else { Missing::default() };
    if kernels.iter().any(|spec| Kernel::is_downloaded(cache, spec)) {
        missing.add(Missing::of(&[debian::NEEDS]));
    }
    let of_all = !missing.is_empty();
    let mut names = Vec::new();
    for target in targets {
        let own = target.emulator().map(|emulator| emulators.missing(emulator)).unwrap_or_default();
        if of_all || !own.is_empty() {
            names.push(format!("`{}`", target.name));
        }
        missing.add(own);
    }
    Ok(missing.refuse(&names.join(", "))?)
}
