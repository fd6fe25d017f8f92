//! The pepper ring: the keys of the hashes ([`crate::mac`]) and of sealed texts
//! ([`crate::sealed`]), how they are written, and how they come and go.

use crate::malformed::Malformed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::iter::once;
use thiserror::Error;

/// A pepper has at least as many bytes as the hash gives.
const SHORTEST: usize = 32;
/// What a pepper's id begins with; a number follows.
const ID_PREFIX: &str = "p";

/// The peppers by their ids, and which of them new keys are hashed under.
///
/// As JSON: `{"current":"p2","peppers":{"p1":"…","p2":"…"}}`, each pepper 32 or
/// more bytes in standard base64. Members beside `current` and `peppers` are
/// peppers too, since Secrets Manager's GenerateSecretString writes only at the
/// top; what is written here is always the nested form. An old pepper stays
/// while a key names it.
#[derive(Clone, Serialize)]
#[serde(into = "Written")]
pub struct PepperRing {
    current: String,
    pepper: Box<[u8]>,
    older: BTreeMap<String, Box<[u8]>>,
}

/// Why a pepper stays in the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unretirable {
    /// New keys are hashed under it.
    #[error("it is the current one; rotate first")]
    Current,
    /// There is none of that id.
    #[error("the ring has none of that name")]
    Unknown,
    /// Its number is above the current one's: the next rotation would give that number to another pepper.
    #[error("its number is above the current one's; rotate first")]
    AboveCurrent,
}

/// The JSON as it is accepted.
#[derive(Deserialize)]
struct Accepted {
    current: String,
    #[serde(default)]
    peppers: BTreeMap<String, String>,
    #[serde(flatten)]
    beside: BTreeMap<String, String>,
}

/// The JSON as it is written.
#[derive(Serialize)]
struct Written {
    current: String,
    peppers: BTreeMap<String, String>,
}

impl PepperRing {
    /// A ring of one pepper of 256 random bits.
    pub fn new(current: impl Into<String>, random: [u8; 32]) -> Self {
        Self {
            current: current.into(),
            pepper: random.into(),
            older: BTreeMap::new(),
        }
    }

    /// The id of the pepper that new keys are hashed under.
    pub fn current(&self) -> &str {
        &self.current
    }

    /// The ids of all peppers, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        once(self.current()).chain(self.older.keys().map(String::as_str))
    }

    /// The ring with a new pepper of 256 random bits, under which new keys are
    /// hashed from then on. Every key goes on working: its pepper stays.
    ///
    /// The new id is `p` and the number after the largest one. Since the current
    /// pepper cannot be retired, nor one with a larger number, no id is ever given twice.
    #[must_use]
    pub fn rotated(&self, random: [u8; 32]) -> Self {
        let largest = self.ids().filter_map(number).max().unwrap_or_default();
        let mut older = self.older.clone();
        older.insert(self.current.clone(), self.pepper.clone());
        Self {
            current: format!("{ID_PREFIX}{}", u64::from(largest) + 1),
            pepper: random.into(),
            older,
        }
    }

    /// The ring without this pepper: keys that name it are refused from then on.
    ///
    /// # Errors
    /// When new keys need it, or it is not there.
    pub fn without(&self, id: &str) -> Result<Self, Unretirable> {
        if id == self.current {
            return Err(Unretirable::Current);
        }
        let mut ring = self.clone();
        if ring.older.remove(id).is_none() {
            return Err(Unretirable::Unknown);
        }
        if number(id) > number(&self.current) {
            return Err(Unretirable::AboveCurrent);
        }
        Ok(ring)
    }

    /// The pepper that new keys are hashed under, with its id.
    pub(crate) fn newest(&self) -> (&str, &[u8]) {
        (&self.current, &self.pepper)
    }

    /// The pepper of that id.
    pub(crate) fn pepper(&self, id: &str) -> Option<&[u8]> {
        if id == self.current {
            Some(&self.pepper)
        } else {
            self.older.get(id).map(AsRef::as_ref)
        }
    }
}

