//! How much of what goes wrong is recorded: enough to see what is wrong, and
//! never so much that whoever knocks decides what the table costs. Token
//! buckets in the process; what is left out is counted.

use crate::bucket::{Bucket, Buckets, Rate};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Refused writes of proven callers, by realm.
const REFUSALS: Rate = Rate {
    burst: 20,
    every: Duration::from_millis(500),
};
/// Failed authentications at one realm's name.
const STRANGERS: Rate = Rate {
    burst: 5,
    every: Duration::from_secs(10),
};
/// Failed authentications at all of them.
const ALL_STRANGERS: Rate = Rate {
    burst: 50,
    every: Duration::from_millis(200),
};
/// What stands for whatever can be no realm's name.
const NO_NAME: &str = "";

/// How much a process records of what goes wrong.
#[derive(Debug)]
pub(crate) struct Attention {
    refusals: Mutex<Buckets>,
    strangers: Mutex<(Buckets, Bucket)>,
}

impl Default for Attention {
    fn default() -> Self {
        Self {
            refusals: Mutex::default(),
            strangers: Mutex::new((Buckets::default(), Bucket::new(Instant::now()))),
        }
    }
}

impl Attention {
    /// Whether a refused write in this realm is recorded now, and how many
    /// before it were not.
    pub(crate) fn to_refusal(&self, realm: &str, now: Instant) -> Option<u64> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.of(realm, now).take(REFUSALS, now)
    }

    /// The same of a failed authentication at what may be a realm's name. That
    /// there is such a realm counts for nothing.
    pub(crate) fn to_stranger(&self, realm: Option<&str>, now: Instant) -> Option<u64> {
        let mut strangers = self
            .strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (names, all) = &mut *strangers;
        let name = names.of(realm.unwrap_or(NO_NAME), now);
        if all.has_one(ALL_STRANGERS, now) {
            let taken = name.take(STRANGERS, now);
            if taken.is_some() {
                all.take(ALL_STRANGERS, now);
            }
            taken
        } else {
            name.omit();
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Attention;
    use crate::bucket::NAMES;
    use std::time::Duration;
    use tokio::time::Instant;

    /// Asks at these milliseconds, and expects these answers.
    #[track_caller]
    fn check(ask: impl Fn(Instant) -> Option<u64>, rows: &[(u64, usize, Option<u64>)]) {
        let start = Instant::now() + Duration::from_secs(1);
        for (millis, times, expected) in rows {
            for time in 0..*times {
                let answer = ask(start + Duration::from_millis(*millis));
                assert_eq!(answer, *expected, "{millis} ms, {time}");
            }
        }
    }

    #[test]
    fn refusals_are_bounded_by_realm() {
        let attention = Attention::default();
        let rows = [
            (0, 20, Some(0)),
            (0, 3, None),
            (499, 1, None),
            (500, 1, Some(4)),
            (500, 1, None),
            (60_000, 1, Some(1)),
            (60_000, 19, Some(0)),
            (60_000, 1, None),
        ];
        check(|now| attention.to_refusal("acme", now), &rows);
        check(
            |now| attention.to_refusal("other", now),
            &[(0, 20, Some(0))],
        );
    }

    #[test]
    fn strangers_are_bounded_by_name_and_in_all() {
        let attention = Attention::default();
        let at = |name: &'static str| {
            let attention = &attention;
            move |now| attention.to_stranger(Some(name), now)
        };
        check(at("acme"), &[(0, 5, Some(0)), (0, 2, None)]);
        check(at("none"), &[(0, 5, Some(0)), (0, 1, None)]);
        check(
            |now| attention.to_stranger(None, now),
            &[(0, 5, Some(0)), (0, 1, None)],
        );
        for n in 0..7 {
            let name = format!("realm-{n}");
            check(
                |now| attention.to_stranger(Some(&name), now),
                &[(0, 5, Some(0))],
            );
        }
        // All of them together were fifty.
        check(
            at("another"),
            &[(0, 1, None), (200, 1, Some(1)), (200, 1, None)],
        );
        check(at("acme"), &[(10_000, 1, Some(2)), (10_000, 1, None)]);
    }

    #[test]
    fn names_are_bounded() {
        let attention = Attention::default();
        let now = Instant::now();
        for n in 0..3 * NAMES {
            attention.to_stranger(Some(&n.to_string()), now);
        }
        let strangers = attention.strangers.lock();
        assert!(strangers.is_ok_and(|strangers| strangers.0.len() <= NAMES));
    }
}
