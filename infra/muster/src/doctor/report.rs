//! What a visit came to, and the same as JSON. How it looks to a reader is the
//! business of the command line.

use std::time::Duration;

use serde_json::{Value, json};

use super::check::{Check, Severity};
use super::ledger::Leftover;

/// A whole visit.
#[derive(Debug)]
pub struct Report {
    /// The Tenant URL as it was used.
    pub url: String,
    /// Every check, in order.
    pub checks: Vec<Checked>,
    /// What could not be deleted.
    pub left: Vec<Leftover>,
    /// How many requests were sent, those that cleaned up included.
    pub requests: usize,
    /// How long it took.
    pub elapsed: Duration,
    pub(super) cut_short: Option<&'static str>,
    pub(super) scope: Scope,
}

/// How much was to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Whole,
    Part,
}

/// One check and what came of it.
#[derive(Debug)]
pub struct Checked {
    /// The heading it stands under.
    pub part: &'static str,
    /// What it is about.
    pub check: &'static Check,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Ok,
    /// It does not hold.
    Broken {
        /// What was answered instead.
        seen: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// It was not tried, or says nothing here; why.
    Skipped(String),
}

/// What a visit comes to as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No fault; there may be warnings.
    Green,
    /// A fault was found.
    Faulty,
    /// No fault was found, but not every check could be tried, or not
    /// everything could be deleted.
    Unfinished,
}

impl Checked {
    /// `ok`, `warning`, `fault` or `skipped`.
    #[must_use]
    pub fn grade(&self) -> &'static str {
        match (&self.outcome, self.check.severity) {
            (Outcome::Ok, _) => "ok",
            (Outcome::Broken { .. }, Severity::Warning) => "warning",
            (Outcome::Broken { .. }, Severity::Fault) => "fault",
            (Outcome::Skipped(_), _) => "skipped",
        }
    }

    fn json(&self) -> Value {
        let check = self.check;
        let mut row = json!({
            "name": check.name,
            "part": self.part,
            "title": check.title,
            "grade": self.grade(),
            "sent": check.sent,
            "expected": check.expected,
            "source": check.source,
        });
        let more = match &self.outcome {
            Outcome::Ok => json!({}),
            Outcome::Broken { seen, remedy } => {
                json!({"seen": seen, "inEntra": check.entra, "toDo": remedy})
            }
            Outcome::Skipped(reason) => json!({"reason": reason}),
        };
        if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
            row.extend(more);
        }
        row
    }
}

impl Report {
    /// How many checks were graded so.
    #[must_use]
    pub fn count(&self, grade: &str) -> usize {
        let graded = self.checks.iter().filter(|row| row.grade() == grade);
        graded.count()
    }

    /// The same in words, such as `2 faults`.
    #[must_use]
    pub fn counted(&self, grade: &str) -> String {
        match self.count(grade) {
            1 => format!("1 {grade}"),
            many => format!("{many} {grade}s"),
        }
    }

    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.count("fault") > 0 {
            Verdict::Faulty
        } else if self.cut_short.is_some() || !self.left.is_empty() {
            Verdict::Unfinished
        } else {
            Verdict::Green
        }
    }

    /// What it comes to, in a sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let warnings = match self.count("warning") {
            0 => String::new(),
            _ => format!(", with {}", self.counted("warning")),
        };
        match (self.verdict(), self.cut_short) {
            (Verdict::Green, _) if self.scope == Scope::Part => {
                format!("ok: the checks that were asked for hold{warnings}; there are more")
            }
            (Verdict::Green, _) => format!("green: Entra ID can provision here{warnings}"),
            (Verdict::Unfinished, reason) => {
                let reason = reason.unwrap_or("not everything that was made could be deleted");
                format!("unfinished: {reason}; no fault was found{warnings}")
            }
            (Verdict::Faulty, reason) => {
                let faults = self.counted("fault");
                let reason = reason.map_or_else(String::new, |reason| format!("; {reason}"));
                format!("{faults}{warnings}: Entra ID cannot rely on this endpoint{reason}")
            }
        }
    }

    /// All of it, for machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let verdict = match self.verdict() {
            Verdict::Green => "green",
            Verdict::Faulty => "faulty",
            Verdict::Unfinished => "unfinished",
        };
        let checks: Vec<Value> = self.checks.iter().map(Checked::json).collect();
        let left: Vec<Value> = self.left.iter().map(leftover).collect();
        json!({
            "url": self.url,
            "verdict": verdict,
            "summary": self.summary(),
            "counts": {
                "ok": self.count("ok"),
                "warning": self.count("warning"),
                "fault": self.count("fault"),
                "skipped": self.count("skipped"),
            },
            "requests": self.requests,
            "seconds": (self.elapsed.as_secs_f64() * 10.0).round() / 10.0,
            "checks": checks,
            "left": left,
        })
    }
}

fn leftover(left: &Leftover) -> Value {
    json!({
        "endpoint": left.endpoint,
        "name": left.name,
        "id": left.id,
        "reason": left.reason,
    })
}