/// The number in an id of ours; none in an id that an operator has thought up.
fn number(id: &str) -> Option<u32> {
    id.strip_prefix(ID_PREFIX)?.parse().ok()
}

impl TryFrom<Accepted> for PepperRing {
    type Error = Malformed;

    fn try_from(accepted: Accepted) -> Result<Self, Malformed> {
        let mut older: BTreeMap<String, Box<[u8]>> = BTreeMap::new();
        for (id, text) in accepted.peppers.into_iter().chain(accepted.beside) {
            let pepper = STANDARD
                .decode(text)
                .ok()
                .filter(|pepper| pepper.len() >= SHORTEST && !id.is_empty())
                .ok_or(Malformed::PepperRing)?;
            // Said twice, it must be one and the same.
            if let Some(other) = older.insert(id, pepper.clone().into())
                && *other != *pepper
            {
                return Err(Malformed::PepperRing);
            }
        }
        Ok(Self {
            pepper: older
                .remove(&accepted.current)
                .ok_or(Malformed::PepperRing)?,
            current: accepted.current,
            older,
        })
    }
}

impl<'de> Deserialize<'de> for PepperRing {
    /// The error never repeats what was met, which may be a pepper.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Accepted::deserialize(deserializer)
            .map_err(|_| Malformed::PepperRing)
            .and_then(Self::try_from)
            .map_err(D::Error::custom)
    }
}

impl From<PepperRing> for Written {
    fn from(ring: PepperRing) -> Self {
        let mut peppers = ring.older;
        peppers.insert(ring.current.clone(), ring.pepper);
        Self {
            current: ring.current,
            peppers: peppers
                .into_iter()
                .map(|(id, pepper)| (id, STANDARD.encode(pepper)))
                .collect(),
        }
    }
}

