//! The packages that a kernel's modules are built with, unpacked into a small Debian root.
//!
//! Modules must be built with the compiler, the headers and the build programs of the very kernel that loads them. Debian has
//! all of them as packages; unpacked together with the C library of their suite they run on any machine, whatever it has
//! installed itself.

use std::path::Path;
use std::process::Command;

use fs_err as fs;
use fs_err::os::unix::fs::symlink;

use super::Release;
use super::apt::{Archive, GET, SUITES, unpack};
use crate::{Failure, program};

/// Packages that a build needs besides the compiler and the headers' dependencies.
const PROGRAMS: [&str; 13] = [
    "base-files",
    "bash",
    "binutils",
    "coreutils",
    "dash",
    "diffutils",
    "findutils",
    "grep",
    "make",
    "mawk",
    "perl-base",
    "sed",
    "xz-utils",
];

/// Folders that older packages use without `usr`: links to those in `usr`, which unpacking keeps.
const MERGED: [&str; 4] = ["bin", "lib", "lib64", "sbin"];

/// What of the kernel's source is kept: KVM itself, and headers that a change of KVM may change.
const SOURCES: [&str; 4] = ["arch/x86/kvm", "virt/kvm", "arch/x86/include/asm", "include/linux"];

/// What the build of a kernel's modules takes out of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildPackages {
    /// `linux-headers-7.3.4+deb13-amd64`, `-common`.
    headers: [String; 2],
    /// `linux-kbuild-7.3.4+deb13`.
    kbuild: String,
    /// `gcc-14-for-host`.
    compiler: String,
    /// `linux-source-7.3`.
    source: String,
    /// The version of the headers and the source: that of the kernel.
    version: String,
}

impl BuildPackages {
    /// Reads what the headers of a kernel depend on. None: they name no compiler, common headers or build programs.
    fn from_depends(release: &Release, depends: &str) -> Option<BuildPackages> {
        let names = depends.split([',', '|']).filter_map(|word| word.split_whitespace().next());
        let find = |start: &str| names.clone().find(|name| name.starts_with(start)).map(str::to_owned);
        // Older headers name a package that depends on the compiler: `linux-compiler-gcc-12-x86`.
        let compiler = find("gcc-").or_else(|| {
            let name = find("linux-compiler-")?;
            Some(name.strip_prefix("linux-compiler-")?.strip_suffix("-x86")?.to_owned())
        });
        let common = names.clone().find(|name| name.starts_with("linux-headers-") && name.ends_with("-common"))?;
        Some(BuildPackages {
            headers: [format!("linux-headers-{}", release.name), common.to_owned()],
            kbuild: find("linux-kbuild-")?,
            compiler: compiler?,
            source: format!("linux-source-{}", release.series()),
            version: release.version.clone(),
        })
    }

    /// The folder of the headers in the root.
    pub fn headers_folder(&self) -> String {
        format!("usr/src/{}", self.headers[0])
    }

    /// The folder of the headers that all flavours share, which is laid out as a kernel's source.
    pub fn common_folder(&self) -> String {
        format!("usr/src/{}", self.headers[1])
    }
}

impl Archive {
    /// The packages that modules of a kernel are built with. Errors: the archive no longer has its headers or its source.
    pub fn build_packages(&self, release: &Release) -> Result<BuildPackages, Failure> {
        let headers = format!("linux-headers-{}", release.name);
        let gone =
            |package: &str| Failure::NoSourceVersion { package: package.to_owned(), start: release.version.clone() };
        let shown = program::output(self.apt("apt-cache").args(["show", &headers]), GET).map_err(|_| gone(&headers))?;
        let version = format!("Version: {}", release.version);
        let record = shown.split("\n\n").find(|record| record.lines().any(|line| line == version));
        let depends = record.and_then(|record| record.lines().find_map(|line| line.strip_prefix("Depends: ")));
        let packages = depends.and_then(|depends| BuildPackages::from_depends(release, depends));
        let packages = packages.ok_or_else(|| gone(&headers))?;
        match self.suites_of(&packages.source, Some(&release.version))?.is_empty() {
            true => Err(gone(&packages.source)),
            false => Ok(packages),
        }
    }

    /// Unpacks a root that can build modules of a kernel, and the sources of its KVM beside it (folders `root` and `source`).
    pub fn unpack_build_root(&self, packages: &BuildPackages, into: &Path) -> Result<(), Failure> {
        let (root, source) = (into.join("root"), into.join("source"));
        for folder in MERGED {
            fs::create_dir_all(root.join("usr").join(folder))?;
            symlink(format!("usr/{folder}"), root.join(folder))?;
        }
        for folder in ["dev", "proc", "tmp"] {
            fs::create_dir_all(root.join(folder))?;
        }
        // This machine's /dev/null is mounted over it.
        fs::write(root.join("dev/null"), "")?;
        let debs = into.join("debs");
        fs::create_dir_all(debs.join("partial"))?;
        self.download_closure(packages, &debs)?;
        let of_version = |name: &String| format!("{name}={}", packages.version);
        let own = packages.headers.iter().chain([&packages.source]).map(of_version);
        program::output(self.apt("apt-get").arg("download").arg("-q").args(own).current_dir(&debs), GET)?;
        for deb in fs::read_dir(&debs)?.flatten().map(|entry| entry.path()) {
            let name = deb.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let to = if name.starts_with("linux-source-") { &source } else { &root };
            if name.ends_with(".deb") {
                unpack(&deb, to)?;
            }
        }
        fs::remove_dir_all(&debs)?;
        symlink("mawk", root.join("usr/bin/awk"))?;
        keep_sources(&source, &packages.source)?;
        // The headers' tree lacks only KVM's source.
        for folder in SOURCES.iter().take(2) {
            let to = root.join(packages.common_folder()).join(folder);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            program::output(Command::new("cp").arg("-a").arg(source.join(folder)).arg(&to), GET)?;
        }
        Ok(())
    }

