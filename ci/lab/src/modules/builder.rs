//! Builds KVM's modules with patches, and the kernel that boots them.

use std::num::NonZero;
use std::path::Path;
use std::thread;

use fs_err as fs;

use super::{ModulesError, Patch, Sources, hash, sandbox};
use crate::debian::{Archive, BuildPackages};
use crate::kernel::Kernel;
use crate::needs::{Need, Probe};
use crate::{Attempt, Cache, Failure};

/// What building modules needs of this machine beyond Debian's archive; all else is unpacked.
pub const NEEDS: &[Need] = &[
    (Probe::Program("patch"), "patch"),
    (Probe::Program("tar"), "tar"),
    (Probe::Program("xz"), "xz-utils"),
    (Probe::Program("unshare"), "util-linux"),
    (Probe::Program("chroot"), "coreutils"),
];

/// The version of the way of building: it goes into the names of cache entries, so that modules built in another way are not used.
const BUILD: u8 = 2;

/// The modules that are built.
const BUILT: [&str; 3] = ["kvm", "kvm-amd", "kvm-intel"];

/// Builds KVM's modules with patches.
pub struct Builder<'a> {
    cache: &'a Cache,
    open: &'a dyn Fn() -> Result<Archive, Failure>,
    tell: &'a dyn Fn(&str),
}

impl<'a> Builder<'a> {
    /// A builder that keeps modules in this cache. `open` opens Debian's archive, `tell` is called before what takes long.
    pub fn new(
        cache: &'a Cache,
        open: &'a dyn Fn() -> Result<Archive, Failure>,
        tell: &'a dyn Fn(&str),
    ) -> Builder<'a> {
        Builder { cache, open, tell }
    }

    /// The kernel with KVM's modules built from its own source with these patches. Without patches it is built all the same.
    /// Errors: it is no kernel of Debian's, its source is gone, a patch does not apply, or the patched source does not build.
    pub fn kernel(&self, kernel: &Kernel, patches: &[Patch]) -> Result<Kernel, Failure> {
        let hash = hash(BUILD, patches);
        let entry = self.cache.entry(&format!("modules/{}-{hash}", kernel.key), |into| {
            let at = self.tree(kernel)?;
            let _lock = self.cache.lock(&format!("{}.build", name_of(kernel)))?;
            self.build(&at, kernel, patches, into)
        })?;
        Ok(Kernel {
            label: format!("{}+{hash}", kernel.label),
            image: kernel.image.clone(),
            modules: entry,
            key: kernel.key.clone(),
        })
    }

    /// The folder with the root, the source and the tree of a kernel; fetched once.
    fn tree(&self, kernel: &Kernel) -> Result<Tree, Failure> {
        let folder = self.cache.entry(&name_of(kernel), |into| {
            let archive = (self.open)()?;
            let releases = archive.kernels()?;
            let release = releases.iter().find(|release| release.version == kernel.key);
            let own = || ModulesError::OwnKernel { kernel: kernel.label.clone() };
            let packages = archive.build_packages(release.ok_or_else(own)?)?;
            (self.tell)(&format!("fetching the source of Linux {} and the compiler it was built with", kernel.label));
            archive.unpack_build_root(&packages, into)?;
            let places = serde_json::to_string(&Places::of(&packages))
                .map_err(|error| Failure::trouble(Attempt::WriteJson, error))?;
            Ok(fs::write(into.join("places.json"), places)?)
        })?;
        let text = fs::read_to_string(folder.join("places.json"))?;
        let places = serde_json::from_str(&text).map_err(|error| Failure::trouble(Attempt::ReadPlaces, error))?;
        Ok(Tree { folder, places })
    }

    fn build(&self, at: &Tree, kernel: &Kernel, patches: &[Patch], into: &Path) -> Result<(), Failure> {
        let root = at.folder.join("root");
        let tree = root.join(&at.places.common);
        let sources = Sources { pristine: at.folder.join("source"), tree, kernel: kernel.label.clone() };
        sources.patch(patches)?;
        (self.tell)(&format!("building KVM of Linux {} with {}", kernel.label, names(patches)));
        let jobs = format!("-j{}", thread::available_parallelism().map_or(1, NonZero::get));
        let (headers, kvm) = (format!("/{}", at.places.headers), format!("M=/{}/arch/x86/kvm", at.places.common));
        let flags = format!("KCFLAGS={}", same_names(&sources.pristine)?);
        let made = sandbox::run(&root, &["make", "-s", "-C", &headers, &jobs, &kvm, &flags, "modules"])?;
        if !made.status.success() {
            let words = first_error(&String::from_utf8_lossy(&made.stderr));
            return Err(ModulesError::Compile { kernel: kernel.label.clone(), patches: names(patches), words }.into());
        }
        for module in BUILT {
            let file = format!("/{}/arch/x86/kvm/{module}.ko", at.places.common);
            let stripped = format!("/tmp/{module}.ko");
            sandbox::run(&root, &["strip", "--strip-debug", "-o", &stripped, &file])?;
            let (from, to) = (root.join(format!("tmp/{module}.ko")), into.join(format!("{module}.ko")));
            fs::copy(from, to)?;
        }
        beside(&kernel.modules, into)
    }
}

