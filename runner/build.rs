//! Embeds the suite's cases, so that the program runs them wherever it is.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let cases = variable("CARGO_MANIFEST_DIR")?.join("../cases");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", cases.display());

    let mut files = Vec::new();
    if cases.is_dir() {
        walk(&cases.canonicalize()?, "", &mut files)?;
    }
    files.sort();
    let mut code =
        "/// The files of `cases/`: path below it, content.\nstatic EMBEDDED: &[(&str, &[u8])] = &[\n".to_owned();
    for (below, path) in files {
        // Bytes, not text: a file that is not UTF-8 is for the loader to report, with its place.
        writeln!(code, "    ({below:?}, include_bytes!({:?})),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    fs::write(variable("OUT_DIR")?.join("embedded.rs"), code)
}

fn walk(root: &Path, folder: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_dir() {
            walk(root, &below, files)?;
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            files.push((below, entry.path()));
        }
    }
    Ok(())
}