    /// Downloads the compiler, the build programs and all they need, from the oldest suite that has the compiler: the kernel's
    /// own, or, for a backport, the one it is built in.
    fn download_closure(&self, packages: &BuildPackages, into: &Path) -> Result<(), Failure> {
        let suites = self.suites_of(&packages.compiler, None)?;
        let Some(suite) = suites.first() else {
            return Err(Failure::NoSourceVersion { package: packages.compiler.clone(), start: String::new() });
        };
        let mut get = self.apt("apt-get");
        get.args(["install", "-q", "-y", "--download-only", "--no-install-recommends"]);
        get.args(["-o", &format!("Dir::Cache::archives={}", into.display())]);
        get.args(["-o", &format!("APT::Default-Release={suite}")]);
        get.arg(&packages.kbuild).arg(&packages.compiler).args(PROGRAMS);
        program::output(&mut get, GET)?;
        Ok(())
    }

    /// The suites that have a package, of this version if one is given, oldest first.
    fn suites_of(&self, package: &str, version: Option<&str>) -> Result<Vec<&'static str>, Failure> {
        let shown = program::output(self.apt("apt-cache").args(["madison", package]), GET)?;
        Ok(suites_in(&shown, package, version))
    }
}

/// Reads `apt-cache madison`: `gcc-14 | 14.2.0-19 | URL trixie/main amd64 Packages`.
fn suites_in(shown: &str, package: &str, version: Option<&str>) -> Vec<&'static str> {
    let rows = shown.lines().filter_map(|line| {
        let mut columns = line.split('|').map(str::trim);
        let (name, found, place) = (columns.next()?, columns.next()?, columns.next()?);
        let suite = place.split(' ').nth(1)?.split('/').next()?;
        let fits = name == package && place.ends_with("Packages") && version.is_none_or(|version| version == found);
        fits.then(|| suite.trim_end_matches("-security"))
    });
    let found: Vec<&str> = rows.collect();
    SUITES.into_iter().filter(|suite| found.contains(suite)).collect()
}

/// Takes KVM and its headers out of the tarball that the package of the source holds, and removes the rest.
fn keep_sources(folder: &Path, package: &str) -> Result<(), Failure> {
    let (usr, kept) = (folder.join("usr"), folder.join(package));
    let mut tar = Command::new("tar");
    tar.arg("-xf").arg(usr.join(format!("src/{package}.tar.xz"))).arg("-C").arg(folder);
    tar.args(SOURCES.map(|below| format!("{package}/{below}")));
    program::output(&mut tar, "apt-get install tar xz-utils")?;
    fs::remove_dir_all(&usr)?;
    for top in ["arch", "virt", "include"] {
        fs::rename(kept.join(top), folder.join(top))?;
    }
    Ok(fs::remove_dir_all(&kept)?)
}

#[cfg(test)]
mod tests {
    use super::{BuildPackages, suites_in};
    use crate::debian::Release;

    #[test]
    fn the_headers_name_what_their_kernel_was_built_with() {
        let release = Release { name: "7.3.4+deb13-amd64".to_owned(), version: "7.3.4-1~bpo13+1".to_owned() };
        let depends = "linux-headers-7.3.4+deb13-common (= 7.3.4-1~bpo13+1), linux-image-7.3.4+deb13-amd64 | \
                       linux-image-7.3.4+deb13-amd64-unsigned, linux-kbuild-7.3.4+deb13, gcc-14-for-host";
        let packages = BuildPackages::from_depends(&release, depends).unwrap();
        assert_eq!(packages.compiler, "gcc-14-for-host");
        assert_eq!(packages.source, "linux-source-7.3");
        assert_eq!(packages.common_folder(), "usr/src/linux-headers-7.3.4+deb13-common");
        let older =
            "linux-headers-6.1.0-56-common (= 6.1.192-2), linux-kbuild-6.1 (>= 6.1.192-2), linux-compiler-gcc-12-x86";
        let packages = BuildPackages::from_depends(&release, older).unwrap();
        assert_eq!((packages.compiler.as_str(), packages.kbuild.as_str()), ("gcc-12", "linux-kbuild-6.1"));
        assert!(BuildPackages::from_depends(&release, "linux-base").is_none());
    }

    #[test]
    fn suites_come_oldest_first_and_sources_are_none() {
        let shown = "    gcc-14 | 14.4.0-3 | http://mirror/debian sid/main amd64 Packages\n    \
                     gcc-14 | 14.2.0-19 | http://mirror/debian trixie/main amd64 Packages\n    \
                     gcc-14 | 13.1.0-1 | http://mirror/debian bookworm/main Sources\n";
        assert_eq!(suites_in(shown, "gcc-14", None), ["trixie", "sid"]);
        assert_eq!(suites_in(shown, "gcc-14", Some("14.4.0-3")), ["sid"]);
        assert!(suites_in(shown, "gcc", None).is_empty());
        let security =
            "linux-source-6.1 | 6.1.192-3 | http://mirror/debian-security bookworm-security/main amd64 Packages";
        assert_eq!(suites_in(security, "linux-source-6.1", Some("6.1.192-3")), ["bookworm"]);
    }
}
