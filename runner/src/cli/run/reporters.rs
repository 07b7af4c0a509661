//! What a run is reported to: text, JSON lines, JUnit and KTAP, as the flags say.

use std::io::{self, IsTerminal};

use reports::{
    AgainstBaseline, All, Baseline, Details, Json, Junit, Ktap, Output, Outputs, Progress, Reporter, Text, TextOptions,
};

use super::args::RunArgs;
use crate::cli::failure::Failure;
use crate::command::look;

/// The reporters of a run: files first, standard output last.
///
/// Errors: an output that cannot be written, or two on standard output.
pub(super) fn reporters<'a>(args: &RunArgs, baseline: Option<&'a Baseline>) -> Result<All<'a>, Failure> {
    let mut all = All::new();
    let against = |reporter: Box<dyn Reporter>| -> Box<dyn Reporter + 'a> {
        match baseline {
            Some(baseline) => Box::new(AgainstBaseline::new(baseline, reporter)),
            None => reporter,
        }
    };
    let lines_on_stdout = args.has_json_on_stdout();
    let mut outputs = Outputs::new();
    args.from.cases.iter().for_each(|cases| outputs.reads_cases(cases));
    args.baseline.iter().for_each(|file| outputs.reads("the baseline", file));
    args.last_failed.iter().flatten().for_each(|file| outputs.reads("the run of `--last-failed`", file));
    let json = args.json.as_deref().filter(|_| !lines_on_stdout);
    let json = json.map(|file| outputs.growing("--json", file)).transpose()?;
    let junit = args.junit.as_deref().map(|file| outputs.whole("--junit", file)).transpose()?;
    if lines_on_stdout && args.ktap {
        return Err(Failure::TwoOnStdout);
    }
    let details = args.details.details();
    if lines_on_stdout && details != Details::default() {
        return Err(Failure::NoText);
    }
    if lines_on_stdout {
        all.add("json", Json::new(Output::stdout()));
    } else if let Some(claim) = json {
        all.add("json", Json::claimed(claim, args.sync).map_err(Failure::File)?);
    }
    if let Some(claim) = junit {
        all.add("junit", against(Box::new(Junit::new(claim))));
    }
    if args.ktap {
        all.add("ktap", against(Box::new(Ktap::new(Output::stdout()))));
    } else if !lines_on_stdout {
        let progress = Progress::detect(io::stdout().is_terminal());
        let options = TextOptions { look: look(), progress, verbose: args.verbose };
        let text = Text::new(Output::stdout(), options).with_details(details);
        all.add("text", against(Box::new(text)));
    }
    Ok(all)
}
