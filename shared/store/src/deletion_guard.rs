//! The deletion guard: how many users may be deactivated, and users and groups
//! deleted, within a window, so that a mistake in a customer's directory does
//! not become everybody's farewell. Entra ID has the same on its side
//! ("accidental deletions prevention").
//!
//! A window begins with the first such write that is counted. Each counts in its
//! own transaction, on the condition that there is room: of many at once exactly
//! as many pass as the guard allows, and one that is not made is not counted.
//! The one beyond trips the guard, with an event, and is refused as are all later
//! ones until an operator releases it. Other writes go on, and what an operator
//! does is not guarded. A realm without a guard pays nothing; one that has it
//! pays one read and two write units for each such write.

use crate::db::{Consistency, Item};
use crate::event::{Audit, Event, EventAction, EventKind};
use crate::failure::internal;
use crate::kind::Kind;
use crate::policy::DeletionGuard;
use crate::realm::Realm;
use crate::record::{FORMAT, binary, instant, millis, n, number};
use crate::transaction::{Action, Condition, MAX_ACTIONS, Outcome, Transaction};
use auth::Actor;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use scim::{Attributes, Error, ErrorKind, Result};
use serde_json::Value;

/// The window as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    began: Timestamp,
    counted: u32,
    /// Since when it has refused.
    pub(crate) tripped: Option<Timestamp>,
}

/// What a write that is guarded is to do about the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Begin a new one.
    Begin,
    /// Count within the one that runs.
    Count,
    /// Nothing: there is no room, so the guard trips now.
    Trip,
    /// Nothing: the guard has tripped.
    Refuse,
}

impl Window {
    /// A new window in which so many have been counted.
    pub(crate) fn item(began: Timestamp, counted: u32, transaction: &Transaction) -> Item {
        let item = [
            ("f", n(FORMAT)),
            ("began", millis(began)),
            ("counted", n(counted)),
            ("ev", binary(transaction.event().as_bytes())),
        ];
        item.map(|(name, value)| (name.to_owned(), value)).into()
    }

    pub(crate) fn read(item: &Item) -> Result<Self> {
        let read = || {
            Some(Self {
                began: instant(item, "began")?,
                counted: number(item, "counted")?,
                tripped: match item.get("tripped") {
                    None => None,
                    Some(_) => Some(instant(item, "tripped")?),
                },
            })
        };
        read().ok_or_else(|| internal("a deletion guard is malformed"))
    }

    /// It is as it was read.
    fn unmoved(window: Option<&Self>) -> Condition {
        match window {
            None => Condition::absent(),
            Some(window) => Condition::new(
                "began = :began AND counted = :counted AND attribute_not_exists(tripped)",
                [
                    (":began", millis(window.began)),
                    (":counted", n(window.counted)),
                ],
            ),
        }
    }
}

/// What is to be done when the window is as it was read.
fn step(window: Option<&Window>, guard: DeletionGuard, now: Timestamp) -> Step {
    let Some(window) = window else {
        return Step::Begin;
    };
    let length = SignedDuration::from_secs(i64::from(guard.window_seconds));
    if window.tripped.is_some() {
        Step::Refuse
    } else if now.duration_since(window.began) >= length {
        Step::Begin
    } else if window.counted < guard.maximum {
        Step::Count
    } else {
        Step::Trip
    }
}

/// Whether a change takes a user's `active` away.
pub(crate) fn deactivates(kind: Kind, before: &Attributes, after: &Attributes) -> bool {
    let is_off =
        |attributes: &Attributes| attributes.as_map().get("active") == Some(&Value::Bool(false));
    kind == Kind::User && !is_off(before) && is_off(after)
}

