//! How many users and groups a realm may have, where its operator has set a limit.
//!
//! They are counted by the counters. So that not every creation reads those, a
//! process keeps a number for some seconds and moves it on by what it does
//! itself. What is under way while it counts anew is added, whether or not it is
//! among what was counted: one process never goes beyond a limit, and may for
//! [`FULL_FOR`] refuse what would just have had room. Several processes can
//! overrun a limit by what the others create within [`KEPT_FOR`]. A limit that is
//! raised acts at once. A realm without a limit pays nothing.

use crate::counter::Counts;
use crate::kind::Kind;
use crate::realm::Realm;
use auth::{RealmName, Salt};
use scim::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a number is believed.
const KEPT_FOR: Duration = Duration::from_secs(5);
/// How long it is believed when it leaves no room.
const FULL_FOR: Duration = Duration::from_secs(1);
/// Of how many realms numbers are kept; beyond it they are counted anew.
const KEPT: usize = 1_000;

/// The numbers a process keeps.
#[derive(Debug, Default)]
pub(crate) struct Tallies(Mutex<HashMap<(RealmName, Kind), Arc<Tally>>>);

/// The number of one realm and kind.
#[derive(Debug, Default)]
struct Tally {
    /// Held by whoever counts: the others wait for what comes of it.
    counting: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// Of which realm of the name: one that is made anew has another salt.
    salt: Option<Salt>,
    number: u64,
    /// How many of the number are under way.
    pending: u64,
    counted: Option<Instant>,
    /// How often room was given back.
    given: u64,
    /// Room was given back while it was counted: the number may be too high.
    stale: bool,
}

/// What is known of the room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Some,
    None,
    Unknown,
}

impl Known {
    fn room(&self, salt: &Salt, limit: u64, now: Instant) -> Room {
        let known = self.counted.filter(|_| self.salt.as_ref() == Some(salt));
        let Some(counted) = known else {
            return Room::Unknown;
        };
        let age = now.duration_since(counted);
        match self.number < limit {
            true if age < KEPT_FOR => Room::Some,
            false if age < FULL_FOR && !self.stale => Room::None,
            _ => Room::Unknown,
        }
    }

    /// Takes over what was counted since the instant, when `given` was what it then was.
    fn count(&mut self, salt: &Salt, counted: u64, at: Instant, given: u64) {
        self.salt = Some(salt.clone());
        self.stale = self.given != given;
        self.number = counted + self.pending;
        self.counted = Some(at);
    }

    /// One is gone whose deletion was begun then.
    fn give(&mut self, begun: Instant) {
        match self.counted {
            // It may be missing from the number already.
            Some(counted) if counted >= begun => self.counted = None,
            _ => self.number = self.number.saturating_sub(1),
        }
        self.given = self.given.wrapping_add(1);
    }

    /// The room for one more, which is taken when there is some.
    fn take(&mut self, salt: &Salt, limit: u64, now: Instant) -> Room {
        let room = self.room(salt, limit, now);
        if room == Room::Some {
            self.number += 1;
            self.pending += 1;
        }
        room
    }
}

impl Tallies {
    fn of(&self, realm: &RealmName, kind: Kind) -> Arc<Tally> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.entry((realm.clone(), kind)).or_default().clone()
    }
}

impl Tally {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room that was taken for a resource which is being made.
#[derive(Debug)]
pub(crate) struct Taken(Option<Arc<Tally>>);

impl Taken {
    /// The resource is made.
    pub(crate) fn fill(mut self) {
        if let Some(tally) = self.0.take() {
            let mut known = tally.known();
            known.pending = known.pending.saturating_sub(1);
        }
    }
}

impl Drop for Taken {
    /// It was not made, or whoever made it has gone.
    fn drop(&mut self) {
        if let Some(tally) = &self.0 {
            let mut known = tally.known();
            known.pending = known.pending.saturating_sub(1);
            known.number = known.number.saturating_sub(1);
        }
    }
}

impl Realm<'_> {
    fn limit(&self, kind: Kind) -> Option<u64> {
        let limits = &self.tenant.policy().limits;
        match kind {
            Kind::User => limits.users,
            Kind::Group => limits.groups,
        }
    }

