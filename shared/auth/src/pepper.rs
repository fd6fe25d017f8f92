//! The pepper ring and the keyed hash under which a key's secret is kept.
//!
//! Without a pepper, which lives in another place than the table, a stolen
//! table proves nothing about any secret.

use crate::malformed::Malformed;
use crate::realm::RealmName;
use crate::token::Token;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The peppers by their ids, and which of them new keys are hashed under.
///
/// As JSON: `{"current":"p2","peppers":{"p1":"…","p2":"…"}}`, each pepper 32
/// bytes in base64. An old pepper stays while a key names it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct PepperRing {
    current: String,
    pepper: [u8; 32],
    older: BTreeMap<String, [u8; 32]>,
}

/// What proves a key's secret: HMAC-SHA-256 under one pepper.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyMac {
    /// The pepper's id.
    pub pepper: String,
    /// The HMAC.
    pub mac: [u8; 32],
}

/// What a presented token is to a stored MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Proven,
    Refused,
    UnknownPepper,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    current: String,
    peppers: BTreeMap<String, String>,
}

impl PepperRing {
    /// A ring of one pepper of 256 random bits.
    pub fn new(current: impl Into<String>, random: [u8; 32]) -> Self {
        Self {
            current: current.into(),
            pepper: random,
            older: BTreeMap::new(),
        }
    }

    /// The MAC of a new key's token, under the current pepper.
    pub fn mac(&self, realm: &RealmName, token: &Token) -> KeyMac {
        let tag = hmac::sign(&signing_key(&self.pepper), &message(realm, token));
        let mut mac = [0; 32];
        mac.iter_mut()
            .zip(tag.as_ref())
            .for_each(|(byte, tag)| *byte = *tag);
        KeyMac {
            pepper: self.current.clone(),
            mac,
        }
    }

    /// Whether `mac` is the token's in this realm, in constant time.
    pub(crate) fn verify(&self, realm: &RealmName, token: &Token, mac: &KeyMac) -> Verdict {
        let Some(pepper) = self.pepper(&mac.pepper) else {
            return Verdict::UnknownPepper;
        };
        match hmac::verify(&signing_key(pepper), &message(realm, token), &mac.mac) {
            Ok(()) => Verdict::Proven,
            Err(_) => Verdict::Refused,
        }
    }

    fn pepper(&self, id: &str) -> Option<&[u8; 32]> {
        if id == self.current {
            Some(&self.pepper)
        } else {
            self.older.get(id)
        }
    }
}

fn signing_key(pepper: &[u8; 32]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, pepper)
}

/// Neither a realm's name nor a key's id can hold a NUL and the secret has one
/// length, so two different triples never give one message.
fn message(realm: &RealmName, token: &Token) -> Vec<u8> {
    let mut message = Vec::with_capacity(128);
    message.extend_from_slice(b"v1\0");
    message.extend_from_slice(realm.as_str().as_bytes());
    message.push(0);
    message.extend_from_slice(token.key_id().as_str().as_bytes());
    message.push(0);
    message.extend_from_slice(token.secret());
    message
}

impl TryFrom<Wire> for PepperRing {
    type Error = Malformed;

    fn try_from(wire: Wire) -> Result<Self, Malformed> {
        let mut older = wire
            .peppers
            .into_iter()
            .map(|(id, text)| {
                let bytes = STANDARD.decode(text).ok()?;
                Some((id, bytes.try_into().ok()?))
            })
            .collect::<Option<BTreeMap<String, [u8; 32]>>>()
            .ok_or(Malformed::PepperRing)?;
        Ok(Self {
            pepper: older.remove(&wire.current).ok_or(Malformed::PepperRing)?,
            current: wire.current,
            older,
        })
    }
}

impl From<PepperRing> for Wire {
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

impl fmt::Debug for KeyMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyMac")
            .field("pepper", &self.pepper)
            .finish_non_exhaustive()
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
    use super::{PepperRing, Verdict};
    use crate::key::KeyId;
    use crate::token::Token;

    #[test]
    fn the_mac_binds_pepper_realm_key_and_secret() {
        let ring = |pepper| PepperRing::new("p1", [pepper; 32]);
        let token = |id, secret| Token::new(KeyId::from_random([id; 9]), [secret; 32]);
        let mac = ring(1).mac(&"acme".parse().unwrap(), &token(2, 3));
        let other_name = PepperRing::new("p2", [1; 32]);
        for (ring, realm, token, verdict) in [
            (ring(1), "acme", token(2, 3), Verdict::Proven),
            (ring(9), "acme", token(2, 3), Verdict::Refused),
            (other_name, "acme", token(2, 3), Verdict::UnknownPepper),
            (ring(1), "Acme", token(2, 3), Verdict::Refused),
            (ring(1), "acm", token(2, 3), Verdict::Refused),
            (ring(1), "acme", token(9, 3), Verdict::Refused),
            (ring(1), "acme", token(2, 9), Verdict::Refused),
        ] {
            assert_eq!(
                ring.verify(&realm.parse().unwrap(), &token, &mac),
                verdict,
                "{realm} {token:?}"
            );
        }
    }

    #[test]
    fn json_round_trip_keeps_old_peppers() {
        let old = PepperRing::new("p1", [1; 32]);
        let realm = "acme".parse().unwrap();
        let token = Token::new(KeyId::from_random([2; 9]), [3; 32]);
        let mac = old.mac(&realm, &token);
        let mut json = serde_json::to_value(&old).unwrap();
        json["current"] = "p2".into();
        json["peppers"]["p2"] = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=".into();
        let rotated: PepperRing = serde_json::from_value(json).unwrap();
        assert_eq!(rotated.verify(&realm, &token, &mac), Verdict::Proven);
        assert_eq!(rotated.mac(&realm, &token).pepper, "p2");
    }

    #[test]
    fn a_ring_that_could_not_work_is_refused() {
        for json in [
            r#"{"current":"p2","peppers":{"p1":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="}}"#,
            r#"{"current":"p1","peppers":{"p1":"AQEB"}}"#,
            r#"{"current":"p1","peppers":{"p1":"not base64"}}"#,
            r#"{"current":"p1","peppers":{}}"#,
        ] {
            assert!(serde_json::from_str::<PepperRing>(json).is_err(), "{json}");
        }
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
