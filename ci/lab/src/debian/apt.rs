//! Debian's archive through apt: kernels and source packages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use fs_err as fs;

use super::Release;
use crate::needs::{Need, Probe};
use crate::{Cache, Failure, program};

/// Where kernels come from, oldest first.
pub(super) const SUITES: [&str; 6] =
    ["bullseye", "bookworm", "bookworm-backports", "trixie", "trixie-backports", "sid"];

/// Suites with an archive of their own for security updates.
const SECURITY: [&str; 3] = ["bullseye", "bookworm", "trixie"];

/// Suites whose sources the lab builds: QEMU of the first, Bochs of the second.
const SOURCES: [&str; 2] = ["bookworm", "trixie"];

/// Keys that sign all of them, from the package debian-archive-keyring.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// What every download from the archive needs.
pub const NEEDS: &[Need] = &[
    (Probe::Program("apt-get"), "apt"),
    (Probe::Program("apt-cache"), "apt"),
    (Probe::Program("dpkg-deb"), "dpkg"),
    (Probe::File(KEYRING), "debian-archive-keyring"),
];

/// Lists older than this are fetched again before they are used.
const FRESH: Duration = Duration::from_secs(24 * 3600);

pub(super) const GET: &str = "it is part of apt and dpkg, on Debian and its relatives";

/// Unlike `dpkg-deb -x`, does not replace a link to a folder by a folder.
const UNPACK: &str = r#"dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink --no-same-owner -C "$1""#;

/// Unpacks a binary package into a folder.
pub(super) fn unpack(deb: &Path, into: &Path) -> Result<(), Failure> {
    fs::create_dir_all(into)?;
    program::output(Command::new("sh").args(["-c", UNPACK]).arg(deb).arg(into), GET)?;
    Ok(())
}

/// Debian's archive, with lists of its own in the cache.
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
    config: PathBuf,
}

impl Archive {
    /// Opens the archive, from this mirror or the one that apt uses here, and refreshes lists that are missing or a day old.
    /// `tell` is called before what takes long. Errors: no mirror is known, or there are no lists and none can be fetched.
    pub fn open(cache: &Cache, mirror: Option<&str>, tell: &dyn Fn(&str)) -> Result<Archive, Failure> {
        let folder = cache.folder("apt")?;
        let _lock = cache.lock("apt")?;
        let archive = Archive { config: folder.join("apt.conf"), folder };
        let stamp = archive.folder.join("fetched");
        let age = fs::metadata(&stamp).and_then(|it| it.modified()).ok().map(|at| SystemTime::now().duration_since(at));
        // Lists that an earlier version of the lab fetched may lack a suite.
        let suites = [&SUITES[..], &SECURITY, &SOURCES].concat().join(" ");
        let whole = fs::read_to_string(&stamp).is_ok_and(|fetched| fetched == suites);
        if whole && matches!(age, Some(Ok(age)) if age < FRESH) {
            return Ok(archive);
        }
        tell("fetching Debian's package lists");
        match archive.configure(mirror).and_then(|()| archive.update()) {
            Ok(()) => fs::write(&stamp, suites)?,
            Err(failure) if age.is_some() => tell(&format!("offline, older package lists are used: {failure}")),
            Err(failure) => return Err(Failure::NoArchive(Box::new(failure))),
        }
        Ok(archive)
    }

