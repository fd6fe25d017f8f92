//! How a visit looks to a reader: a line a check, more only for what is not ok.

use std::io::IsTerminal;

use crate::doctor::{Checked, Leftover, Outcome, Progress, Report, Verdict};

const WIDTH: usize = 100;
const LABEL: usize = 10;
const INDENT: usize = 6;
/// How many resources that are left are listed for a reader.
const LISTED: usize = 20;

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Plain,
    Ansi,
}

impl Colour {
    /// Colours for a terminal, unless <https://no-color.org> is asked for.
    pub(super) fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if unwanted || !std::io::stdout().is_terminal() {
            Self::Plain
        } else {
            Self::Ansi
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// A mark, and the colour it has.
fn mark(grade: &str) -> (&'static str, &'static str) {
    match grade {
        "ok" => ("✓", "32"),
        "warning" => ("!", "33"),
        "fault" => ("✗", "31"),
        _ => ("-", "2"),
    }
}

#[derive(Debug)]
pub(super) struct Words {
    colour: Colour,
}

impl Words {
    pub(super) fn new(colour: Colour) -> Self {
        Self { colour }
    }

    pub(super) fn progress(&self, progress: &Progress<'_>) -> Option<String> {
        match progress {
            Progress::Part(part) => Some(self.colour.paint("1", part)),
            Progress::Checked(checked) => Some(self.checked(checked)),
            Progress::CleaningUp(number) => {
                Some(format!("Deleting {number} resources that were made here"))
            }
        }
    }

    fn checked(&self, checked: &Checked) -> String {
        let (mark, code) = mark(checked.grade());
        let check = checked.check;
        let line = format!("  {} {}", self.colour.paint(code, mark), check.title);
        let details = match &checked.outcome {
            Outcome::Ok => return line,
            Outcome::Skipped(reason) => {
                return format!(
                    "{line} {}",
                    self.colour.paint("2", &format!("(skipped: {reason})"))
                );
            }
            Outcome::Broken { seen, remedy } => {
                let expected = format!("{} ({})", check.expected, check.source);
                [
                    ("check", check.name.to_owned()),
                    ("sent", check.sent.to_owned()),
                    ("expected", expected),
                    ("seen", seen.clone()),
                    ("in Entra", check.entra.to_owned()),
                    ("to do", (*remedy).to_owned()),
                ]
            }
        };
        let mut lines = vec![line];
        for (label, text) in details {
            let label = self.colour.paint("2", &format!("{label:<LABEL$}"));
            let text = wrapped(&text).join(&format!("\n{:1$}", "", INDENT + LABEL));
            lines.push(format!("{:INDENT$}{label}{text}", ""));
        }
        lines.join("\n")
    }

    pub(super) fn end(&self, report: &Report) -> String {
        let mut lines = vec![String::new()];
        if !report.left.is_empty() {
            lines.push("Not deleted; please do so by hand:".to_owned());
            lines.extend(report.left.iter().take(LISTED).map(leftover));
            if let Some(more) = report.left.len().checked_sub(LISTED + 1) {
                lines.push(format!("  and {} more; `--json` lists all", more + 1));
            }
            lines.push(String::new());
        }
        lines.push(format!(
            "{} ok, {}, {}, {} skipped; {} requests in {:.1} s",
            report.count("ok"),
            report.counted("warning"),
            report.counted("fault"),
            report.count("skipped"),
            report.requests,
            report.elapsed.as_secs_f64(),
        ));
        let code = match report.verdict() {
            Verdict::Green => "1;32",
            Verdict::Faulty => "1;31",
            Verdict::Unfinished => "1;33",
        };
        lines.push(self.colour.paint(code, &report.summary()));
        lines.join("\n")
    }
}

fn leftover(left: &Leftover) -> String {
    let id = left.id.as_deref().unwrap_or("id unknown");
    format!("  /{}/{id}  {}  {}", left.endpoint, left.name, left.reason)
}

/// Lines that fit beside their label.
fn wrapped(text: &str) -> Vec<String> {
    let room = WIDTH - INDENT - LABEL;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_texts_are_wrapped_between_words() {
        let text = "word ".repeat(40);
        let lines = wrapped(text.trim());
        assert!(lines.iter().all(|line| line.len() <= 84), "{lines:?}");
        assert_eq!(lines.join(" "), text.trim());
        assert_eq!(wrapped("short"), ["short"]);
    }
}
