//! The events of a realm, read by time.
//!
//! Ids are UUIDs of version 7, so a time is a bound of the sort key. Whatever
//! else is asked for is looked for among what was read, so an answer is bounded
//! by that, too: it may be short, even empty, and still name a cursor.

use super::{Admin, no_realm};
use crate::db::{Consistency, From, Item, Order, Range};
use crate::event::{Event, EventKind};
use crate::keys::Keys;
use crate::record::number;
use auth::{Actor, KeyId, RealmName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// How many events are read at a time when some are looked for, and how many times.
const CHUNK: usize = 500;
const CHUNKS: usize = 2;
/// Bits of a UUID of version 7 below its milliseconds (RFC 9562 section 5.7).
const BELOW_MILLIS: u32 = 80;

/// Which events are asked for.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after. What lies in the future is never shown.
    pub to: Option<Timestamp>,
    /// In which order.
    pub order: EventOrder,
    /// Only of this kind.
    pub kind: Option<EventKind>,
    /// Only with such a status.
    pub status: Option<EventStatus>,
    /// Only about what has this id: a resource, a key, a schema.
    pub resource: Option<String>,
    /// Only by or about this key.
    pub key: Option<KeyId>,
    /// At most so many.
    pub limit: usize,
    /// After the one that this names.
    pub after: Option<EventCursor>,
}

/// In which order events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventOrder {
    /// The newest first.
    #[default]
    Descending,
    /// The oldest first.
    Ascending,
}

/// A status, or a class of them such as `4xx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventStatus {
    /// This one.
    Code(u16),
    /// All of so many hundred.
    Class(u16),
}

/// What a page ended with. Its text says nothing to anybody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor(Uuid);

/// A text that is no [`EventStatus`] or no [`EventCursor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotThat;

impl FromStr for EventStatus {
    type Err = NotThat;

    fn from_str(text: &str) -> Result<Self, NotThat> {
        let (number, found): (&str, fn(u16) -> Self) = match text.strip_suffix("xx") {
            Some(class) => (class, Self::Class),
            None => (text, Self::Code),
        };
        let digits = if text.ends_with("xx") { 1 } else { 3 };
        let number = Some(number)
            .filter(|number| number.len() == digits && number.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|number| number.parse().ok());
        number.map(found).ok_or(NotThat)
    }
}

impl EventStatus {
    fn holds(self, status: u16) -> bool {
        match self {
            Self::Code(code) => status == code,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for EventCursor {
    type Err = NotThat;

    fn from_str(text: &str) -> Result<Self, NotThat> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotThat)?;
        Uuid::from_slice(&bytes).map(Self).map_err(|_| NotThat)
    }
}

impl EventQuery {
    /// The first and the last id that may be answered; none when no id can be.
    fn bounds(&self, now: Timestamp) -> Option<(Uuid, Uuid)> {
        let from = self.from.map_or(0, millis);
        let to = self.to.map_or(now, |to| to.min(now));
        let past = u128::try_from(to.as_millisecond()).ok()? + 1;
        let mut low = from << BELOW_MILLIS;
        let mut high = (past << BELOW_MILLIS) - 1;
        if let Some(EventCursor(last)) = self.after {
            match self.order {
                EventOrder::Descending => high = high.min(last.as_u128().checked_sub(1)?),
                EventOrder::Ascending => low = low.max(last.as_u128().checked_add(1)?),
            }
        }
        (low <= high).then(|| (Uuid::from_u128(low), Uuid::from_u128(high)))
    }

    /// Whether some of what is read may not be wanted.
    fn chooses(&self) -> bool {
        self.kind.is_some()
            || self.status.is_some()
            || self.resource.is_some()
            || self.key.is_some()
    }

    fn wants(&self, event: &Event) -> bool {
        let subject = event.subject.as_deref();
        let resource = |wanted: &String| {
            subject == Some(wanted)
                || event
                    .resource
                    .is_some_and(|(_, id)| id.to_string() == wanted.to_ascii_lowercase())
        };
        let key = |wanted: &KeyId| {
            subject == Some(wanted.as_str())
                || matches!(&event.actor, Some(Actor::Key(key)) if key == wanted)
        };
        self.kind.is_none_or(|kind| event.kind == kind)
            && self.status.is_none_or(|status| status.holds(event.status))
            && self.resource.as_ref().is_none_or(resource)
            && self.key.as_ref().is_none_or(key)
    }
}

impl Admin {
    /// A page of a realm's events, and where the next begins when there may be more.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn events(
        &self,
        realm: &RealmName,
        query: &EventQuery,
    ) -> Result<(Vec<Event>, Option<EventCursor>)> {
        if self.realm(realm).await?.is_none() {
            return Err(no_realm(realm));
        }
        let mut query = query.clone();
        let mut found = Vec::new();
        let (size, times) = if query.chooses() {
            (CHUNK, CHUNKS)
        } else {
            (query.limit, 1)
        };
        for _ in 0..times {
            let Some(bounds) = query.bounds(self.now) else {
                return Ok((found, None));
            };
            let (items, more) = self.chunk(realm, bounds, query.order, size).await?;
            let mut items = items.into_iter();
            while let Some(item) = items.next() {
                let expired = self.is_expired(&item);
                let event = Event::read(item)?;
                query.after = Some(EventCursor(event.id));
                if !expired && query.wants(&event) {
                    found.push(event);
                }
                if found.len() >= query.limit {
                    let more = more || items.len() > 0;
                    return Ok((found, query.after.filter(|_| more)));
                }
            }
            if !more {
                return Ok((found, None));
            }
        }
        Ok((found, query.after))
    }