    fn configure(&self, mirror: Option<&str>) -> Result<(), Failure> {
        let mirror = match mirror {
            Some(mirror) => mirror.trim_end_matches('/').to_owned(),
            None => mirror_of_this_machine()?,
        };
        if !Path::new(KEYRING).exists() {
            return Err(Failure::NoKeyring(KEYRING));
        }
        let mut sources = String::new();
        for suite in SUITES {
            sources += &format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n");
        }
        for suite in SOURCES {
            sources += &format!("deb-src [signed-by={KEYRING}] {mirror} {suite} main\n");
        }
        for suite in SECURITY {
            sources += &format!("deb [signed-by={KEYRING}] {mirror}-security {suite}-security main\n");
        }
        let at = self.folder.display();
        // To this configuration no package is installed, whatever this machine has.
        let config = format!(
            "Dir::State \"{at}\";\nDir::State::lists \"{at}/lists\";\nDir::State::status \"/dev/null\";\n\
             Dir::Cache \"{at}/cache\";\nDir::Etc::sourcelist \"{at}/sources.list\";\nDir::Etc::sourceparts \"/dev/null\";\n\
             Dir::Etc::preferencesparts \"/dev/null\";\nAcquire::Languages \"none\";\nAPT::Sandbox::User \"\";\n"
        );
        for folder in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(self.folder.join(folder))?;
        }
        for (file, text) in [(self.folder.join("sources.list"), sources), (self.config.clone(), config)] {
            fs::write(&file, text)?;
        }
        Ok(())
    }

    /// Fetches the lists. A suite that the mirror does not have is ignored as long as there is another.
    fn update(&self) -> Result<(), Failure> {
        let done = program::output(self.apt("apt-get").args(["update", "-q"]), GET).map(|_| ());
        let fetched = fs::read_dir(self.folder.join("lists")).into_iter().flatten().flatten();
        let some = fetched.into_iter().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"));
        if some {
            return Ok(());
        }
        done?;
        Err(Failure::NoLists)
    }

    /// Every kernel there is for this architecture, oldest first, without the cloud and realtime flavours.
    pub fn kernels(&self) -> Result<Vec<Release>, Failure> {
        let pattern = "^linux-image-[0-9]+[.][0-9]+[.][0-9]+[^ ]*-amd64$";
        let names = program::output(self.apt("apt-cache").args(["search", "--names-only", pattern]), GET)?;
        let names: Vec<&str> = names.lines().filter_map(|line| line.split(' ').next()).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let shown = program::output(self.apt("apt-cache").args(["show", "--no-all-versions"]).args(names), GET)?;
        let mut kernels: Vec<Release> = shown.split("\n\n").filter_map(Release::from_record).collect();
        kernels.sort();
        kernels.dedup_by(|a, b| a.version == b.version);
        Ok(kernels)
    }

    /// Downloads the packages that hold this kernel and its modules and unpacks them into a folder.
    pub fn unpack_kernel(&self, release: &Release, into: &Path) -> Result<(), Failure> {
        let pattern = format!("^linux-(image|binary|modules)-{}$", release.name.replace(['.', '+'], "[.+]"));
        let names = program::output(self.apt("apt-cache").args(["search", "--names-only", &pattern]), GET)?;
        let names = names.lines().filter_map(|line| line.split(' ').next());
        let fetched = program::output(self.apt("apt-get").arg("download").arg("-q").args(names).current_dir(into), GET);
        fetched.map_err(|why| Failure::NoKernel { name: release.name.clone(), why })?;
        for path in fs::read_dir(into)?.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == "deb") {
                unpack(&path, &into.join("root"))?;
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// The version of a source package that begins with `start`. Errors: the archive has none.
    pub fn source_version(&self, package: &str, start: &str) -> Result<String, Failure> {
        let shown = program::output(self.apt("apt-cache").args(["showsrc", "--only-source", package]), GET)?;
        let mut versions = shown.lines().filter_map(|line| line.strip_prefix("Version: "));
        versions
            .find(|version| version.starts_with(start))
            .map(str::to_owned)
            .ok_or_else(|| Failure::NoSourceVersion { package: package.to_owned(), start: start.to_owned() })
    }

    /// Downloads and unpacks a source package, with Debian's own patches, and returns its folder.
    pub fn unpack_source(&self, package: &str, version: &str, into: &Path) -> Result<PathBuf, Failure> {
        let wanted = format!("{package}={version}");
        program::output(self.apt("apt-get").args(["source", "-q", "--only-source", &wanted]).current_dir(into), GET)?;
        folder_in(into, package)
    }

    /// Downloads and unpacks the upstream source of a source package, without Debian's patches, and returns its folder.
    ///
    /// This file alone is enough, whatever else of the package a mirror lacks: apt checks it by the signed lists.
    pub fn unpack_upstream(&self, package: &str, version: &str, into: &Path) -> Result<PathBuf, Failure> {
        let wanted = format!("{package}={version}");
        let mut get = self.apt("apt-get");
        get.args(["source", "-q", "--download-only", "--only-source", &wanted]).current_dir(into);
        let got = program::output(&mut get, GET);
        let mut files = fs::read_dir(into)?.flatten().map(|entry| entry.path());
        let upstream = files.find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            [".orig.tar.xz", ".orig.tar.gz", ".orig.tar.bz2"].iter().any(|end| name.ends_with(end))
        });
        let Some(upstream) = upstream else {
            let (package, version) = (package.to_owned(), version.to_owned());
            return Err(Failure::NoSource { package, version, why: got.err() });
        };
        program::output(Command::new("tar").arg("-xf").arg(&upstream).current_dir(into), "apt-get install tar")?;
        folder_in(into, package)
    }

    pub(super) fn apt(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", &self.config).env("LC_ALL", "C");
        command
    }
}

fn folder_in(into: &Path, package: &str) -> Result<PathBuf, Failure> {
    let folder = fs::read_dir(into)?.flatten().map(|entry| entry.path()).find(|path| path.is_dir());
    folder.ok_or_else(|| Failure::EmptySource(package.to_owned()))
}

/// The mirror that this machine's own apt uses for Debian.
fn mirror_of_this_machine() -> Result<String, Failure> {
    let mut apt = Command::new("apt-get");
    apt.args(["indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"]);
    let targets = program::output(&mut apt, GET)?;
    let uris = targets.lines().filter_map(|line| line.strip_prefix("Debian "));
    let main = uris.map(|uri| uri.trim_end_matches('/')).find(|uri| uri.ends_with("/debian"));
    main.map(str::to_owned).ok_or(Failure::NoMirror)
}