/// Flags that make the kernel's warnings name files as Debian's modules do: `arch/x86/kvm/svm/svm.c`. Without them, a build of
/// modules alone names them relative to its own folder.
fn same_names(source: &Path) -> Result<String, Failure> {
    let mut names: Vec<String> = fs::read_dir(source.join("arch/x86/kvm"))?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.path().is_dir() {
                true => Some(format!("{name}/")),
                false => name.ends_with(".c").then_some(name),
            }
        })
        .collect();
    names.sort();
    let maps = names.iter().map(|name| format!("-fmacro-prefix-map={name}=arch/x86/kvm/{name}"));
    let common = "-fmacro-prefix-map=../../../virt/kvm/=virt/kvm/".to_owned();
    Ok(maps.chain([common]).collect::<Vec<_>>().join(" "))
}

/// The unpacked root and sources of one kernel.
struct Tree {
    folder: std::path::PathBuf,
    places: Places,
}

/// Where the headers are in a root.
#[derive(serde::Serialize, serde::Deserialize)]
struct Places {
    headers: String,
    common: String,
}

impl Places {
    fn of(packages: &BuildPackages) -> Places {
        Places { headers: packages.headers_folder(), common: packages.common_folder() }
    }
}

fn name_of(kernel: &Kernel) -> String {
    format!("trees/{}", kernel.key)
}

fn names(patches: &[Patch]) -> String {
    match patches {
        [] => "no patch".to_owned(),
        [one] => one.name.clone(),
        many => format!("{} patches", many.len()),
    }
}

/// Copies Debian's modules beside the built ones: those that KVM's depend on.
fn beside(debian: &Path, into: &Path) -> Result<(), Failure> {
    for from in fs::read_dir(debian)?.flatten().map(|entry| entry.path()) {
        let to = into.join(from.file_name().unwrap_or_default());
        if !to.exists() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

/// The first error of the compiler, or the last words of whatever failed.
fn first_error(told: &str) -> String {
    let error = told.lines().find(|line| line.contains(" error: ") || line.starts_with("ERROR: "));
    let last = || told.lines().rev().find(|line| !line.trim().is_empty());
    error.or_else(last).unwrap_or("make says nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::first_error;

    #[test]
    fn the_first_error_is_told_and_not_what_follows_from_it() {
        let told = "In file included from x.h:1,\nsvm/svm.c:9:1: warning: unused\nsvm/svm.c:12:3: error: 'x' undeclared\n\
                    y.c:1:1: error: other\nmake[3]: *** [svm/svm.o] Error 1\n";
        assert_eq!(first_error(told), "svm/svm.c:12:3: error: 'x' undeclared");
        assert_eq!(first_error("a\nmake: *** Error 2\n\n"), "make: *** Error 2");
    }
}
