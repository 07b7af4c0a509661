//! The Markdown pages of the repository as tests read them: their blocks with commands.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders without pages of ours.
const ELSEWHERE: [&str; 3] = ["target", ".git", "snapshots"];

/// A Markdown file.
pub(crate) struct Page {
    /// Its path below the checkout.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A command in a block, and what the page shows of its output.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    /// `README.md:12`.
    pub(crate) at: String,
    /// The command line as the page has it, without the prompt.
    pub(crate) line: String,
    /// Empty if nothing is shown.
    pub(crate) output: String,
}

/// The root folder of the repository.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find(|it| it.join("Cargo.lock").exists())
        .expect("a checkout")
        .into()
}

/// Every page, in the order of their names.
pub(crate) fn pages() -> Vec<Page> {
    let (root, mut pages, mut open) = (checkout(), Vec::new(), vec![checkout()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !ELSEWHERE.contains(&name.as_str()) {
                open.push(path);
            } else if name.ends_with(".md") {
                let text = fs::read_to_string(&path).expect("a page");
                let name = path.strip_prefix(&root).expect("below the checkout").to_string_lossy().into_owned();
                pages.push(Page { name, text });
            }
        }
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    pages
}

impl Page {
    /// The commands of each block for a shell: all lines of a block with `sh` after its fence, and in a block without a word there
    /// the lines after `$ ` or `# `, each with the output below it.
    pub(crate) fn blocks(&self) -> Vec<Vec<Command>> {
        let mut blocks: Vec<Vec<Command>> = Vec::new();
        let mut open: Option<&str> = None;
        for (number, line) in self.text.lines().enumerate() {
            let at = format!("{}:{}", self.name, number + 1);
            match (line.strip_prefix("```"), open) {
                (Some(word), None) => {
                    open = Some(word);
                    if ["", "sh"].contains(&word) {
                        blocks.push(Vec::new());
                    }
                }
                (Some(_), Some(_)) => open = None,
                (None, Some(word @ ("" | "sh"))) => {
                    let block = blocks.last_mut().expect("a block is open");
                    let typed =
                        if word == "sh" { Some(line) } else { line.strip_prefix("$ ").or(line.strip_prefix("# ")) };
                    match (typed, block.last_mut()) {
                        (Some(line), _) => block.push(Command { at, line: line.to_owned(), output: String::new() }),
                        (None, Some(command)) => command.output += &format!("{line}\n"),
                        (None, None) => panic!("{at}: a block without a command; say how it is had, behind `$ `"),
                    }
                }
                _ => {}
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", self.name);
        blocks
    }
}

/// The words of a command, split like a shell does as far as the pages need it.
pub(crate) fn words(line: &str) -> Vec<String> {
    // Comments and redirections are not arguments.
    let line = line.split(" #").next().unwrap_or_default();
    let line = line.split(" > ").next().unwrap_or_default();
    line.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect()
}

/// The arguments of `nmi` or `lab` on a line that starts it, also through cargo; the program's name first.
pub(crate) fn arguments(line: &str) -> Option<Vec<String>> {
    for (start, program) in [
        ("cargo run --release -- ", "nmi"),
        ("cargo run --release -p lab -- ", "lab"),
        ("nmi ", "nmi"),
        ("./nmi ", "nmi"),
        ("lab ", "lab"),
    ] {
        if let Some(rest) = line.strip_prefix(start) {
            return Some([vec![program.to_owned()], words(rest)].concat());
        }
    }
    None
}
