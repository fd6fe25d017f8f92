//! Texts that a client keeps for us and gives back, such as a list's cursor:
//! encrypted and authenticated, so that nothing has to be kept here.
//!
//! The key is made of a pepper, the realm and its salt, and of a label that no
//! other use of a pepper has: [`crate::mac`]'s messages begin otherwise. What a
//! text is bound to beside, such as a query, is authenticated and does not stand in it.

use crate::caller::Caller;
use crate::malformed::Malformed;
use crate::pepper::PepperRing;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hmac;
use std::fmt;
use std::str::FromStr;

/// What the key is derived for.
const LABEL: &[u8] = b"sealed v1\0";
/// Bytes of a sealed text before it is written in base64: whoever gives back more gives back something else.
const MAX_BYTES: usize = 2_304;
/// Characters of such a text.
const MAX_TEXT: usize = MAX_BYTES.div_ceil(3) * 4;

/// Content that only the ring which has sealed it can read: base64url, so it
/// stands in a URL as it is (the unreserved characters of RFC 3986).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The id of the pepper, so that a rotation breaks nothing.
    pepper: String,
    nonce: [u8; NONCE_LEN],
    /// With the tag behind it.
    content: Vec<u8>,
}

/// Why a sealed text is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsealed {
    /// Changed, of another realm, or bound to something else.
    Forged,
    /// The ring does not hold its pepper: the ring may be old.
    UnknownPepper,
}

impl PepperRing {
    /// Seals `content` for this realm under the current pepper. The random bits
    /// must never come twice.
    ///
    /// `None` when it is too long: beyond some 2 KB.
    pub fn seal(
        &self,
        caller: &Caller,
        bound_to: &[u8],
        random: [u8; NONCE_LEN],
        content: &[u8],
    ) -> Option<Sealed> {
        let (id, pepper) = self.newest();
        let mut sealed = content.to_vec();
        let nonce = Nonce::assume_unique_for_key(random);
        key(pepper, caller)
            .and_then(|key| key.seal_in_place_append_tag(nonce, Aad::from(bound_to), &mut sealed))
            .ok()?;
        let sealed = Sealed {
            pepper: id.to_owned(),
            nonce: random,
            content: sealed,
        };
        sealed.fits().then_some(sealed)
    }

    /// What was sealed for this realm, bound to the same. Compared in constant time.
    ///
    /// # Errors
    /// [`Unsealed`].
    pub fn open(
        &self,
        caller: &Caller,
        bound_to: &[u8],
        sealed: &Sealed,
    ) -> Result<Vec<u8>, Unsealed> {
        let pepper = self.pepper(&sealed.pepper).ok_or(Unsealed::UnknownPepper)?;
        let mut content = sealed.content.clone();
        let nonce = Nonce::assume_unique_for_key(sealed.nonce);
        let opened = key(pepper, caller).and_then(|key| {
            key.open_in_place(nonce, Aad::from(bound_to), &mut content)
                .map(|content| content.to_vec())
        });
        opened.map_err(|Unspecified| Unsealed::Forged)
    }
}

/// A realm that is made anew under its old name has another salt, and so another key.
fn key(pepper: &[u8], caller: &Caller) -> Result<LessSafeKey, Unspecified> {
    let mut message = Vec::with_capacity(96);
    message.extend_from_slice(LABEL);
    message.extend_from_slice(caller.salt().as_bytes());
    message.extend_from_slice(caller.realm().as_str().as_bytes());
    let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, pepper), &message);
    UnboundKey::new(&AES_256_GCM, derived.as_ref()).map(LessSafeKey::new)
}

impl Sealed {
    /// The id of the pepper that it names; whoever has made it up may name any.
    pub fn pepper(&self) -> &str {
        &self.pepper
    }

    fn fits(&self) -> bool {
        let length = 1 + self.pepper.len() + NONCE_LEN + self.content.len();
        self.pepper.len() <= usize::from(u8::MAX) && length <= MAX_BYTES
    }
}

impl FromStr for Sealed {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.len() > MAX_TEXT {
            return Err(Malformed::Sealed);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| Malformed::Sealed)?;
        let parts = || {
            let (length, rest) = bytes.split_first()?;
            let (pepper, rest) = rest.split_at_checked(usize::from(*length))?;
            let (nonce, content) = rest.split_first_chunk()?;
            Some(Self {
                pepper: String::from_utf8(pepper.to_vec()).ok()?,
                nonce: *nonce,
                content: content.to_vec(),
            })
        };
        parts().filter(Self::fits).ok_or(Malformed::Sealed)
    }
}

