/// How a command prints a comparison or a table.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
#[expect(missing_docs, reason = "the words say it, and clap would print what is written of each")]
pub enum Format {
    Text,
    Json,
    Markdown,
}
