//! Tokens: a text is one when its shape and its checksum are right, computed here
//! from their description, and then it is what its own value is shown as.

use auth::{AdminToken, KeyId, RealmName, RealmState, Scope, Token};

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(crate) fn law(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    read(&text);
    // The same with a checksum that holds, which no mutation finds.
    read(&format!("{text}{}", checksum(&text)));
    words(&text);
}

fn read(text: &str) {
    let token = text.parse::<Token>();
    let is_token = is_key(text);
    assert_eq!(token.is_ok(), is_token, "{text:?}");
    if let Ok(token) = token {
        assert_eq!(token.reveal(), text);
        assert_eq!(token.key_id().as_str(), &text[4..16]);
        assert!(
            !format!("{token:?}").contains(&text[17..60]),
            "the secret shows"
        );
    }
    let admin = text.parse::<AdminToken>();
    assert_eq!(admin.is_ok(), is_admin(text), "{text:?}");
    if let Ok(admin) = admin {
        assert_eq!(admin.reveal(), text);
        assert!(admin.digest().verify(&admin).is_some());
        assert!(admin.digest().verify(&AdminToken::new([9; 32])).is_none());
    }
}

/// `mst_`, 12 digits, `_`, 43 digits, and the checksum of all of it.
fn is_key(text: &str) -> bool {
    let parts = || {
        let (key, secret) = sound(text)?.strip_prefix("mst_")?.split_once('_')?;
        Some((key.len() == 12 && digits(key)) && is_secret(secret))
    };
    parts() == Some(true)
}

/// `msta_`, 43 digits, and the checksum.
fn is_admin(text: &str) -> bool {
    let secret = || sound(text)?.strip_prefix("msta_");
    secret().is_some_and(is_secret)
}

fn is_secret(text: &str) -> bool {
    text.len() == 43 && digits(text) && text <= largest().as_str()
}

/// The text before its checksum, when that holds.
fn sound(text: &str) -> Option<&str> {
    let (body, sum) = text.split_at_checked(text.len().checked_sub(6)?)?;
    (checksum(body) == sum).then_some(body)
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| DIGITS.contains(&byte))
}

/// CRC-32 (ISO 3309) as 6 digits of base62, bit by bit.
fn checksum(text: &str) -> String {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0xedb8_8320 * (crc & 1));
        }
    }
    base62(&(!crc).to_be_bytes(), 6)
}

fn largest() -> String {
    base62(&[255; 32], 43)
}

/// A number in so many digits, by long division.
fn base62(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text = Vec::new();
    for _ in 0..width {
        let mut rest = 0_u32;
        for byte in &mut number {
            let dividend = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(dividend / 62).unwrap();
            rest = dividend % 62;
        }
        text.push(DIGITS[usize::try_from(rest).unwrap()]);
    }
    text.reverse();
    String::from_utf8(text).unwrap()
}

/// What is read is what it is written as, and holds nothing that a key of the
/// table could be split at.
fn words(text: &str) {
    if let Ok(id) = text.parse::<KeyId>() {
        assert_eq!(id.as_str(), text);
        assert!(text.len() == 12 && digits(text), "{text:?}");
    }
    if let Ok(name) = text.parse::<RealmName>() {
        assert_eq!(name.as_str(), text);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(
            (1..=63).contains(&text.len()) && text.chars().all(plain),
            "{text:?}"
        );
    }
    if let Ok(scope) = text.parse::<Scope>() {
        assert_eq!(scope.as_str(), text);
    }
    if let Ok(state) = text.parse::<RealmState>() {
        assert_eq!(state.as_str(), text);
    }
}
