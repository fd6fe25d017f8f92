//! From an `Authorization` header to a proven caller or operator.
//!
//! Whatever is wrong, a client is told the same: which part failed would help
//! only someone who is guessing.

use crate::call::Arrival;
use crate::service::Administration;
use auth::{AdminToken, Caller, Denied, KeyId, Operator, PepperRing, RealmName, Token};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use std::sync::Arc;
use store::{EventPolicy, Tenant};

/// A caller and the realm it has come to.
pub(crate) struct Proven {
    pub(crate) caller: Caller,
    pub(crate) tenant: Arc<Tenant>,
    /// When its key was last used, as far as it was noted.
    pub(crate) last_used: Option<Timestamp>,
}

/// Why nobody is let in, and what is known of who it was.
#[derive(Debug)]
pub(crate) struct Denial {
    /// What the client is told.
    pub(crate) error: Error,
    /// The key that it claims to hold; of a realm that is switched off the one that it holds.
    pub(crate) key: Option<KeyId>,
    /// The realm, where it is switched off.
    pub(crate) tenant: Option<Arc<Tenant>>,
    /// How the realm that it has come to keeps its events, if there is one.
    pub(crate) events: Option<EventPolicy>,
}

impl From<Error> for Denial {
    fn from(error: Error) -> Self {
        Self {
            error,
            key: None,
            tenant: None,
            events: None,
        }
    }
}

/// The caller of a realm.
pub(crate) async fn authenticate(arrival: &Arrival, realm: &RealmName) -> Result<Proven, Denial> {
    // A checksum that fails costs no read of the table.
    let token: Token = bearer(&arrival.headers)
        .and_then(|text| text.parse().ok())
        .ok_or_else(unauthorized)?;
    let store = &arrival.service.store;
    let (found_realm, found_key) = store
        .credentials(realm, token.key_id(), arrival.deadline, &arrival.meter)
        .await?;
    let last_used = found_key.as_ref().and_then(|key| key.last_used);
    let judge = |ring: &PepperRing| {
        let found = found_realm.as_ref().map(|entry| &entry.record);
        let key = found_key.as_ref();
        auth::authenticate(ring, realm, found, key, &token, arrival.now)
    };
    let peppers = &arrival.service.peppers;
    let ring = peppers.ring();
    let caller = match judge(&ring) {
        // The key was made after a rotation that this process has not seen.
        Err(Denied::UnknownPepper(pepper)) => {
            match peppers.of_key(&pepper, arrival.deadline).await? {
                Some(ring) => judge(&ring),
                None => Err(Denied::UnknownPepper(pepper)),
            }
        }
        judged => judged,
    };
    let refused = |error: Error| Denial {
        error,
        key: Some(token.key_id().clone()),
        tenant: None,
        events: found_realm.as_ref().map(|entry| entry.policy.events),
    };
    // Only for whoever holds a good key.
    let tenant = async || match found_realm.clone() {
        Some(entry) => {
            let (deadline, meter) = (arrival.deadline, &arrival.meter);
            store.admitted(entry, deadline, meter).await
        }
        None => Err(unauthorized()),
    };
    match caller {
        Ok(caller) => Ok(Proven {
            caller,
            tenant: tenant().await?,
            last_used,
        }),
        Err(Denied::Unauthorized) => Err(refused(unauthorized())),
        Err(Denied::RealmDisabled) => {
            let error = Error::new(
                ErrorKind::Forbidden,
                format!(
                    "realm `{realm}` is disabled; ask the operator of this service to enable it"
                ),
            );
            Err(Denial {
                tenant: Some(tenant().await?),
                ..refused(error)
            })
        }
        Err(Denied::UnknownPepper(pepper)) => {
            tracing::error!(
                %pepper,
                "a key is hashed under a pepper that the ring does not hold; every such key is refused"
            );
            Err(refused(unauthorized()))
        }
    }
}

/// The proof of administration.
pub(crate) fn operator(arrival: &Arrival) -> Result<Operator> {
    let (proven, remedy) = match &arrival.service.administration {
        Administration::Token(digest) => (
            bearer(&arrival.headers)
                .and_then(|text| text.parse::<AdminToken>().ok())
                .and_then(|token| digest.verify(&token)),
            "the administration token is missing or wrong; send it as `Authorization: Bearer \
             msta_...`",
        ),
        Administration::Iam => (
            arrival.origin.principal.as_ref().map(Operator::by_iam),
            "the request is not signed; sign it with AWS Signature Version 4 for the service \
             `execute-api`, with credentials that may invoke this API",
        ),
    };
    proven.ok_or_else(|| Error::new(ErrorKind::Unauthorized, remedy))
}

/// The one 401 of a realm.
pub(crate) fn unauthorized() -> Error {
    Error::new(
        ErrorKind::Unauthorized,
        "the request carries no valid credentials; check that the Secret Token was copied whole \
         and is neither revoked nor expired, and that the Tenant URL is the one it was made for",
    )
}

/// The token behind `Bearer`, whose case does not count (RFC 9110 section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("Bearer")
        .then(|| token.trim_start())
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
    use super::bearer;
    use axum::http::header::AUTHORIZATION;
    use axum::http::{HeaderMap, HeaderValue};

    #[track_caller]
    fn check(values: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        assert_eq!(bearer(&headers), expected, "{values:?}");
    }

    #[test]
    fn headers() {
        check(&["Bearer abc"], Some("abc"));
        check(&["bEARER  abc "], Some("abc"));
        check(&[], None);
        check(&["non-token"], None);
        check(&["Basic abc"], None);
        check(&["Bearer"], None);
        check(&["Bearerabc"], None);
        check(&["Bearer abc", "Bearer abc"], None);
        check(&["Bearer \u{e9}"], None);
    }
}
