//! Names and versions of Debian's kernels, and their order.

use std::cmp::Ordering;

/// One kernel of Debian's archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// What its packages are called after `linux-image-`, and what `uname -r` says: `6.1.0-56-amd64`.
    pub name: String,
    /// The package's version, which says the stable release too: `6.1.192-2`.
    pub version: String,
}

impl Release {
    /// Reads one record of `apt-cache show`. None if it is no kernel for ordinary machines.
    pub(super) fn from_record(record: &str) -> Option<Release> {
        let field = |name: &str| record.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let name = field("Package:")?.strip_prefix("linux-image-")?;
        let flavour = name.strip_suffix("-amd64")?;
        if flavour.ends_with("-cloud") || flavour.ends_with("-rt") {
            return None;
        }
        Some(Release { name: name.to_owned(), version: field("Version:")?.to_owned() })
    }

    /// The upstream release: `6.1.192`.
    pub fn upstream(&self) -> &str {
        let end = self.version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.version.len());
        self.version.get(..end).unwrap_or_default()
    }

    /// The series: `6.1`.
    pub fn series(&self) -> String {
        self.upstream().split('.').take(2).collect::<Vec<_>>().join(".")
    }

    /// Whether it belongs to a series (`6.1`), or is the very release named (`6.1.192`, `6.1.0-56-amd64`, `6.1.192-2`).
    pub fn fits(&self, spec: &str) -> bool {
        let upstream = self.upstream();
        let in_series = upstream.strip_prefix(spec).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        in_series || spec == self.name || spec == self.version
    }

    fn numbers(&self) -> Vec<u32> {
        self.upstream().split('.').map(|number| number.parse().unwrap_or(0)).collect()
    }

    /// Rebuilt for an older suite, which Debian marks with a tilde and sorts before the original.
    fn is_rebuild(&self) -> bool {
        self.version.contains('~')
    }
}

impl Ord for Release {
    fn cmp(&self, other: &Release) -> Ordering {
        let key = |release: &Release| (release.numbers(), !release.is_rebuild(), release.version.clone());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Release) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Release;

    fn release(name: &str, version: &str) -> Release {
        let record = format!("Package: linux-image-{name}\nVersion: {version}\nInstalled-Size: 9\n");
        Release::from_record(&record).unwrap()
    }

    #[test]
    fn a_series_is_told_by_number() {
        let kernel = release("6.1.0-56-amd64", "6.1.192-2");
        assert_eq!(kernel.upstream(), "6.1.192");
        for spec in ["6.1", "6.1.192", "6.1.0-56-amd64", "6.1.192-2", "6"] {
            assert!(kernel.fits(spec), "{spec}");
        }
        for spec in ["6.12", "6.1.19", "6.1.0", "7"] {
            assert!(!kernel.fits(spec), "{spec}");
        }
    }

    #[test]
    fn releases_sort_by_number_and_originals_after_rebuilds() {
        let old = release("6.12.90+deb13-amd64", "6.12.90-1");
        let rebuilt = release("6.12.117+deb12-amd64", "6.12.117-1~bpo12+1");
        let new = release("6.12.117+deb13-amd64", "6.12.117-1");
        let newest = release("7.3.4+deb13-amd64", "7.3.4-1~bpo13+1");
        let mut all = vec![newest.clone(), new.clone(), old.clone(), rebuilt.clone()];
        all.sort();
        assert_eq!(all, [old, rebuilt, new, newest]);
    }

    #[test]
    fn other_flavours_are_passed_over() {
        for name in
            ["linux-image-6.1.0-56-cloud-amd64", "linux-image-6.1.0-56-rt-amd64", "linux-image-6.1.0-56-amd64-dbg"]
        {
            assert!(Release::from_record(&format!("Package: {name}\nVersion: 6.1.192-2\n")).is_none(), "{name}");
        }
    }
}
