//! The keyed hash under which a key's secret is kept.
//!
//! Without a pepper, which lives in another place than the table, a stolen
//! table proves nothing about any secret.

use crate::pepper::PepperRing;
use crate::realm::RealmName;
use crate::token::Token;
use ring::hmac;
use std::fmt;

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

impl PepperRing {
    /// The MAC of a new key's token, under the current pepper.
    pub fn mac(&self, realm: &RealmName, token: &Token) -> KeyMac {
        let (id, pepper) = self.newest();
        let tag = hmac::sign(&signing_key(pepper), &message(realm, token));
        let mut mac = [0; 32];
        mac.iter_mut()
            .zip(tag.as_ref())
            .for_each(|(byte, tag)| *byte = *tag);
        KeyMac {
            pepper: id.to_owned(),
            mac,
        }
    }

    /// Whether `mac` is the token's in this realm, in constant time; and in the same
    /// time where there is none, or its pepper is not known: a hash is computed
    /// and compared whatever comes of it.
    pub(crate) fn verify(&self, realm: &RealmName, token: &Token, mac: Option<&KeyMac>) -> Verdict {
        let pepper = mac.and_then(|mac| self.pepper(&mac.pepper));
        let (_, newest) = self.newest();
        let expected = mac.map_or(&[0; 32], |mac| &mac.mac);
        let key = signing_key(pepper.unwrap_or(newest));
        let is_its = hmac::verify(&key, &message(realm, token), expected).is_ok();
        match (mac, pepper) {
            (Some(_), None) => Verdict::UnknownPepper,
            (Some(_), Some(_)) if is_its => Verdict::Proven,
            _ => Verdict::Refused,
        }
    }
}

fn signing_key(pepper: &[u8]) -> hmac::Key {
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
    use super::Verdict;
    use crate::key::KeyId;
    use crate::pepper::PepperRing;
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
                ring.verify(&realm.parse().unwrap(), &token, Some(&mac)),
                verdict,
                "{realm} {token:?}"
            );
        }
    }

    #[test]
    fn no_mac_is_nobodys() {
        let ring = PepperRing::new("p1", [1; 32]);
        let token = Token::new(KeyId::from_random([2; 9]), [3; 32]);
        let verdict = ring.verify(&"acme".parse().unwrap(), &token, None);
        assert_eq!(verdict, Verdict::Refused);
    }
}