impl fmt::Display for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(MAX_BYTES);
        // INVARIANT: the id is no longer than a byte counts, see `fits`.
        bytes.extend(u8::try_from(self.pepper.len()));
        bytes.extend_from_slice(self.pepper.as_bytes());
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&self.content);
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
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
    use super::{MAX_BYTES, MAX_TEXT, Sealed, Unsealed};
    use crate::caller::Caller;
    use crate::operator::{IamPrincipal, Operator};
    use crate::pepper::PepperRing;
    use crate::realm::{RealmRecord, RealmState, Salt};
    use jiff::Timestamp;
    use proptest::prelude::*;

    const RANDOM: [u8; 12] = [7; 12];

    fn caller(realm: &str, salt: u8) -> Caller {
        let record = RealmRecord {
            name: realm.parse().unwrap(),
            display_name: String::new(),
            state: RealmState::Enabled,
            salt: Salt::new([salt; 16]),
            created: Timestamp::UNIX_EPOCH,
            version: 1,
        };
        let operator = Operator::by_iam(&IamPrincipal::new("arn"));
        Caller::operating(&operator, &record)
    }

    fn ring() -> PepperRing {
        PepperRing::new("p1", [1; 32])
    }

    fn sealed() -> Sealed {
        let caller = caller("acme", 2);
        ring().seal(&caller, b"query", RANDOM, b"content").unwrap()
    }

    #[track_caller]
    fn check(
        ring: &PepperRing,
        of: (&str, u8),
        bound_to: &[u8],
        expected: Result<&[u8], Unsealed>,
    ) {
        let text = sealed().to_string();
        let opened = ring.open(&caller(of.0, of.1), bound_to, &text.parse().unwrap());
        assert_eq!(opened.as_deref().map_err(|error| *error), expected);
    }

    #[test]
    fn a_sealed_text_binds_pepper_realm_and_purpose() {
        let forged = Err(Unsealed::Forged);
        check(&ring(), ("acme", 2), b"query", Ok(b"content"));
        check(&ring(), ("acme", 2), b"other", forged);
        check(&ring(), ("acme", 2), b"", forged);
        check(&ring(), ("Acme", 2), b"query", forged);
        check(&ring(), ("acme", 3), b"query", forged);
        let other = PepperRing::new("p1", [2; 32]);
        check(&other, ("acme", 2), b"query", forged);
        let rotated = ring().rotated([2; 32]);
        check(&rotated, ("acme", 2), b"query", Ok(b"content"));
        let retired = rotated.without("p1").unwrap();
        check(
            &retired,
            ("acme", 2),
            b"query",
            Err(Unsealed::UnknownPepper),
        );
    }

    #[test]
    fn every_character_counts() {
        let text = sealed().to_string();
        for at in 0..text.len() {
            for other in ["A", "B", "g", "w", "-", "=", "\u{e9}", ""] {
                let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                if changed == text {
                    continue;
                }
                let opened = changed
                    .parse()
                    .map(|sealed| ring().open(&caller("acme", 2), b"query", &sealed));
                assert!(!matches!(opened, Ok(Ok(_))), "{changed}");
            }
        }
    }

    #[test]
    fn nothing_shows() {
        let sealed = sealed();
        assert_eq!(sealed.pepper(), "p1");
        assert_eq!(format!("{sealed:?}"), "Sealed { pepper: \"p1\", .. }");
        let text = sealed.to_string();
        assert!(
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        let caller = caller("acme", 2);
        let again = ring().seal(&caller, b"query", [8; 12], b"content").unwrap();
        assert_ne!(text, again.to_string());
    }

    #[test]
    fn the_length_is_bounded() {
        let caller = caller("acme", 2);
        let longest = vec![0; MAX_BYTES - 1 - 2 - 12 - 16];
        let sealed = ring().seal(&caller, b"", RANDOM, &longest).unwrap();
        let text = sealed.to_string();
        assert_eq!(text.len(), MAX_TEXT);
        assert_eq!(
            ring().open(&caller, b"", &text.parse().unwrap()).unwrap(),
            longest
        );
        assert!((text + "AAAA").parse::<Sealed>().is_err());
        assert!(
            ring()
                .seal(&caller, b"", RANDOM, &vec![0; longest.len() + 1])
                .is_none()
        );
        let long_id = PepperRing::new("p".repeat(256), [1; 32]);
        assert!(long_id.seal(&caller, b"", RANDOM, b"").is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in prop_oneof![".{0,100}", "[A-Za-z0-9_-]{0,200}"]) {
            if let Ok(sealed) = text.parse::<Sealed>() {
                prop_assert_eq!(sealed.to_string(), text);
                prop_assert!(ring().open(&caller("acme", 2), b"query", &sealed).is_err());
            }
        }

        #[test]
        fn what_is_sealed_is_opened(
            content in prop::collection::vec(any::<u8>(), 0..500),
            bound_to in prop::collection::vec(any::<u8>(), 0..500),
            random in any::<[u8; 12]>(),
        ) {
            let caller = caller("acme", 2);
            let sealed = ring().seal(&caller, &bound_to, random, &content).unwrap();
            let read: Sealed = sealed.to_string().parse().unwrap();
            prop_assert_eq!(ring().open(&caller, &bound_to, &read).unwrap(), content);
        }
    }
}