    /// Takes the room for one more resource.
    ///
    /// # Errors
    /// `Forbidden` when the realm's limit leaves none.
    pub(crate) async fn take_room(&self, kind: Kind) -> Result<Taken> {
        let Some(limit) = self.limit(kind) else {
            return Ok(Taken(None));
        };
        let tally = self.db.store().tallies.of(self.caller.realm(), kind);
        let salt = self.caller.salt();
        let mut room = tally.known().take(salt, limit, Instant::now());
        if room == Room::Unknown {
            let _counting = tally.counting.lock().await;
            room = tally.known().take(salt, limit, Instant::now());
            if room == Room::Unknown {
                let (at, given) = (Instant::now(), tally.known().given);
                let counted = Counts::read(&self.db, &self.keys, kind).await?.total();
                let mut known = tally.known();
                known.count(salt, counted, at, given);
                // Of this very moment, however long the counting took.
                room = known.take(salt, limit, at);
            }
        }
        match room {
            Room::Some => Ok(Taken(Some(tally))),
            Room::None | Room::Unknown => Err(self.full(kind, limit)),
        }
    }

    /// Gives the room back that a resource had whose deletion was begun then.
    pub(crate) fn give_room(&self, kind: Kind, begun: Instant) {
        if self.limit(kind).is_some() {
            let tally = self.db.store().tallies.of(self.caller.realm(), kind);
            tally.known().give(begun);
        }
    }

    fn full(&self, kind: Kind, limit: u64) -> Error {
        let (things, member) = match kind {
            Kind::User => ("users", "limits.users"),
            Kind::Group => ("groups", "limits.groups"),
        };
        Error::new(
            ErrorKind::Forbidden,
            format!(
                "realm `{}` may have {limit} {things} and has them; delete some, or ask the \
                 operator of this service to raise `{member}`",
                self.caller.realm()
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Room};
    use auth::Salt;
    use std::time::Duration;
    use tokio::time::Instant;

    #[track_caller]
    fn check(counted: u64, limit: u64, age: u64, expected: Room) {
        let (salt, at) = (Salt::new([1; 16]), Instant::now());
        let mut known = Known::default();
        assert_eq!(known.room(&salt, limit, at), Room::Unknown);
        known.count(&salt, counted, at, 0);
        let now = at + Duration::from_millis(age);
        assert_eq!(
            known.take(&salt, limit, now),
            expected,
            "{counted} of {limit} after {age} ms"
        );
        assert_eq!(known.pending, u64::from(expected == Room::Some));
        // What is under way is not lost by counting anew.
        known.count(&salt, counted, now, 0);
        assert_eq!(known.number, counted + known.pending);
        assert_eq!(known.room(&Salt::new([2; 16]), limit, now), Room::Unknown);
    }

    #[test]
    fn a_number_is_believed_for_a_while_and_a_shorter_one_against_a_client() {
        check(9, 10, 0, Room::Some);
        check(9, 10, 4_999, Room::Some);
        check(9, 10, 5_000, Room::Unknown);
        check(10, 10, 0, Room::None);
        check(10, 10, 999, Room::None);
        check(10, 10, 1_000, Room::Unknown);
        check(11, 10, 999, Room::None);
        check(10, 11, 999, Room::Some);
        check(0, 0, 0, Room::None);
    }

    #[test]
    fn what_is_deleted_while_it_is_counted_is_counted_again() {
        let (salt, begun) = (Salt::new([1; 16]), Instant::now());
        let later = |millis| begun + Duration::from_millis(millis);
        let mut known = Known::default();
        // Counted before, given back after: one is gone.
        known.count(&salt, 10, begun, known.given);
        known.give(later(1));
        assert_eq!(known.room(&salt, 10, later(2)), Room::Some);
        // Given back while it was counted: the number may be too high.
        let given = known.given;
        known.give(later(3));
        known.count(&salt, 10, later(3), given);
        assert_eq!(known.room(&salt, 10, later(4)), Room::Unknown);
        // Counted while it was deleted: the number may be right already.
        known.count(&salt, 9, later(6), known.given);
        assert_eq!(known.take(&salt, 10, later(6)), Room::Some);
        known.give(later(5));
        assert_eq!(known.room(&salt, 10, later(7)), Room::Unknown);
    }
}
