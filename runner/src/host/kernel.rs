use crate::terms::release_numbers;

/// The version of the stable kernel that this host's kernel is built from: what can be compared between distributions.
///
/// `release` is what `uname -r` prints, which is enough for most kernels. Debian's stable releases say `6.1.0-56-amd64`
/// whatever the patch level; that stands in `uname -v` (`build`): `#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-06-01)`.
/// Ubuntu's is the last word of /proc/version_signature: `Ubuntu 5.15.0-91.101-generic 5.15.131`. If neither names a version,
/// it is the release.
pub(super) fn version(release: &str, build: &str, signature: &str) -> String {
    let debian = build.split_once("Debian ").and_then(|(_, rest)| rest.split(['-', ' ']).next());
    let ubuntu = signature.strip_prefix("Ubuntu ").and_then(|rest| rest.split_whitespace().last());
    // A version of another series is not this kernel's.
    let told = debian.or(ubuntu).filter(|told| series(told).is_some() && series(told) == series(release));
    told.unwrap_or(release).to_owned()
}

/// Major and minor number: 6 and 1 of `6.1.192`; `None` if it does not begin with a number.
pub(super) fn series(version: &str) -> Option<(u32, u32)> {
    let [major, minor, _] = release_numbers(version)?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::version;
    use crate::case::KernelRange;

    #[test]
    fn real_kernels_tell_their_version() {
        for (release, build, signature, told) in [
            ("5.10.0-45-amd64", "#1 SMP Debian 5.10.270-1 (2026-09-12)", "", "5.10.270"),
            ("6.1.0-56-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-10-02)", "", "6.1.192"),
            ("6.12.117+deb13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 (2026-10-02)", "", "6.12.117"),
            ("7.3.4+deb13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1~bpo13+1 (2026-11-02)", "", "7.3.4"),
            ("7.4-rc3-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 7.4~rc3-1~exp1 (2026-11-16)", "", "7.4~rc3"),
            (
                "5.15.0-91-generic",
                "#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023",
                "Ubuntu 5.15.0-91.101-generic 5.15.131\n",
                "5.15.131",
            ),
            ("6.18.44-fc", "#1 SMP PREEMPT_DYNAMIC @0", "", "6.18.44-fc"),
            ("6.18.44", "#1 Debian made this", "", "6.18.44"),
            ("6.18.44", "#1 SMP Debian 6.1.192-2 (built elsewhere)", "", "6.18.44"),
            ("", "", "", ""),
        ] {
            assert_eq!(version(release, build, signature), told, "{release} {build}");
        }
    }

    #[test]
    fn a_range_holds_the_version_and_not_the_release() {
        let since = |range: &str, version: &str| range.parse::<KernelRange>().expect("a range").holds(version);
        let bookworm = version("6.1.0-56-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-10-02)", "");
        assert!(since(">=6.1.100", &bookworm) && !since(">=6.1.100", "6.1.0-56-amd64"));
        assert!(since("=7.4", "7.4~rc3") && since(">=7.3, <7.4", "7.3.4+deb13-amd64"));
    }
}
