//! A visit from the first request to the last: every check in order, those
//! whose ground has failed left out, and everything deleted at the end.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::check::{Check, Halt, Told};
use super::checks::PARTS;
use super::cleanup;
use super::ledger::Leftover;
use super::report::{Checked, Outcome, Report, Scope};
use super::scim::Scim;
use super::tenant_url::TenantUrl;
use super::visit::Visit;
use crate::Failure;

/// Deleting begins when the checks are over, whatever ended them.
const CLEANUP: Duration = Duration::from_secs(60);
/// More for each resource that is to be deleted: what took long to make takes long to delete.
const CLEANUP_EACH: Duration = Duration::from_millis(500);
/// A server that gave no answer to so many checks in a row is gone.
const UNANSWERED: usize = 2;

const OVER: &str = "the time of `--timeout` was over";
const INTERRUPTED: &str = "it was interrupted";
const GONE: &str = "the server no longer answered";

/// What to visit and how.
pub struct Plan {
    /// Where.
    pub url: TenantUrl,
    /// The Secret Token.
    pub token: String,
    /// How long the checks may take together; cleaning up has its own time.
    pub timeout: Duration,
    /// How many members the large group has.
    pub members: usize,
    /// The checks to make, with those they need; empty: all of them.
    pub only: Vec<String>,
}

