//! The results of the programs, as a table.

use super::Chosen;
use crate::serial::ProgramEnd;

/// The result of one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It shows the finding; its output in one line.
    Shows(String),
    /// It found nothing wrong.
    Silent,
    /// The host lacks something, or there was trouble: how it ended, and its output in one line.
    NotRun(ProgramEnd, String),
    /// The machine died or sent nothing more while it ran.
    Died,
}

impl Shown {
    /// The result that the end of a program and its output stand for.
    pub fn of(end: ProgramEnd, output: &str) -> Self {
        let line = output.trim_end().replace(['\n', '\r'], " ");
        match end {
            ProgramEnd::Code(0) => Self::Silent,
            ProgramEnd::Code(1) => Self::Shows(line),
            _ => Self::NotRun(end, line),
        }
    }
}

/// What came of one program on one target: a row of the table.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The target.
    pub target: String,
    /// The case's program that ran there.
    pub chosen: Chosen,
    /// Whether the finding showed.
    pub shown: Shown,
}

impl Answer {
    /// Whether it is as expected: the control is silent, and a program shows its finding unless this kernel does not have it or it
    /// shows only sometimes.
    pub fn is_right(&self) -> bool {
        match (&self.shown, self.chosen.finding) {
            (Shown::Silent, None) | (Shown::Shows(_), Some(_)) => true,
            (Shown::Silent, Some(_)) => self.chosen.not_here.is_some() || self.chosen.what.sometimes.is_some(),
            (Shown::Shows(_), None) | (Shown::NotRun(..) | Shown::Died, _) => false,
        }
    }

    fn words(&self) -> String {
        let why = self.chosen.not_here.as_deref().or(self.chosen.what.sometimes.as_deref());
        match &self.shown {
            Shown::Shows(words) => format!("shows   {words}"),
            Shown::Silent => match why {
                Some(why) => format!("silent  ({why})"),
                None => "silent".to_owned(),
            },
            Shown::NotRun(end, line) if line.is_empty() => format!("NOT RUN {end}"),
            // The programs themselves say what is missing.
            Shown::NotRun(ProgramEnd::Code(_), line) => format!("NOT RUN {line}"),
            Shown::NotRun(end, line) => format!("NOT RUN {end}: {line}"),
            Shown::Died => "DIED    the machine died while it ran".to_owned(),
        }
    }
}

/// The table, with a line that counts the unexpected results.
pub fn table(title: &str, answers: &[Answer]) -> String {
    let rows = answers.iter().map(|answer| {
        let finding = answer.chosen.finding.map_or("control".to_owned(), |number| format!("{number}"));
        let mark = if answer.is_right() { ' ' } else { '!' };
        let pass = match answer.chosen.what.pass {
            runner::terms::Pass::Plain => String::new(),
            pass => format!(" ({pass})"),
        };
        let case = format!("{}{pass}", answer.chosen.what.case);
        format!("{mark} {finding:>7}  {:<32}  {case:<64}  {}\n", answer.target, answer.words())
    });
    let wrong = answers.iter().filter(|answer| !answer.is_right()).count();
    let shown =
        answers.iter().filter(|answer| matches!(answer.shown, Shown::Shows(_)) && answer.chosen.finding.is_some());
    let of = answers.iter().filter(|answer| answer.chosen.finding.is_some()).count();
    format!(
        "{title}\n{}{} of {of} programs show their finding, {wrong} not as it should be\n",
        rows.collect::<String>(),
        shown.count()
    )
}

#[cfg(test)]
mod tests {
    use runner::terms::Pass;

    use super::{Answer, ProgramEnd, Shown, table};
    use crate::findings::Reproducer;
    use crate::reproduce::Chosen;

    fn answer(finding: Option<u32>, shown: Shown) -> Answer {
        let what = Reproducer {
            target: "t".to_owned(),
            case: "a/b".to_owned(),
            mode: None,
            path: None,
            pass: Pass::Peek,
            sometimes: None,
        };
        Answer { target: "t".to_owned(), chosen: Chosen { finding, what, not_here: None }, shown }
    }

    #[test]
    fn only_a_shown_finding_and_a_silent_control_are_right() {
        let shows = || Shown::Shows("want a, got b".to_owned());
        let right = |finding, shown| answer(finding, shown).is_right();
        assert!(right(Some(1), shows()) && right(None, Shown::Silent));
        assert!(!right(Some(1), Shown::Silent) && !right(None, shows()));
        for shown in [Shown::NotRun(ProgramEnd::Code(77), String::new()), Shown::Died] {
            assert!(!right(Some(1), shown.clone()) && !right(None, shown));
        }
        let elsewhere =
            Chosen { not_here: Some("Linux >=6.4 has it".to_owned()), ..answer(Some(1), Shown::Silent).chosen };
        assert!(Answer { chosen: elsewhere, ..answer(Some(1), Shown::Silent) }.is_right());
    }

    #[test]
    fn exit_codes_mean_what_the_programs_say() {
        let of = |code| Shown::of(ProgramEnd::Code(code), "v\nw\n");
        assert_eq!((of(0), of(1)), (Shown::Silent, Shown::Shows("v w".to_owned())));
        for end in [ProgramEnd::Code(77), ProgramEnd::Signal(11), ProgramEnd::NotStarted(2)] {
            assert_eq!(Shown::of(end, "w\n"), Shown::NotRun(end, "w".to_owned()));
        }
    }

    #[test]
    fn a_program_that_did_not_run_says_why_or_how_it_ended() {
        let words = |end, output| answer(None, Shown::of(end, output)).words();
        assert_eq!(words(ProgramEnd::Code(77), "not run: no KVM\n"), "NOT RUN not run: no KVM");
        assert_eq!(words(ProgramEnd::Code(3), ""), "NOT RUN ended with exit code 3");
        assert_eq!(words(ProgramEnd::Signal(11), ""), "NOT RUN ended by signal 11");
        assert_eq!(words(ProgramEnd::Signal(11), "w\n"), "NOT RUN ended by signal 11: w");
        let missing = "NOT RUN did not start: No such file or directory (os error 2)";
        assert_eq!(words(ProgramEnd::NotStarted(2), ""), missing);
    }

    #[test]
    fn the_table_says_all() {
        let answers = [
            answer(None, Shown::Silent),
            answer(Some(3), Shown::Shows("want a, got b".to_owned())),
            answer(Some(4), Shown::Silent),
        ];
        let text = table("t@7.3", &answers);
        assert!(text.ends_with("1 of 2 programs show their finding, 1 not as it should be\n"), "{text}");
        assert!(
            text.contains("!       4  t") && text.contains("a/b (peek)") && text.contains("shows   want a, got b"),
            "{text}"
        );
    }
}
