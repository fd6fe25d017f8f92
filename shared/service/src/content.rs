//! The body of an answer: JSON, compressed for whoever takes it so, and never more
//! than an answer can hold. It is written as it is made: what is in memory is what
//! is sent.

use crate::accepted::{Accepted, Coding};
use flate2::Compression;
use flate2::write::GzEncoder;
use scim::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};

/// What Lambda takes as the answer of a function (AWS: 6 MB, counted on the JSON
/// that the body is a string in), less what surrounds the body. The same on one
/// machine: what works there works when it is deployed.
const MOST: usize = 6_291_556 - (16 << 10);
/// From how many bytes on a body is compressed. Fewer fit into the packet that
/// their headers need anyway.
const WORTH_IT: usize = 1 << 10;
/// How much is compressed at a time.
const BLOCK: usize = 32 << 10;
/// Of a page of users the fastest level leaves 16 % in a ninth of the time in which
/// the usual one, 6, leaves 14 % (README, "Measured").
const LEVEL: u32 = 1;

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Content {
    /// Small enough to be held as a value.
    Json(Value),
    /// As it is sent.
    Written(Written),
}

/// A body as it is sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) coding: Coding,
}

impl Content {
    /// The JSON of `answer`, as the client takes it.
    ///
    /// # Errors
    /// `TooMany` when it is larger than an answer can be.
    pub(crate) fn of(answer: &impl Serialize, accepted: Accepted) -> Result<Self> {
        Written::of(answer, accepted).map(Self::Written)
    }

    /// As it is sent to the client.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(crate) fn written(self, accepted: Accepted) -> Result<Written> {
        match self {
            Self::Json(value) => Written::of(&value, accepted),
            Self::Written(written) => Ok(written),
        }
    }
}

impl Written {
    pub(crate) fn of(answer: &impl Serialize, accepted: Accepted) -> Result<Self> {
        Self::within(MOST, answer, accepted)
    }

    fn within(most: usize, answer: &impl Serialize, accepted: Accepted) -> Result<Self> {
        let mut output = Output {
            most,
            accepted,
            plain: Vec::new(),
            escapes: 0,
            packed: None,
        };
        match serde_json::to_writer(&mut output, answer) {
            Ok(()) => output.finish().map_err(|_| too_large(accepted)),
            Err(error) if error.is_io() => Err(too_large(accepted)),
            Err(error) => Err(Error::caused_by(
                ErrorKind::Internal,
                "the answer cannot be written",
                &error,
            )),
        }
    }
}

fn too_large(accepted: Accepted) -> Error {
    let compressed = match accepted {
        Accepted::Identity => "take it compressed (`Accept-Encoding: gzip`), ",
        Accepted::Either | Accepted::Gzip => "",
    };
    Error::new(
        ErrorKind::TooMany,
        format!(
            "the answer is larger than 6 MB; {compressed}ask for a smaller `count`, for fewer \
             `attributes`, with `excludedAttributes=members`, or whether one resource is a member \
             with the filter `id eq \"…\" and members eq \"…\"`"
        ),
    )
}

/// A body being written. More than `most` is an error of the writing.
struct Output {
    most: usize,
    accepted: Accepted,
    /// What is not compressed yet; all of it for whoever takes no `gzip`.
    plain: Vec<u8>,
    /// How many bytes more it has as a JSON string.
    escapes: usize,
    packed: Option<GzEncoder<Vec<u8>>>,
}

impl Output {
    fn pack(&mut self) -> io::Result<()> {
        let new = || GzEncoder::new(Vec::new(), Compression::new(LEVEL));
        let packed = self.packed.get_or_insert_with(new);
        packed.write_all(&self.plain)?;
        self.plain.clear();
        fits(base64(packed.get_ref().len()), self.most)
    }

