//! A module of a kernel, and the modules that it depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::decompress;
use super::files::{name_of, walk};
use crate::Failure;
use crate::kernel_image::unsigned;

/// A kernel module, decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name with dashes: `kvm-amd`.
    pub name: String,
    /// The ELF file.
    pub bytes: Vec<u8>,
}

/// The module of that name in this folder and all it depends on, in the order to load them. A dependency without a file is
/// taken to be built into the kernel. Errors: the module itself is missing, or one is damaged.
pub fn closure(folder: &Path, top: &str) -> Result<Vec<Module>, Failure> {
    let files: BTreeMap<String, PathBuf> =
        walk(folder).into_iter().filter_map(|path| Some((module_name(&path)?, path))).collect();
    let mut order = Vec::new();
    if !files.contains_key(top) {
        return Err(Failure::NoModule { name: top.to_owned(), folder: folder.to_owned() });
    }
    add(&files, top, &mut BTreeSet::new(), &mut order)?;
    Ok(order)
}

fn add(
    files: &BTreeMap<String, PathBuf>,
    name: &str,
    seen: &mut BTreeSet<String>,
    order: &mut Vec<Module>,
) -> Result<(), Failure> {
    let Some(path) = files.get(name) else { return Ok(()) };
    if !seen.insert(name.to_owned()) {
        return Ok(());
    }
    let bytes = decompress(fs::read(path)?).map_err(|source| Failure::Compressed { file: path.clone(), source })?;
    for needed in depends(&bytes) {
        add(files, &needed, seen, order)?;
    }
    // The guest's kernel would check the signature, which takes an emulated processor long.
    let bytes = unsigned(&bytes).to_vec();
    order.push(Module { name: name.to_owned(), bytes });
    Ok(())
}

/// `kvm-amd` of `kvm-amd.ko.xz`; files may spell it with underscores.
fn module_name(path: &Path) -> Option<String> {
    let name = name_of(path);
    let stem = name.strip_suffix(".xz").or(name.strip_suffix(".zst")).unwrap_or(&name);
    Some(stem.strip_suffix(".ko")?.replace('_', "-"))
}

/// The modules that a module says it needs: the field `depends` of its section `.modinfo`, whose fields end with zeros.
fn depends(module: &[u8]) -> Vec<String> {
    let field = b"\0depends=";
    let Some(at) = module.windows(field.len()).position(|window| window == field) else { return Vec::new() };
    let rest = module.get(at + field.len()..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    let names = String::from_utf8_lossy(rest.get(..end).unwrap_or_default()).into_owned();
    names.split(',').filter(|name| !name.is_empty()).map(|name| name.replace('_', "-")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::closure;

    fn module(depends: &str) -> Vec<u8> {
        format!("\x7fELF..license=GPL\0depends={depends}\0name=x\0").into_bytes()
    }

    #[test]
    fn a_module_comes_after_what_it_needs() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("lib/modules/6.1/kernel");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("kvm_amd.ko"), module("kvm,ccp")).unwrap();
        fs::write(deep.join("kvm.ko"), module("irqbypass,built_in")).unwrap();
        fs::write(deep.join("ccp.ko"), module("")).unwrap();
        fs::write(deep.join("irqbypass.ko"), module("")).unwrap();
        let names: Vec<String> = closure(folder.path(), "kvm-amd").unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["irqbypass", "kvm", "ccp", "kvm-amd"]);
    }

    #[test]
    fn a_missing_module_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(closure(folder.path(), "kvm-amd").unwrap_err().to_string().contains("no module kvm-amd"));
    }

    #[test]
    fn a_circle_ends() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.ko"), module("a")).unwrap();
        assert!(closure(folder.path(), "a").is_ok());
    }
}
