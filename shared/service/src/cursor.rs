//! A cursor of a list (RFC 9865): a position, given to the client under seal.
//!
//! It is bound to its realm and query by the seal, holds the count and its end,
//! and shows nothing: a sort key may be a name. Nothing of it is kept here.

use crate::call::Call;
use crate::selection::Place;
use crate::source;
use crate::walk::Position;
use auth::{PepperRing, Sealed, Unsealed};
use jiff::Timestamp;
use scim::message::{SearchRequest, SortOrder};
use scim::sort::SortKey;
use scim::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use store::Kind;

/// How long a cursor is good, `cursorTimeout`. Every page gives a new one, so it
/// bounds the pause between two pages and not the walk: an hour outlasts
/// whatever a client waits for, and a cursor found in a log is soon worth nothing.
pub(crate) const LIFE: Duration = Duration::from_secs(3_600);

/// The cursors of one query: what a walk must keep from page to page.
pub(crate) struct Cursors<'a> {
    call: &'a Call,
    query: Vec<u8>,
    /// Resources on a page at most.
    pub(crate) count: usize,
}

/// What stands under the seal.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    /// Seconds since 1970.
    until: i64,
    count: usize,
    /// The resource type of the next one, or of the one before.
    kind: String,
    id: Option<String>,
    /// Where the list is sorted.
    key: Option<SortKey>,
}

impl<'a> Cursors<'a> {
    /// What is shown of a resource may change on the way; which resources there are may not.
    pub(crate) fn of(
        call: &'a Call,
        kinds: &[Kind],
        request: &SearchRequest,
        count: usize,
    ) -> Self {
        let endpoints = kinds.iter().map(|kind| kind.resource_type().endpoint);
        let order = match request.sort_order.unwrap_or_default() {
            SortOrder::Ascending => "ascending",
            SortOrder::Descending => "descending",
        };
        let query = json!([
            endpoints.collect::<Vec<_>>(),
            request.filter,
            request.sort_by,
            order,
        ]);
        Self {
            call,
            query: query.to_string().into_bytes(),
            count,
        }
    }

    /// Where the page begins that a cursor asks for; `None` for the empty one of the first page.
    ///
    /// # Errors
    /// `InvalidCursor`, `ExpiredCursor`, `InvalidCount`; `Unavailable` when the
    /// peppers cannot be read that may prove it.
    pub(crate) async fn open(&self, text: &str) -> Result<Option<Position>> {
        if text.is_empty() {
            return Ok(None);
        }
        let sealed: Sealed = text.parse().map_err(|_| invalid())?;
        let open = |ring: &PepperRing| ring.open(&self.call.caller, &self.query, &sealed);
        let peppers = &self.call.service.peppers;
        let ring = peppers.ring();
        let opened = match open(&ring) {
            // Another process has made it after a rotation that this one has not seen.
            Err(Unsealed::UnknownPepper) => {
                let found = peppers.of_text(sealed.pepper(), self.call.deadline).await?;
                found.map_or(Err(Unsealed::UnknownPepper), |ring| open(&ring))
            }
            opened => opened,
        };
        let content = opened.map_err(|_| invalid())?;
        Content::read(&content)
            .ok_or_else(invalid)?
            .position(self.count, self.call.now)
            .map(Some)
    }

    /// The cursor of the page that begins there.
    ///
    /// # Errors
    /// `Internal`.
    pub(crate) fn seal(&self, position: &Position) -> Result<String> {
        let content = Content::of(position, self.count, self.call.now).written()?;
        let ring = self.call.service.peppers.ring();
        ring.seal(&self.call.caller, &self.query, source::random()?, &content)
            .map(|sealed| sealed.to_string())
            .ok_or_else(unwritable)
    }
}

impl Content {
    fn of(position: &Position, count: usize, now: Timestamp) -> Self {
        let life = i64::try_from(LIFE.as_secs()).unwrap_or(i64::MAX);
        let (kind, id, key) = match position {
            Position::After(kind, id) => (kind, *id, None),
            Position::Behind(place) => (&place.kind, Some(place.id), Some(place.key.clone())),
        };
        Self {
            until: now.as_second().saturating_add(life),
            count,
            kind: kind.resource_type().name.to_owned(),
            id: id.map(|id| id.to_string()),
            key,
        }
    }

