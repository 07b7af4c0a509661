//! The files of a crate have no circular dependencies, so each can be read with only the files that it names.
//!
//! A file depends on the files that define what it uses. Names are looked up as by the compiler: a module that only re-exports a name
//! (`pub use`) is not a dependency, but the file that defines it is. Tests are not checked, nor are calls of methods of one type whose
//! blocks stand in several files, as those of the model's processor do: its instructions and its events need each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

/// A module's place in its crate: `["machine", "model"]`.
type Module = Vec<String>;

/// One source file.
struct Source {
    file: String,
    /// What it defines.
    items: BTreeSet<String>,
    /// Its `use` declarations: name, whole path, and whether it re-exports the name.
    uses: Vec<(String, Module, bool)>,
    /// Paths with `::` in its code.
    paths: Vec<Module>,
    words: BTreeSet<String>,
}

type Crate = BTreeMap<Module, Source>;

fn segments(path: &str) -> Module {
    path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The names of a `use` declaration with their paths, with its braces expanded.
fn paths(prefix: &[String], tree: &str) -> Vec<(String, Module)> {
    let Some((head, rest)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias.trim())));
        let path = [prefix, &segments(path)].concat();
        let name = alias.map_or_else(|| path.last().cloned().unwrap_or_default(), str::to_owned);
        return vec![(name, path)];
    };
    let prefix = [prefix, &segments(head)].concat();
    let (mut depth, mut part, mut all) = (0, String::new(), Vec::new());
    for c in rest.trim_end().trim_end_matches('}').chars().chain([',']) {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            all.extend(paths(&prefix, &std::mem::take(&mut part)));
        } else {
            part.push(c);
        }
    }
    all.retain(|(_, path)| path.len() > prefix.len());
    all
}

/// A path from the crate's root; `None` if it leads out of the crate.
fn absolute(krate: &BTreeSet<Module>, of: &[String], path: &[String]) -> Option<Module> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match path.first()?.as_str() {
        "crate" => (&[][..], &path[1..]),
        "self" => (of, &path[1..]),
        "super" => (of.get(..of.len().checked_sub(ups)?)?, &path[ups..]),
        child => {
            let module = [of, &[child.to_owned()]].concat();
            return krate.contains(&module).then(|| [of, path].concat());
        }
    };
    Some([base, rest].concat())
}

