//! A walk over the text of a filter or path: words, strings, positions, errors. No grammar.

use crate::error::{Error, ErrorKind, Result};
use crate::filter::ast::At;

/// A place in a text. Copied to look ahead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scanner<'a> {
    rest: &'a str,
    position: usize,
    kind: ErrorKind,
}

impl<'a> Scanner<'a> {
    /// At the first character of `text`; errors will be of `kind`.
    pub(crate) fn new(text: &'a str, kind: ErrorKind) -> Self {
        Self {
            rest: text,
            position: 1,
            kind,
        }
    }

    /// The next character.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Which character of the text is next, the first being 1.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// Takes `c` if it is next.
    pub(crate) fn eat(&mut self, c: char) -> Option<char> {
        let next = self.peek().filter(|next| *next == c)?;
        self.take(c.len_utf8());
        Some(next)
    }

    /// Passes over blanks and says how many; the RFC's own examples span lines.
    pub(crate) fn blanks(&mut self) -> usize {
        let blank = |c: char| c.is_ascii_whitespace();
        self.take(self.rest.find(|c| !blank(c)).unwrap_or(self.rest.len()))
            .len()
    }

    /// Everything up to a blank, a bracket or a quote; may be empty.
    pub(crate) fn word(&mut self) -> At<&'a str> {
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '"');
        let position = self.position;
        let it = self.take(self.rest.find(ends).unwrap_or(self.rest.len()));
        At { it, position }
    }

    /// The JSON string that begins here.
    pub(crate) fn string(&mut self) -> Result<String> {
        let position = self.position;
        let mut escaped = true; // the opening quote closes nothing
        let close = self.rest.find(|c| match (escaped, c) {
            (true, _) => {
                escaped = false;
                false
            }
            (false, '\\') => {
                escaped = true;
                false
            }
            (false, c) => c == '"',
        });
        let Some(close) = close else {
            return Err(self.error(position, "the string that begins here has no closing quote"));
        };
        serde_json::from_str(self.take(close + 1)).map_err(|cause| {
            let detail = format!("the string is not a JSON string, at position {position}");
            Error::caused_by(self.kind, detail, &cause)
        })
    }

    /// Refuses whatever is left.
    pub(crate) fn end(&self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("the end")),
        }
    }

    /// The error that `wanted` should stand here.
    pub(crate) fn unexpected(&self, wanted: &str) -> Error {
        let word = Self::word(&mut { *self });
        let found = match (word.it, self.peek()) {
            ("", None) => "the text ends".to_owned(),
            ("", Some(c)) => format!("found `{c}`"),
            (word, _) => format!("found `{}`", shortened(word)),
        };
        self.error(self.position, format!("expected {wanted} but {found}"))
    }

    /// The error `detail` at a position.
    pub(crate) fn error(&self, position: usize, detail: impl std::fmt::Display) -> Error {
        Error::new(self.kind, format!("{detail}, at position {position}"))
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.position += taken.chars().count();
        taken
    }
}

/// A client's word, short enough to be quoted back.
pub(crate) fn shortened(word: &str) -> String {
    const LONGEST: usize = 100;
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", word.get(..end).unwrap_or_default()),
        None => word.to_owned(),
    }
}