    fn finish(mut self) -> io::Result<Written> {
        let packs = match self.accepted {
            Accepted::Identity => false,
            Accepted::Either => self.packed.is_some() || self.plain.len() >= WORTH_IT,
            Accepted::Gzip => true,
        };
        if packs {
            self.pack()?;
        }
        let (bytes, coding) = match self.packed {
            Some(packed) => (packed.finish()?, Coding::Gzip),
            None => (self.plain, Coding::Identity),
        };
        if coding == Coding::Gzip {
            fits(base64(bytes.len()), self.most)?;
        }
        Ok(Written { bytes, coding })
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.plain.extend_from_slice(bytes);
        if self.accepted == Accepted::Identity {
            // JSON that serde has written holds no raw control characters.
            let escaped = bytes.iter().filter(|byte| matches!(byte, b'"' | b'\\'));
            self.escapes += escaped.count();
            fits(self.plain.len() + self.escapes, self.most)?;
        } else if self.plain.len() >= BLOCK {
            self.pack()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How long bytes are in base64 (RFC 4648 section 4), as Lambda takes what is no text.
fn base64(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

fn fits(length: usize, most: usize) -> io::Result<()> {
    if length <= most {
        return Ok(());
    }
    Err(io::ErrorKind::FileTooLarge.into())
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
    use super::{BLOCK, MOST, WORTH_IT, Written};
    use crate::accepted::{Accepted, Coding};
    use flate2::read::GzDecoder;
    use scim::{ErrorKind, Result};
    use serde_json::{Value, json};
    use std::io::Read;

    fn json(written: &Written) -> Value {
        let mut text = Vec::new();
        match written.coding {
            Coding::Identity => text.extend_from_slice(&written.bytes),
            Coding::Gzip => {
                let mut decoder = GzDecoder::new(&*written.bytes);
                decoder.read_to_end(&mut text).unwrap();
            }
        }
        serde_json::from_slice(&text).unwrap()
    }

    /// Whether a function's answer holds it: a string in a JSON document, text or base64.
    fn length_for_lambda(written: &Written) -> usize {
        match written.coding {
            Coding::Identity => {
                let text = std::str::from_utf8(&written.bytes).unwrap();
                json!(text).to_string().len() - 2
            }
            Coding::Gzip => written.bytes.len().div_ceil(3) * 4,
        }
    }

    #[test]
    fn a_body_is_the_same_in_every_coding() {
        use Accepted::{Either, Gzip, Identity};
        // `["x…"]` is four bytes longer than its text.
        for (length, accepted, expected) in [
            (0, Identity, Coding::Identity),
            (0, Either, Coding::Identity),
            (0, Gzip, Coding::Gzip),
            (WORTH_IT - 5, Either, Coding::Identity),
            (WORTH_IT - 4, Either, Coding::Gzip),
            (WORTH_IT - 4, Identity, Coding::Identity),
            (BLOCK - 4, Either, Coding::Gzip),
            (BLOCK * 3, Either, Coding::Gzip),
            (BLOCK * 3, Gzip, Coding::Gzip),
        ] {
            let answer = json!(["x".repeat(length)]);
            let written = Written::of(&answer, accepted).unwrap();
            assert_eq!(written.coding, expected, "{length} {accepted:?}");
            assert_eq!(json(&written), answer, "{length} {accepted:?}");
        }
    }

    #[track_caller]
    fn refused(written: Result<Written>, hint: &str) {
        let error = written.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooMany);
        assert!(error.detail().contains(hint), "{error}");
    }

    /// Bytes are counted as Lambda counts them: the largest that fits, and one more.
    #[test]
    fn what_does_not_fit_is_refused_and_never_cut_off() {
        for text in ["x", "\"", "\\", "\u{1}", "\u{7f}", "é", "😀"] {
            let of = |n: usize| json!([text.repeat(n)]);
            let largest = (1..)
                .take_while(|n| Written::within(4_000, &of(*n), Accepted::Identity).is_ok())
                .last()
                .unwrap();
            let length = |n| length_for_lambda(&Written::of(&of(n), Accepted::Identity).unwrap());
            assert!(length(largest) <= 4_000, "{text:?}: {}", length(largest));
            assert!(
                length(largest + 1) > 4_000,
                "{text:?}: {}",
                length(largest + 1)
            );
        }
        let all = "x".repeat(MOST);
        refused(
            Written::of(&all, Accepted::Identity),
            "Accept-Encoding: gzip",
        );
        assert!(Written::of(&all, Accepted::Either).is_ok());
        // What cannot be compressed.
        let noise: Vec<u64> = (0..9_000_u64)
            .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .collect();
        let written = Written::of(&noise, Accepted::Gzip).unwrap();
        let length = length_for_lambda(&written);
        assert!(Written::within(length, &noise, Accepted::Gzip).is_ok());
        refused(
            Written::within(length - 1, &noise, Accepted::Gzip),
            "`count`",
        );
        refused(
            Written::within(length / 2, &noise, Accepted::Either),
            "`count`",
        );
    }
}
