//! A realm's name and what the store keeps about the realm itself. Nothing of its resources.

use crate::malformed::Malformed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a realm: `[A-Za-z0-9][A-Za-z0-9-]{0,62}`, case-sensitive.
///
/// INVARIANT: it holds no `#` and no `/`, so it can stand in a key of the table
/// and in a path without escaping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RealmName(String);

impl RealmName {
    /// The name as it stands in the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RealmName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut bytes = text.bytes();
        let starts_well = bytes
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric());
        if starts_well
            && text.len() <= 63
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::RealmName)
        }
    }
}

impl TryFrom<String> for RealmName {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<RealmName> for String {
    fn from(name: RealmName) -> Self {
        name.0
    }
}

impl fmt::Display for RealmName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The realm's switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RealmState {
    /// Serves its clients.
    Enabled,
    /// Answers 403 to whoever holds a good key.
    Disabled,
    /// Answers as if it did not exist, while its items are swept.
    Deleting,
}

impl RealmState {
    /// The word that stands in the table and in the administration's JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Deleting => "deleting",
        }
    }
}

impl FromStr for RealmState {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text {
            "enabled" => Ok(Self::Enabled),
            "disabled" => Ok(Self::Disabled),
            "deleting" => Ok(Self::Deleting),
            _ => Err(Malformed::RealmState),
        }
    }
}

/// A realm's salt for the hashes in its keys: equal values of two realms have different hashes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A salt of 128 random bits.
    pub fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The bytes, for hashing and for the table.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// What the table knows of a realm.
#[derive(Debug, Clone)]
pub struct RealmRecord {
    /// Its name.
    pub name: RealmName,
    /// A name for people.
    pub display_name: String,
    /// Its switch.
    pub state: RealmState,
    /// Its salt.
    pub salt: Salt,
    /// When it was made.
    pub created: Timestamp,
    /// Rises with every change of the record.
    pub version: u64,
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
    use super::{RealmName, RealmState, Salt};
    use crate::malformed::Malformed;

    #[test]
    fn names() {
        let longest = "a".repeat(63);
        for good in ["a", "7", "acme", "Acme-2", "a-", "a--b", &longest] {
            assert_eq!(
                good.parse::<RealmName>()
                    .map(|name| name.to_string())
                    .as_deref(),
                Ok(good)
            );
        }
        let too_long = "a".repeat(64);
        for bad in [
            "", "-a", "a_b", "a.b", "a#b", "a/b", "a b", " a", "a\n", "é", "a%20", "..", &too_long,
        ] {
            assert_eq!(
                bad.parse::<RealmName>(),
                Err(Malformed::RealmName),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_name_is_stored_as_it_is() {
        let name: RealmName = "Acme-2".parse().unwrap();
        let stored = serde_json::to_value(&name).unwrap();
        assert_eq!(stored, "Acme-2");
        assert_eq!(serde_json::from_value(stored).ok(), Some(name));
    }

    #[test]
    fn a_state_has_one_word_everywhere() {
        for (state, word) in [
            (RealmState::Enabled, "enabled"),
            (RealmState::Disabled, "disabled"),
            (RealmState::Deleting, "deleting"),
        ] {
            assert_eq!(state.as_str(), word);
            assert_eq!(word.parse(), Ok(state));
            assert_eq!(serde_json::to_value(state).unwrap(), word);
        }
        assert_eq!("Enabled".parse::<RealmState>(), Err(Malformed::RealmState));
    }

    #[test]
    fn a_salt_does_not_show() {
        assert_eq!(format!("{:?}", Salt::new([171; 16])), "Salt(..)");
    }
}
