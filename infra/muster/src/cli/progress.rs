//! One line on standard error that tells a person at a terminal how far a long
//! command has come. Nothing is written when nobody sees it.

use std::io::{IsTerminal, Write};

#[derive(Debug)]
pub(super) struct Progress {
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Terminal,
    Nobody,
}

impl Progress {
    pub(super) fn new() -> Self {
        let seen = if std::io::stderr().is_terminal() {
            Seen::Terminal
        } else {
            Seen::Nobody
        };
        Self { seen }
    }

    /// The line as it now is.
    pub(super) fn show(&self, line: &str) {
        if self.seen == Seen::Terminal {
            // Back to the margin, the line, and nothing of a longer one behind it.
            let _ = write!(std::io::stderr(), "\r{line}\u{1b}[K");
        }
    }

    /// The line is gone, before something else is printed and at the end.
    pub(super) fn clear(&self) {
        self.show("");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
