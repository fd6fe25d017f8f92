//! Which content codings a client takes (RFC 9110 section 12.5.3).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// How a body is coded (RFC 9110 section 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As it is.
    Identity,
    /// `gzip`.
    Gzip,
}

/// What a client takes, of what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// No `gzip`, or rather none. It is also the answer to whoever takes neither: a
    /// server may send what it has (RFC 9110 section 15.5.7).
    Identity,
    /// `gzip` where it is worth it.
    Either,
    /// `gzip` alone.
    Gzip,
}

/// A weight in thousandths (RFC 9110 section 12.4.2).
type Weight = u16;

impl Accepted {
    /// What the headers say; who says nothing takes what everybody can read.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (mut gzip, mut identity, mut others) = (None, None, None);
        let lists = headers.get_all(ACCEPT_ENCODING).iter();
        for element in lists
            .filter_map(|list| list.to_str().ok())
            .flat_map(|list| list.split(','))
        {
            let (coding, parameters) = element.split_once(';').unwrap_or((element, ""));
            // What is no weight makes its element say nothing.
            let Some(weight) = weight(parameters) else {
                continue;
            };
            let known = match coding.trim().to_ascii_lowercase().as_str() {
                // RFC 9110 section 8.4.1.3.
                "gzip" | "x-gzip" => &mut gzip,
                "identity" => &mut identity,
                "*" => &mut others,
                _ => continue,
            };
            known.get_or_insert(weight);
        }
        let gzip = gzip.or(others).unwrap_or(0);
        // Not named, identity is as good as anything, unless `*` refuses it.
        let refused = identity.or(others) == Some(0);
        match (gzip, identity) {
            (0, _) => Self::Identity,
            _ if refused => Self::Gzip,
            (gzip, Some(identity)) if identity > gzip => Self::Identity,
            _ => Self::Either,
        }
    }
}

/// `q=0.5`; nothing at all is 1.
fn weight(parameters: &str) -> Option<Weight> {
    let text = parameters.trim();
    if text.is_empty() {
        return Some(1_000);
    }
    let (name, value) = text.split_once('=')?;
    if !name.trim_end().eq_ignore_ascii_case("q") {
        return None;
    }
    let value = value.trim_start();
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    if part.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: Weight = format!("{part:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Accepted::{self, Either, Gzip, Identity};
    use axum::http::header::ACCEPT_ENCODING;
    use axum::http::{HeaderMap, HeaderValue};

    #[track_caller]
    fn check(values: &[&'static str], expected: Accepted) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        assert_eq!(Accepted::of(&headers), expected, "{values:?}");
    }

    #[test]
    fn what_a_client_takes() {
        check(&[], Identity);
        for (value, expected) in [
            ("", Identity),
            ("gzip", Either),
            ("GZip", Either),
            ("x-gzip", Either),
            ("gzip, deflate, br, zstd", Either),
            ("deflate, br", Identity),
            ("identity", Identity),
            ("*", Either),
            ("*;q=0", Identity),
            ("*;q=0.001", Either),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", Either),
            ("gzip;q=0", Identity),
            ("gzip;q=0.000, *", Identity),
            ("gzip;q=0.001", Either),
            ("gzip;q=0.5, identity", Identity),
            ("gzip;q=0.5, identity;q=0.5", Either),
            ("gzip;q=0.5, identity;q=0.4", Either),
            ("gzip, identity;q=0", Gzip),
            ("gzip;q=0.1, *;q=0", Gzip),
            ("identity;q=0, *;q=0.5", Gzip),
            ("gzip, identity, *;q=0", Either),
            ("identity;q=0", Identity),
            ("gzip ; q=0.5", Either),
            ("gzip;Q=1.000", Either),
            ("gzip;q=1.001", Identity),
            ("gzip;q=0.0001", Identity),
            ("gzip;q=", Identity),
            ("gzip;q=many", Identity),
            ("gzip;level=9", Identity),
            ("gzip;q=0, gzip", Identity),
            (",,gzip,", Either),
            ("gzipped", Identity),
        ] {
            check(&[value], expected);
        }
        check(&["br", "gzip"], Either);
        check(&["gzip", "identity;q=0"], Gzip);
    }
}
