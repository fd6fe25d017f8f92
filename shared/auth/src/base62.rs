//! Fixed-width base62, the alphabet that a double click selects whole. Big-endian numbers, digits before letters.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The low `width` digits of the number in `bytes`.
pub(crate) fn encode(bytes: &[u8], width: usize) -> String {
    let mut number = bytes.to_vec();
    let mut digits: Vec<char> = (0..width)
        .map(|_| {
            let mut rest = 0_u16;
            for byte in &mut number {
                let dividend = rest << 8 | u16::from(*byte);
                [*byte] = low_byte(dividend / 62);
                rest = dividend % 62;
            }
            ALPHABET
                .get(usize::from(rest))
                .copied()
                .map_or('0', char::from)
        })
        .collect();
    digits.reverse();
    digits.into_iter().collect()
}

/// The number, when every character is a digit and it fits.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut number = [0_u8; N];
    for digit in text.bytes() {
        let mut carry = value(digit)?;
        for byte in number.iter_mut().rev() {
            let product = u16::from(*byte) * 62 + carry;
            [*byte] = low_byte(product);
            carry = product >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

/// Whether `text` is that many digits.
pub(crate) fn is_digits(text: &str, width: usize) -> bool {
    text.len() == width && text.bytes().all(|digit| digit.is_ascii_alphanumeric())
}

fn value(digit: u8) -> Option<u16> {
    match digit {
        b'0'..=b'9' => Some(u16::from(digit - b'0')),
        b'A'..=b'Z' => Some(u16::from(digit - b'A') + 10),
        b'a'..=b'z' => Some(u16::from(digit - b'a') + 36),
        _ => None,
    }
}

fn low_byte(number: u16) -> [u8; 1] {
    let [_, low] = number.to_be_bytes();
    [low]
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
    use super::{decode, encode};
    use proptest::prelude::{any, proptest};

    #[test]
    fn known_numbers() {
        for (bytes, text) in [
            ([0, 0], "000"),
            ([0, 61], "00z"),
            ([0, 62], "010"),
            ([255, 255], "H31"),
        ] {
            assert_eq!(encode(&bytes, 3), text);
            assert_eq!(decode::<2>(text), Some(bytes));
        }
    }

    #[test]
    fn refuses_what_does_not_fit_and_foreign_characters() {
        assert_eq!(decode::<2>("H32"), None);
        assert_eq!(decode::<2>("0-1"), None);
        assert_eq!(decode::<2>("0é"), None);
    }

    proptest! {
        #[test]
        fn decode_reads_what_encode_wrote(bytes in any::<[u8; 32]>()) {
            assert_eq!(decode(&encode(&bytes, 43)), Some(bytes));
        }
    }
}