    /// The event of that id.
    ///
    /// # Errors
    /// `NotFound`, also for one of the future.
    pub async fn recorded_event(&self, realm: &RealmName, id: Uuid) -> Result<Event> {
        let found = match (EventQuery::default()).bounds(self.now) {
            Some((_, last)) if id <= last => {
                let key = Keys::of(realm).event(id);
                self.db.get(&key, Consistency::Strong).await?
            }
            _ => None,
        };
        let found = found.filter(|item| !self.is_expired(item));
        found.map(Event::read).transpose()?.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("realm `{realm}` has no event `{id}`, or no longer"),
            )
        })
    }

    async fn chunk(
        &self,
        realm: &RealmName,
        (low, high): (Uuid, Uuid),
        order: EventOrder,
        size: usize,
    ) -> Result<(Vec<Item>, bool)> {
        let order = match order {
            EventOrder::Ascending => Order::Ascending,
            EventOrder::Descending => Order::Descending,
        };
        let range = Range {
            pk: Keys::of(realm).events(),
            from: From::Between(&low.to_string(), &high.to_string(), order),
            limit: Some(size),
            consistency: Consistency::Strong,
            only: None,
        };
        self.db.query(&range).await
    }

    /// DynamoDB deletes what has expired within days (AWS: time to live).
    fn is_expired(&self, item: &Item) -> bool {
        number::<i64>(item, "ttl").is_some_and(|ttl| ttl <= self.now.as_second())
    }
}

/// Milliseconds since 1970; what was before counts as then.
fn millis(at: Timestamp) -> u128 {
    u128::try_from(at.as_millisecond()).unwrap_or_default()
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
    use super::{EventCursor, EventOrder, EventQuery, EventStatus, NotThat};
    use crate::event::event_id;
    use jiff::Timestamp;
    use uuid::Uuid;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    #[test]
    fn statuses() {
        for (text, expected) in [
            ("404", Ok(EventStatus::Code(404))),
            ("4xx", Ok(EventStatus::Class(4))),
            ("2xx", Ok(EventStatus::Class(2))),
            ("", Err(NotThat)),
            ("xx", Err(NotThat)),
            ("44xx", Err(NotThat)),
            ("4XX", Err(NotThat)),
            ("+04", Err(NotThat)),
            ("4040", Err(NotThat)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
        assert!(EventStatus::Class(4).holds(409) && !EventStatus::Class(4).holds(500));
    }

    #[test]
    fn cursors() {
        let id = event_id(at(5));
        let text = EventCursor(id).to_string();
        assert_eq!(text.parse(), Ok(EventCursor(id)));
        for text in ["", "x", &id.to_string(), &text[1..], &format!("{text}=")] {
            assert_eq!(text.parse::<EventCursor>(), Err(NotThat), "{text}");
        }
    }

    /// Which of the instants 0 to 9, each with an event, a query at instant 6 may answer.
    #[track_caller]
    fn check(query: EventQuery, expected: &[i64]) {
        let bounds = query.bounds(at(6));
        let seen: Vec<i64> = (0..10)
            .filter(|millis| {
                let id = event_id(at(*millis));
                bounds.is_some_and(|(low, high)| low <= id && id <= high)
            })
            .collect();
        assert_eq!(seen, expected, "{query:?}");
    }

    #[test]
    fn bounds() {
        let query = EventQuery::default;
        let (from, to) = (|millis| Some(at(millis)), |millis| Some(at(millis)));
        // The greatest id of its instant, and the least.
        let after = |millis: u128| Some(EventCursor(Uuid::from_u128(((millis + 1) << 80) - 1)));
        let before = |millis: u128| Some(EventCursor(Uuid::from_u128(millis << 80)));
        check(query(), &[0, 1, 2, 3, 4, 5, 6]);
        #[rustfmt::skip]
        let rows: Vec<(EventQuery, &[i64])> = vec![
            (EventQuery { from: from(4), ..query() }, &[4, 5, 6]),
            (EventQuery { from: from(-4), to: to(1), ..query() }, &[0, 1]),
            (EventQuery { to: to(2), ..query() }, &[0, 1, 2]),
            (EventQuery { to: to(9), ..query() }, &[0, 1, 2, 3, 4, 5, 6]),
            (EventQuery { from: from(7), ..query() }, &[]),
            (EventQuery { from: from(3), to: to(2), ..query() }, &[]),
            (EventQuery { to: to(-1), ..query() }, &[]),
            (EventQuery { after: before(3), ..query() }, &[0, 1, 2]),
            (EventQuery { after: before(9), ..query() }, &[0, 1, 2, 3, 4, 5, 6]),
            (EventQuery { after: before(0), ..query() }, &[]),
            (EventQuery { after: after(3), order: EventOrder::Ascending, ..query() }, &[4, 5, 6]),
            (EventQuery { after: after(6), order: EventOrder::Ascending, ..query() }, &[]),
        ];
        for (query, expected) in rows {
            check(query, expected);
        }
    }
}
