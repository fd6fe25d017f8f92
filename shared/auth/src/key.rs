//! An API key as the store keeps it: everything but its secret.

use crate::base62;
use crate::mac::KeyMac;
use crate::malformed::Malformed;
use jiff::Timestamp;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    use super::KeyId;

    #[test]
    fn ids_are_twelve_digits_of_base62() {
        for random in [[0; 9], [7; 9], [255; 9]] {
            let id = KeyId::from_random(random);
            assert_eq!(id.as_str().parse(), Ok(id.clone()));
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
