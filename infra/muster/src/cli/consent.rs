//! What is asked before something is done that cannot be undone.

use std::io::{IsTerminal, Write};

use clap::Args;

use crate::Failure;

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Consent {
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Consent {
    /// Goes on when `yes` is answered.
    pub(super) fn to(self, question: &str) -> Result<(), Failure> {
        self.ask(&format!("{question} [y/N] "), |answer| {
            matches!(answer, "y" | "Y" | "yes")
        })
    }

    /// Goes on when `name` is written out.
    pub(super) fn by_name(self, question: &str, name: &str) -> Result<(), Failure> {
        self.ask(&format!("{question} Write its name to go on: "), |answer| {
            answer == name
        })
    }

    fn ask(self, question: &str, agrees: impl Fn(&str) -> bool) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let (input, mut output) = (std::io::stdin(), std::io::stderr());
        if !input.is_terminal() {
            return Err(Failure::new(
                "nobody is there to be asked; say `--yes` to do it all the same",
            ));
        }
        let _ = output
            .write_all(question.as_bytes())
            .and_then(|()| output.flush());
        let mut answer = String::new();
        match input.read_line(&mut answer) {
            Ok(_) if agrees(answer.trim()) => Ok(()),
            _ => Err(Failure::new("nothing was done")),
        }
    }
}
