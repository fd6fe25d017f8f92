//! The token a client presents: `mst_{key id}_{secret}{crc32}`. Its secret is shown once and kept nowhere.

use crate::base62;
use crate::key::KeyId;
use crate::malformed::Malformed;
use std::fmt;
use std::str::FromStr;

/// 256 bits need 43 digits.
pub(crate) const SECRET_WIDTH: usize = 43;
const CHECKSUM_WIDTH: usize = 6;
const PREFIX: &str = "mst_";

/// A key's token.
///
/// The prefix lets secret scanners find it, the checksum lets them and us
/// refuse a mistyped or cut one without looking anywhere.
#[derive(Clone)]
pub struct Token {
    key: KeyId,
    secret: [u8; 32],
}

impl Token {
    /// A token with 256 random bits.
    pub fn new(key: KeyId, secret: [u8; 32]) -> Self {
        Self { key, secret }
    }

    /// Which key it claims to be.
    pub fn key_id(&self) -> &KeyId {
        &self.key
    }

    /// The whole text, for the one answer that shows it.
    pub fn reveal(&self) -> String {
        let secret = base62::encode(&self.secret, SECRET_WIDTH);
        with_checksum(format!("{PREFIX}{}_{secret}", self.key))
    }

    pub(crate) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl FromStr for Token {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let parse = || {
            let body = checked(text)?;
            let (key, secret) = body.strip_prefix(PREFIX)?.split_once('_')?;
            if secret.len() != SECRET_WIDTH {
                return None;
            }
            Some(Self {
                key: key.parse().ok()?,
                secret: base62::decode(secret)?,
            })
        };
        parse().ok_or(Malformed::Token)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({PREFIX}{}_..)", self.key)
    }
}

/// The text and its CRC-32 in base62.
pub(crate) fn with_checksum(text: String) -> String {
    let checksum = checksum(&text);
    text + &checksum
}

/// The text before a checksum that holds.
pub(crate) fn checked(text: &str) -> Option<&str> {
    let (body, sum) = text.split_at_checked(text.len().checked_sub(CHECKSUM_WIDTH)?)?;
    (checksum(body) == sum).then_some(body)
}

fn checksum(text: &str) -> String {
    base62::encode(
        &crc32fast::hash(text.as_bytes()).to_be_bytes(),
        CHECKSUM_WIDTH,
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
    use super::Token;
    use crate::key::KeyId;
    use crate::malformed::Malformed;
    use proptest::prelude::{any, proptest};

    fn token(secret: [u8; 32]) -> Token {
        Token::new(KeyId::from_random([9; 9]), secret)
    }

    #[test]
    fn its_shape() {
        let text = token([0; 32]).reveal();
        assert_eq!(text.len(), 4 + 12 + 1 + 43 + 6);
        assert!(text.starts_with("mst_"));
    }

    proptest! {
        #[test]
        fn parse_reads_what_reveal_wrote(secret in any::<[u8; 32]>(), id in any::<[u8; 9]>()) {
            let token = Token::new(KeyId::from_random(id), secret);
            let read: Token = token.reveal().parse().unwrap();
            assert_eq!(read.key_id(), token.key_id());
            assert_eq!(read.secret(), token.secret());
        }

        #[test]
        fn any_text_is_survived(text in ".{0,80}") {
            assert_eq!(text.parse::<Token>().map(|_| ()), Err(Malformed::Token));
        }
    }

    #[test]
    fn each_corrupted_character_is_refused() {
        let text = token([0x5a; 32]).reveal();
        for position in 0..text.len() {
            for wrong in ['0', 'A', 'z', '_', '-', ' ', 'é'] {
                let mut characters: Vec<char> = text.chars().collect();
                if characters[position] == wrong {
                    continue;
                }
                characters[position] = wrong;
                let corrupted: String = characters.into_iter().collect();
                assert!(corrupted.parse::<Token>().is_err(), "{corrupted}");
            }
        }
    }

    #[test]
    fn a_cut_or_padded_token_is_refused() {
        let text = token([1; 32]).reveal();
        for length in 0..text.len() {
            assert!(text[..length].parse::<Token>().is_err());
        }
        for padded in [format!("{text} "), format!(" {text}"), format!("{text}0")] {
            assert!(padded.parse::<Token>().is_err());
        }
    }

    #[test]
    fn the_secret_does_not_show() {
        let token = token([0x5a; 32]);
        assert_eq!(
            format!("{token:?}"),
            format!("Token({}_..)", &token.reveal()[..16])
        );
    }
}