    fn written(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| unwritable())
    }

    /// Only what was sealed here is read here, but by another version perhaps.
    fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    fn position(self, count: usize, now: Timestamp) -> Result<Position> {
        if self.count != count {
            return Err(Error::new(
                ErrorKind::InvalidCount,
                format!(
                    "the cursor belongs to pages of {} and `count` asks for {count}; keep `count` \
                     from page to page, or begin anew with an empty `cursor`",
                    self.count
                ),
            ));
        }
        if self.until < now.as_second() {
            return Err(Error::new(
                ErrorKind::ExpiredCursor,
                format!(
                    "the cursor is older than {} seconds; begin anew with an empty `cursor`, and \
                     ask for each page sooner",
                    LIFE.as_secs()
                ),
            ));
        }
        let kind = Kind::named(&self.kind).ok_or_else(invalid)?;
        let id = self.id.map(|id| id.parse().map_err(|_| invalid()));
        match (id.transpose()?, self.key) {
            (id, None) => Ok(Position::After(kind, id)),
            (Some(id), Some(key)) => Ok(Position::Behind(Place { key, kind, id })),
            (None, Some(_)) => Err(invalid()),
        }
    }
}

/// One sentence whatever is wrong: it tells nothing of other realms and queries (RFC 9865 section 5.2).
fn invalid() -> Error {
    Error::new(
        ErrorKind::InvalidCursor,
        "the cursor is none of this query's; send `nextCursor` of the page before unchanged, with \
         the same endpoint, `filter`, `sortBy`, `sortOrder` and `count`, or begin anew with an \
         empty `cursor`",
    )
}

fn unwritable() -> Error {
    Error::caused_by(
        ErrorKind::Internal,
        "the next page has no cursor",
        "a cursor cannot be written",
    )
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
    use super::{Content, LIFE};
    use crate::selection::Place;
    use crate::walk::Position;
    use jiff::{SignedDuration, Timestamp};
    use scim::ErrorKind;
    use scim::sort::SortKey;
    use store::{Kind, ResourceId};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn positions() -> Vec<Position> {
        let id = ResourceId::from_random([5; 16]);
        let place = Place {
            key: SortKey::missing(),
            kind: Kind::User,
            id,
        };
        vec![
            Position::After(Kind::User, None),
            Position::After(Kind::Group, Some(id)),
            Position::Behind(place),
        ]
    }

    #[track_caller]
    fn check(count: usize, seconds: i64, expected: Result<(), ErrorKind>) {
        for position in positions() {
            let content = Content::of(&position, 10, NOW).written().unwrap();
            let later = NOW + SignedDuration::from_secs(seconds);
            let read = Content::read(&content).unwrap().position(count, later);
            let read = read.map_err(|error| error.kind());
            assert_eq!(read, expected.map(|()| position));
        }
    }

    #[test]
    fn a_cursor_is_good_for_its_count_and_its_life() {
        let life = i64::try_from(LIFE.as_secs()).unwrap();
        check(10, 0, Ok(()));
        check(10, life, Ok(()));
        check(10, life + 1, Err(ErrorKind::ExpiredCursor));
        check(11, 0, Err(ErrorKind::InvalidCount));
        check(0, life + 1, Err(ErrorKind::InvalidCount));
    }

    #[test]
    fn what_another_version_wrote_is_no_position() {
        for content in [
            "",
            "{}",
            r#"{"until":9,"count":10,"kind":"Robot","id":null,"key":null}"#,
            r#"{"until":9,"count":10,"kind":"User","id":"x","key":null}"#,
            r#"{"until":9,"count":10,"kind":"User","id":null,"key":"Missing"}"#,
            r#"{"until":9,"count":10,"kind":"User","id":null,"key":"Shape"}"#,
        ] {
            let read = Content::read(content.as_bytes());
            let position = read.and_then(|content| content.position(10, NOW).ok());
            assert_eq!(position, None, "{content}");
        }
    }
}