impl fmt::Debug for PepperRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PepperRing")
            .field("current", &self.current)
            .field("older", &self.older.keys())
            .finish()
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
    use super::{PepperRing, Unretirable};
    use crate::key::KeyId;
    use crate::mac::Verdict;
    use crate::token::Token;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    #[test]
    fn a_rotation_breaks_no_key() {
        let old = PepperRing::new("p1", [1; 32]);
        let realm = "acme".parse().unwrap();
        let token = Token::new(KeyId::from_random([2; 9]), [3; 32]);
        let mac = old.mac(&realm, &token);
        let rotated = stored_and_read(&old.rotated([2; 32]));
        assert_eq!(rotated.verify(&realm, &token, Some(&mac)), Verdict::Proven);
        let new = rotated.mac(&realm, &token);
        assert_eq!(new.pepper, "p2");
        let retired = stored_and_read(&rotated.without("p1").unwrap());
        assert_eq!(retired.verify(&realm, &token, Some(&new)), Verdict::Proven);
        assert_eq!(
            retired.verify(&realm, &token, Some(&mac)),
            Verdict::UnknownPepper
        );
    }

    fn stored_and_read(ring: &PepperRing) -> PepperRing {
        serde_json::from_str(&serde_json::to_string(ring).unwrap()).unwrap()
    }

    /// 32 bytes of one value.
    fn pepper(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn both_spellings_are_read_and_one_is_written() {
        let (p1, p2) = (pepper(1), pepper(2));
        let generated = "A".repeat(64);
        for (json, written) in [
            (
                json!({"current": "p1", "peppers": {"p1": p1}}),
                json!({"current": "p1", "peppers": {"p1": p1}}),
            ),
            (
                json!({"p1": generated, "current": "p1"}),
                json!({"current": "p1", "peppers": {"p1": generated}}),
            ),
            (
                json!({"current": "p2", "peppers": {"p2": p2}, "p1": p1}),
                json!({"current": "p2", "peppers": {"p1": p1, "p2": p2}}),
            ),
            (
                json!({"current": "p1", "peppers": {"p1": p1}, "p1": p1}),
                json!({"current": "p1", "peppers": {"p1": p1}}),
            ),
        ] {
            let ring: PepperRing = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(&ring).unwrap(), written, "{json}");
        }
    }

    #[test]
    fn a_ring_that_could_not_work_is_refused() {
        let (p1, p2) = (pepper(1), pepper(2));
        let short = STANDARD.encode([1; 31]);
        for json in [
            json!({"current": "p2", "peppers": {"p1": p1}}),
            json!({"current": "p2", "p1": p1}),
            json!({"current": "p1", "peppers": {"p1": short}}),
            json!({"current": "p1", "peppers": {"p1": "not base64"}}),
            json!({"current": "p1", "peppers": {"p1": p1}, "p2": "not base64"}),
            json!({"current": "p1", "peppers": {"p1": p1}, "p1": p2}),
            json!({"current": "p1", "peppers": {}}),
            json!({"current": "", "peppers": {"": p1}}),
            json!({"current": "p1", "peppers": p1}),
            json!({"current": "p1", "p1": [p1]}),
            json!({"peppers": {"p1": p1}}),
            json!([p1]),
        ] {
            let error = serde_json::from_str::<PepperRing>(&json.to_string()).unwrap_err();
            let error = error.to_string();
            assert!(!error.contains(&p1), "{json}: {error}");
            assert!(error.contains("a pepper ring names"), "{json}: {error}");
        }
    }

    /// The ids after a rotation, the new one first.
    #[test]
    fn a_new_pepper_has_a_number_that_was_never_given() {
        for (current, others, expected) in [
            ("p1", vec![], vec!["p2", "p1"]),
            ("p2", vec!["p1"], vec!["p3", "p1", "p2"]),
            ("p9", vec![], vec!["p10", "p9"]),
            ("p1", vec!["p7"], vec!["p8", "p1", "p7"]),
            ("main", vec!["p"], vec!["p1", "main", "p"]),
        ] {
            let rotated = ring(current, &others).rotated([9; 32]);
            assert_eq!(rotated.ids().collect::<Vec<_>>(), expected, "{current}");
            assert_eq!(rotated.current(), expected[0]);
        }
    }

    #[test]
    fn what_can_be_retired() {
        for (current, others, id, expected) in [
            ("p2", vec!["p1"], "p1", Ok(vec!["p2"])),
            ("p2", vec!["main", "p1"], "main", Ok(vec!["p2", "p1"])),
            ("main", vec!["blue"], "blue", Ok(vec!["main"])),
            ("p2", vec!["p1"], "p2", Err(Unretirable::Current)),
            ("p2", vec!["p1"], "p3", Err(Unretirable::Unknown)),
            // The next rotation would give this number again.
            ("p1", vec!["p2"], "p2", Err(Unretirable::AboveCurrent)),
            ("main", vec!["p2"], "p2", Err(Unretirable::AboveCurrent)),
        ] {
            let left = ring(current, &others).without(id);
            let left = left
                .as_ref()
                .map(|ring| ring.ids().collect())
                .map_err(|e| *e);
            assert_eq!(left, expected, "{id} of {current} {others:?}");
        }
    }

    fn ring(current: &str, others: &[&str]) -> PepperRing {
        let mut ring = json!({"current": current, "peppers": {current: pepper(0)}});
        for id in others {
            ring["peppers"][id] = pepper(1).into();
        }
        serde_json::from_value(ring).unwrap()
    }

    #[test]
    fn neither_pepper_nor_mac_shows() {
        let ring = PepperRing::new("p1", [171; 32]);
        let token = Token::new(KeyId::from_random([2; 9]), [3; 32]);
        let mac = ring.mac(&"acme".parse().unwrap(), &token);
        assert_eq!(
            format!("{ring:?} {mac:?}"),
            "PepperRing { current: \"p1\", older: [] } KeyMac { pepper: \"p1\", .. }"
        );
    }
}