/// The text without tests and comments.
fn code(text: &str) -> String {
    let tests = Regex::new(r"(?s)\n#\[cfg\(test\)\]\n(pub(\([a-z:]+\))? )?mod \w+ \{.*").expect("a pattern");
    let comments = Regex::new(r"(?m)^\s*//.*$").expect("a pattern");
    comments.replace_all(&tests.replace(text, ""), "").into_owned()
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<Module, (String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["tests", "bin"].contains(&name.as_str()) {
            read(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !name.ends_with("tests") {
            let below = path.strip_prefix(root).expect("below its root");
            let mut module: Module =
                below.with_extension("").iter().map(|part| part.to_string_lossy().into()).collect();
            module.pop_if(|last| last == "mod" || *last == "lib");
            files.insert(module, (below.display().to_string(), fs::read_to_string(&path).expect("text")));
        }
    }
}

fn parse(root: &Path) -> Crate {
    let mut files = BTreeMap::new();
    read(root, root, &mut files);
    let tests = Regex::new(r"#\[cfg\(test\)\]\n(?:pub(?:\([a-z:]+\))? )?mod (\w+);").expect("a pattern");
    for (module, (_, text)) in files.clone() {
        for found in tests.captures_iter(&text) {
            files.remove(&[&module[..], &[found[1].to_owned()]].concat());
        }
    }
    let modules: BTreeSet<Module> = files.keys().cloned().collect();
    let item = r"\b(?:struct|enum|trait|fn|const|static|type|macro_rules!)\s+(\w+)";
    let [item, uses, mods, path] = [
        item,
        r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);",
        r"(?m)^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+;",
        r"(?:\bpub\(in )?\b([A-Za-z_]\w*(?:::\w+)+)",
    ]
    .map(|pattern| Regex::new(pattern).expect("a pattern"));
    let source = |module: &Module, file: &str, text: &str| {
        let text = code(text);
        let mut found = Vec::new();
        for one in uses.captures_iter(&text) {
            for (name, path) in paths(&[], &one[2].replace('\n', " ")) {
                found.extend(absolute(&modules, module, &path).map(|path| (name, path, one.get(1).is_some())));
            }
        }
        let body = mods.replace_all(&uses.replace_all(&text, ""), "").into_owned();
        let inline = path.captures_iter(&body).filter(|one| !one[0].starts_with("pub(in")).map(|one| segments(&one[1]));
        let words = body.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect();
        let items = item.captures_iter(&body).map(|one| one[1].to_owned()).collect();
        Source { file: file.to_owned(), items, uses: found, paths: inline.collect(), words }
    };
    files.iter().map(|(module, (file, text))| (module.clone(), source(module, file, text))).collect()
}

/// The module that defines what a path names.
fn definition(krate: &Crate, path: &[String], seen: &mut BTreeSet<Module>) -> Option<Module> {
    let length = (0..=path.len()).rev().find(|length| krate.contains_key(&path[..*length]))?;
    let (module, rest) = path.split_at(length);
    let source = krate.get(module)?;
    let here = Some(module.to_vec());
    let Some(name) = rest.first().filter(|name| !source.items.contains(*name)) else { return here };
    if !seen.insert([module, std::slice::from_ref(name)].concat()) {
        return None;
    }
    let behind = source.uses.iter().find_map(|(known, path, _)| match known.as_str() {
        "*" => {
            let path = [&path[..path.len() - 1], std::slice::from_ref(name)].concat();
            definition(krate, &path, seen).filter(|module| krate[module].items.contains(name))
        }
        known => (known == name).then(|| definition(krate, path, seen)).flatten(),
    });
    behind.or(here)
}

/// The modules that each depends on.
fn dependencies(krate: &Crate) -> BTreeMap<&Module, BTreeSet<Module>> {
    let modules: BTreeSet<Module> = krate.keys().cloned().collect();
    let mut on = BTreeMap::new();
    for (module, source) in krate {
        let is_used = |(name, _, passed_on): &&(String, Module, bool)| !passed_on || source.words.contains(name);
        let mut all: Vec<Module> = source.uses.iter().filter(is_used).map(|(_, path, _)| path.clone()).collect();
        for path in &source.paths {
            let imported = source.uses.iter().find(|(name, ..)| *name == path[0]);
            let imported = imported.map(|(_, whole, _)| [&whole[..], &path[1..]].concat());
            all.extend(imported.or_else(|| absolute(&modules, module, path)));
        }
        let behind = |path: &Module| definition(krate, path, &mut BTreeSet::new());
        on.insert(module, all.iter().filter_map(behind).filter(|other| other != module).collect());
    }
    on
}

/// The chain of modules from one back to itself, if there is one.
fn circle(on: &BTreeMap<&Module, BTreeSet<Module>>, start: &Module) -> Option<Vec<Module>> {
    let mut seen = BTreeSet::new();
    let mut open = vec![vec![start.clone()]];
    while let Some(way) = open.pop() {
        for next in way.last().and_then(|last| on.get(last)).into_iter().flatten() {
            if next == start {
                return Some(way);
            }
            if seen.insert(next.clone()) {
                open.push([&way[..], std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

fn circles(root: &Path) -> Vec<String> {
    let krate = parse(root);
    let on = dependencies(&krate);
    let files =
        |way: Vec<Module>| way.iter().map(|module| krate[module].file.as_str()).collect::<Vec<_>>().join(" -> ");
    krate.keys().filter_map(|module| circle(&on, module)).map(files).collect()
}

#[test]
fn no_file_depends_on_itself() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for krate in ["guests/x86", "guests", "runner/spec", "runner", "reports", "ci/lab"] {
        let found = circles(&top.join(krate).join("src"));
        assert!(found.is_empty(), "{krate}/src:\n{}", found.join("\n"));
    }
}

#[test]
fn the_lab_does_not_use_the_runners_command_line() {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci/lab/src");
    let mut files = BTreeMap::new();
    read(&lab, &lab, &mut files);
    let uses = Regex::new(r"(?m)^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+(runner[^;]+);").expect("a pattern");
    for (file, text) in files.values() {
        assert!(!text.contains("runner::cli"), "{file}");
        let used = uses.captures_iter(text).flat_map(|one| paths(&[], &one[1].replace('\n', " ")));
        let cli = used.filter(|(_, path)| path.get(1).is_some_and(|part| part == "cli")).count();
        assert_eq!(cli, 0, "{file}");
    }
}

#[test]
fn a_circle_is_found_through_names_that_are_reexported() {
    let folder = std::env::temp_dir().join(format!("nmi-circles-{}", std::process::id()));
    fs::create_dir_all(folder.join("b")).expect("made");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    write("lib.rs", "mod a;\nmod b;\npub use b::B as C;\n");
    write("a.rs", "use crate::{C as Other};\npub struct A(Other);\n");
    write("b/mod.rs", "mod deep;\npub use deep::B;\n");
    write("b/deep.rs", "pub enum B {}\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n");
    let without = circles(&folder);
    write("b/deep.rs", "pub enum B { One(Box<crate::a::A>) }\n");
    let with = circles(&folder);
    fs::remove_dir_all(&folder).expect("removed");
    assert_eq!((without, with), (vec![], vec!["a.rs -> b/deep.rs".to_owned(), "b/deep.rs -> a.rs".to_owned()]));
}
