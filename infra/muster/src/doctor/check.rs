//! A check is a row: what is sent, what must come back and why, what an
//! administrator would see otherwise, what to do, and a small function that does it.

use std::fmt;
use std::pin::Pin;

use super::visit::Visit;

/// How bad it is when a check does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Provisioning by Entra ID fails or damages data.
    Fault,
    /// Works with Entra ID, but is wrong by the RFC or costs too much.
    Warning,
}

/// One row of the tables in `super::checks`.
pub struct Check {
    /// What it is called in reports; others name it in `needs`.
    pub name: &'static str,
    /// What holds when it is ok.
    pub title: &'static str,
    /// The checks without which this one says nothing.
    pub needs: &'static [&'static str],
    /// How bad it is otherwise.
    pub severity: Severity,
    /// The requests, in words.
    pub sent: &'static str,
    /// What must come back.
    pub expected: &'static str,
    /// Who says so.
    pub source: &'static str,
    /// What an administrator of Entra ID sees when it does not hold.
    pub entra: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    pub(super) run: for<'a> fn(&'a mut Visit) -> Pending<'a>,
}

pub(super) type Pending<'a> = Pin<Box<dyn Future<Output = Told> + Send + 'a>>;

/// What a check, or a step of one, comes to.
pub(super) type Told<T = ()> = Result<T, Halt>;

/// Why a check did not come to its good end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Halt {
    /// It does not hold.
    Seen {
        seen: String,
        /// When more is known than the row says.
        remedy: Option<&'static str>,
    },
    /// It cannot be said here; why.
    Inapplicable(String),
    /// No answer came.
    Unreachable(String),
    /// The time for all of it is over.
    Over,
}

impl Halt {
    pub(super) fn seen(seen: impl Into<String>) -> Self {
        Self::Seen {
            seen: seen.into(),
            remedy: None,
        }
    }

    /// The same with what to do about this very case.
    pub(super) fn remedied(self, remedy: &'static str) -> Self {
        match self {
            Self::Seen { seen, .. } => Self::Seen {
                seen,
                remedy: Some(remedy),
            },
            other => other,
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