/// Without the token.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What a visit tells while it goes on.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The checks under this heading begin.
    Part(&'static str),
    /// A check is over.
    Checked(&'a Checked),
    /// So many resources are to be deleted.
    CleaningUp(usize),
}

/// Visits an endpoint. Whenever `interrupt` is notified first, checking ends
/// and cleaning up begins; a second time, cleaning up ends, too.
///
/// # Errors
/// When no request can be made at all: the token is no header's value, this
/// machine has no certificates, or `only` names a check that does not exist.
pub async fn examine(
    plan: Plan,
    interrupt: &Notify,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Report, Failure> {
    let wanted = wanted(&plan.only)?;
    let start = Instant::now();
    let url = plan.url.to_string();
    let scim = Scim::new(plan.url, &plan.token, start + plan.timeout)?;
    let mut visit = Visit::new(scim, plan.members);
    let mut course = Course::default();
    for (part, checks) in PARTS {
        let checks: Vec<&Check> = checks
            .iter()
            .filter(|check| wanted.contains(check.name))
            .collect();
        if !checks.is_empty() {
            progress(Progress::Part(part));
        }
        for check in checks {
            let outcome = match course.reason_to_skip(check) {
                Some(reason) => Outcome::Skipped(reason),
                None => {
                    let told = tokio::select! {
                        biased;
                        () = interrupt.notified() => None,
                        told = (check.run)(&mut visit) => Some(told),
                    };
                    course.take(check, told)
                }
            };
            let outcome = blind(outcome, &plan.token);
            course.done.push(Checked {
                part,
                check,
                outcome,
            });
            if let Some(checked) = course.done.last() {
                progress(Progress::Checked(checked));
            }
        }
    }
    let left = clean_up(&visit, interrupt, progress).await;
    Ok(Report {
        url,
        checks: course.done,
        left: left.into_iter().map(|one| one.blind(&plan.token)).collect(),
        requests: visit.scim.sent(),
        elapsed: start.elapsed(),
        cut_short: course.cut_short,
        scope: if plan.only.is_empty() {
            Scope::Whole
        } else {
            Scope::Part
        },
    })
}

/// The names of the checks to make: `only` and whatever those need.
fn wanted(only: &[String]) -> Result<BTreeSet<&'static str>, Failure> {
    let all: Vec<&'static Check> = checks().collect();
    if only.is_empty() {
        return Ok(all.iter().map(|check| check.name).collect());
    }
    if let Some(name) = only
        .iter()
        .find(|name| all.iter().all(|check| check.name != name.as_str()))
    {
        return Err(Failure::new(format!(
            "there is no check `{name}`; `--json` names them all"
        )));
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    // A need stands before whoever needs it, so that one way back is enough.
    for check in all.iter().rev() {
        if wanted.contains(check.name) || only.iter().any(|name| name == check.name) {
            wanted.insert(check.name);
            wanted.extend(check.needs);
        }
    }
    Ok(wanted)
}

/// Every check there is, in order.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    PARTS.iter().flat_map(|(_, checks)| checks.iter())
}

/// How far a visit has come.
#[derive(Default)]
struct Course {
    done: Vec<Checked>,
    cut_short: Option<&'static str>,
    unanswered: usize,
}

impl Course {
    fn reason_to_skip(&self, check: &Check) -> Option<String> {
        if let Some(reason) = self.cut_short {
            return Some(reason.to_owned());
        }
        let stands = |need: &str| {
            let found = self.done.iter().find(|row| row.check.name == need);
            found.is_some_and(|row| matches!(row.grade(), "ok" | "warning"))
        };
        let missing = check.needs.iter().find(|need| !stands(need))?;
        Some(format!("it needs `{missing}`, which is not ok"))
    }

    /// None: the check was interrupted.
    fn take(&mut self, check: &Check, told: Option<Told>) -> Outcome {
        let Some(told) = told else {
            return self.cut(INTERRUPTED);
        };
        self.unanswered = match &told {
            Err(Halt::Unreachable(_)) => self.unanswered + 1,
            _ => 0,
        };
        match told {
            Ok(()) => Outcome::Ok,
            Err(Halt::Over) => self.cut(OVER),
            Err(Halt::Inapplicable(reason)) => Outcome::Skipped(reason),
            Err(Halt::Seen { seen, remedy }) => Outcome::Broken {
                seen,
                remedy: remedy.unwrap_or(check.remedy),
            },
            Err(Halt::Unreachable(seen)) => {
                if self.unanswered >= UNANSWERED {
                    self.cut_short = Some(GONE);
                }
                Outcome::Broken {
                    seen,
                    remedy: check.remedy,
                }
            }
        }
    }

    fn cut(&mut self, reason: &'static str) -> Outcome {
        self.cut_short = Some(reason);
        Outcome::Skipped(reason.to_owned())
    }
}

async fn clean_up(
    visit: &Visit,
    interrupt: &Notify,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Vec<Leftover> {
    let creations = visit.ledger.outstanding();
    if creations.is_empty() {
        return Vec::new();
    }
    progress(Progress::CleaningUp(creations.len()));
    let number = u32::try_from(creations.len()).unwrap_or(u32::MAX);
    let time = CLEANUP + CLEANUP_EACH.saturating_mul(number);
    let scim = visit.scim.until(Instant::now() + time);
    tokio::select! {
        biased;
        () = interrupt.notified() => {
            cleanup::untried(creations, "cleaning up was interrupted: look whether it is there")
        }
        left = cleanup::delete_all(&scim, creations.clone()) => left,
    }
}

/// Servers put all sorts of things into their answers: no token and nothing
/// that could steer a terminal gets from there into a report.
fn blind(outcome: Outcome, token: &str) -> Outcome {
    match outcome {
        Outcome::Ok => Outcome::Ok,
        Outcome::Broken { seen, remedy } => Outcome::Broken {
            seen: blinded(&seen, token),
            remedy,
        },
        Outcome::Skipped(reason) => Outcome::Skipped(blinded(&reason, token)),
    }
}

impl Leftover {
    fn blind(self, token: &str) -> Self {
        Self {
            id: self.id.map(|id| blinded(&id, token)),
            reason: blinded(&self.reason, token),
            ..self
        }
    }
}

fn blinded(text: &str, token: &str) -> String {
    let text = text
        .replace(['\n', '\r', '\t'], " ")
        .replace(char::is_control, "\u{fffd}");
    if token.is_empty() {
        return text;
    }
    text.replace(token, "(the token)")
}