impl Realm<'_> {
    /// The guard that watches the caller.
    pub(crate) fn guard(&self) -> Option<DeletionGuard> {
        match self.caller.actor() {
            Actor::Key(_) => self.tenant.policy().deletion_guard,
            Actor::Operator(_) => None,
        }
    }

    /// Counts a deactivation or a deletion in its own transaction, where the
    /// realm has a guard and the caller is not its operator.
    ///
    /// # Errors
    /// `Forbidden` when the guard refuses.
    pub(crate) async fn count_loss(
        &self,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let Some(guard) = self.guard() else {
            return Ok(());
        };
        let key = self.keys.guard();
        let mut round = 0;
        loop {
            let item = self.db.get(&key, Consistency::Strong).await?;
            let window = item.as_ref().map(Window::read).transpose()?;
            match step(window.as_ref(), guard, self.now) {
                Step::Begin => {
                    let item = Window::item(self.now, 1, transaction);
                    let condition = Some(Window::unmoved(window.as_ref()));
                    return transaction.add(key, Action::Put { item, condition });
                }
                Step::Count => {
                    return transaction.add(key, count(window.as_ref(), guard, transaction));
                }
                Step::Refuse => return Err(self.guarded(guard)),
                Step::Trip => {
                    let refusal = self.guarded(guard);
                    if self.trip(window.as_ref(), &refusal, audit).await? {
                        return Err(refusal);
                    }
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// Trips the guard, with an event; `false` when it has moved meanwhile.
    async fn trip(&self, window: Option<&Window>, refusal: &Error, audit: &Audit) -> Result<bool> {
        let mut transaction = self.transaction();
        transaction.add(
            self.keys.guard(),
            Action::Update {
                expression: "SET tripped = :now, ev = :ev".to_owned(),
                condition: Some(Window::unmoved(window)),
                values: vec![
                    (":now", millis(self.now)),
                    (":ev", binary(transaction.event().as_bytes())),
                ],
            },
        )?;
        Event::new(
            EventKind::Guard,
            EventAction::TripGuard,
            Some(self.caller.actor()),
            self.now,
            audit,
        )
        .refused(refusal)
        .record(&self.keys, &self.tenant.policy().events, &mut transaction)?;
        let outcome = transaction.apply(&self.db, &self.table).await?;
        Ok(matches!(outcome, Outcome::Applied))
    }

    fn guarded(&self, guard: DeletionGuard) -> Error {
        let realm = self.caller.realm();
        let DeletionGuard {
            maximum,
            window_seconds,
        } = guard;
        Error::new(
            ErrorKind::Forbidden,
            format!(
                "the deletion guard of realm `{realm}` has let through as many deactivations and \
                 deletions as it allows ({maximum} in {window_seconds} s); if more of them are meant, ask the operator of this service to release it (`muster realm release \
                 {realm}`)"
            ),
        )
    }
}

/// One more in the window that runs.
fn count(window: Option<&Window>, guard: DeletionGuard, transaction: &Transaction) -> Action {
    let mut values: Vec<(&'static str, AttributeValue)> = vec![
        (":one", n(1)),
        (":ev", binary(transaction.event().as_bytes())),
    ];
    values.extend(window.map(|window| (":began", millis(window.began))));
    Action::Update {
        expression: "SET ev = :ev ADD counted :one".to_owned(),
        // Others may have counted meanwhile: only the room matters.
        condition: Some(Condition::new(
            "began = :began AND counted < :most AND attribute_not_exists(tripped)",
            [(":most", n(guard.maximum))],
        )),
        values,
    }
}

/// The guard's action has to fit beside those of the change.
///
/// # Errors
/// `InvalidValue` when there is no room left for the event.
pub(crate) fn has_room(transaction: &Transaction) -> Result<()> {
    // One action is the event's.
    if transaction.len() < MAX_ACTIONS {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidValue,
        "the user is deactivated and so many of its e-mail addresses are exchanged that one \
         transaction cannot hold both; send `active` by itself first",
    ))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::{Step, Window, deactivates, step};
    use crate::kind::Kind;
    use crate::policy::DeletionGuard;
    use jiff::{SignedDuration, Timestamp};
    use scim::Attributes;

    const GUARD: DeletionGuard = DeletionGuard {
        maximum: 2,
        window_seconds: 60,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    #[track_caller]
    fn check(window: Option<(u32, Option<i64>)>, second: i64, expected: Step) {
        let window = window.map(|(counted, tripped)| Window {
            began: at(0),
            counted,
            tripped: tripped.map(at),
        });
        let step = step(window.as_ref(), GUARD, at(second));
        assert_eq!(step, expected, "{window:?} at {second}");
    }

    #[test]
    fn what_a_window_lets_through() {
        check(None, 0, Step::Begin);
        check(Some((0, None)), 0, Step::Count);
        check(Some((1, None)), 59, Step::Count);
        check(Some((2, None)), 59, Step::Trip);
        check(Some((9, None)), 59, Step::Trip);
        check(Some((1, None)), 60, Step::Begin);
        check(Some((2, None)), 60, Step::Begin);
        check(Some((2, Some(10))), 59, Step::Refuse);
        // Only an operator ends that.
        check(Some((2, Some(10))), 1_000_000, Step::Refuse);
    }

    #[test]
    fn what_a_deactivation_is() {
        let on = r#"{"active": true}"#;
        let (off, none) = (r#"{"active": false}"#, "{}");
        for (kind, before, after, expected) in [
            (Kind::User, on, off, true),
            (Kind::User, none, off, true),
            (Kind::User, off, off, false),
            (Kind::User, off, on, false),
            (Kind::User, on, none, false),
            (Kind::User, on, on, false),
            (Kind::Group, on, off, false),
        ] {
            let [from, to] = [before, after].map(|json| Attributes::from_stored(json).unwrap());
            assert_eq!(
                deactivates(kind, &from, &to),
                expected,
                "{kind:?} {before} {after}"
            );
        }
    }
}
