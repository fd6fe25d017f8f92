//! An API key as the store keeps it: everything but its secret.

use crate::base62;
use crate::mac::KeyMac;
use crate::malformed::Malformed;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The public identifier of a key: 12 characters of base62. Unique within its realm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

impl KeyId {
    const WIDTH: usize = 12;

    /// An identifier from 72 random bits, of which a little more than 71 are kept.
    pub fn from_random(random: [u8; 9]) -> Self {
        Self(base62::encode(&random, Self::WIDTH))
    }

    /// The identifier as it stands in the token and in the table.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if base62::is_digits(text, Self::WIDTH) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::KeyId)
        }
    }
}

impl TryFrom<String> for KeyId {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Read and write the realm's resources.
    #[serde(rename = "scim")]
    Scim,
    /// Read them.
    #[serde(rename = "scim:read")]
    ScimRead,
}

impl Scope {
    /// The word that stands in the table and in the administration's JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::ScimRead => "scim:read",
        }
    }
}

impl FromStr for Scope {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "scim" => Ok(Self::Scim),
            "scim:read" => Ok(Self::ScimRead),
            _ => Err(Malformed::Scope),
        }
    }
}

/// What the table knows of a key.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    /// Its identifier.
    pub id: KeyId,
    /// A name for people.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// What proves its secret.
    pub mac: KeyMac,
    /// When it was made.
    pub created: Timestamp,
    /// The instant from which it is refused.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// About when it was last used, to the hour.
    pub last_used: Option<Timestamp>,
    /// The operator who made it; keys of before that was kept have none.
    pub created_by: Option<String>,
    /// The key that it was made to replace.
    pub replaces: Option<KeyId>,
}

/// How far a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// It works.
    Active,
    /// It works, and its end is near: see [`near_end`].
    Expiring,
    /// Its end has passed.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyState {
    /// The word of the administration's JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// The longest time that counts as near to an end.
const NEAR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// When the end of a life comes near: the last tenth of it begins, or the last
/// 14 days when those are shorter. So a key of a year is near its end for two
/// weeks, and one of ten days for a day.
pub fn near_end(begin: Timestamp, end: Timestamp) -> Timestamp {
    let tenth = end.duration_since(begin) / 10;
    // Below its own length, so the difference is an instant.
    end.checked_sub(tenth.min(NEAR)).unwrap_or(end)
}

impl KeyRecord {
    /// How far it is in its life.
    pub fn state(&self, now: Timestamp) -> KeyState {
        match self.expires {
            _ if self.revoked.is_some() => KeyState::Revoked,
            Some(expires) if expires <= now => KeyState::Expired,
            Some(expires) if near_end(self.created, expires) <= now => KeyState::Expiring,
            _ => KeyState::Active,
        }
    }
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
    use super::{KeyId, KeyRecord, KeyState, Scope};
    use crate::mac::KeyMac;
    use crate::malformed::Malformed;
    use jiff::{SignedDuration, Timestamp};

    /// The state at an hour of a key that lives so many hours, revoked or not.
    #[track_caller]
    fn check(hour: i64, lives: Option<i64>, revoked: Option<i64>, expected: KeyState) {
        let at = |hour: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour);
        let key = KeyRecord {
            id: KeyId::from_random([3; 9]),
            name: "entra".to_owned(),
            scopes: vec![Scope::Scim],
            mac: KeyMac {
                pepper: "p1".to_owned(),
                mac: [0; 32],
            },
            created: at(0),
            expires: lives.map(at),
            revoked: revoked.map(at),
            last_used: None,
            created_by: None,
            replaces: None,
        };
        assert_eq!(key.state(at(hour)), expected, "{hour} of {lives:?}");
    }

    #[test]
    fn the_end_is_near_for_a_tenth_of_a_life_and_at_most_for_two_weeks() {
        use KeyState::{Active, Expired, Expiring, Revoked};
        let year = 365 * 24;
        check(0, None, None, Active);
        check(100 * year, None, None, Active);
        check(year - 14 * 24 - 1, Some(year), None, Active);
        check(year - 14 * 24, Some(year), None, Expiring);
        check(year - 1, Some(year), None, Expiring);
        check(year, Some(year), None, Expired);
        check(89, Some(100), None, Active);
        check(90, Some(100), None, Expiring);
        check(100, Some(100), None, Expired);
        check(5, Some(100), Some(4), Revoked);
        check(101, Some(100), Some(4), Revoked);
        check(5, None, Some(4), Revoked);
    }

    #[test]
    fn a_scope_and_a_state_have_one_word_everywhere() {
        for (scope, word) in [(Scope::Scim, "scim"), (Scope::ScimRead, "scim:read")] {
            assert_eq!(scope.as_str(), word);
            assert_eq!(word.parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), word);
        }
        assert_eq!("scim:write".parse::<Scope>(), Err(Malformed::Scope));
        for (state, word) in [
            (KeyState::Active, "active"),
            (KeyState::Expiring, "expiring"),
            (KeyState::Expired, "expired"),
            (KeyState::Revoked, "revoked"),
        ] {
            assert_eq!(state.as_str(), word);
        }
    }

    #[test]
    fn ids_are_twelve_digits_of_base62() {
        for random in [[0; 9], [7; 9], [255; 9]] {
            let id = KeyId::from_random(random);
            assert_eq!(id.as_str().parse(), Ok(id.clone()));
            assert_eq!(serde_json::to_value(&id).unwrap(), id.as_str());
        }
        for bad in [
            "",
            "abc",
            "abcdefghijkl0",
            "abcdefghijk#",
            "abcdefghij\u{e9}",
        ] {
            assert!(bad.parse::<KeyId>().is_err(), "{bad}");
        }
    }
}
