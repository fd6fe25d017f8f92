//! A key in the place of another.

use super::input::{PAGE, name_for_people};
use super::keys::{MadeKey, Wish, expires, life, location, made};
use super::openapi::Problem;
use super::{AdminCall, instant, shown};
use crate::expiry;
use crate::respond::Reply;
use crate::source;
use auth::{KeyId, KeyRecord, RealmName};
use axum::http::StatusCode;
use jiff::Timestamp;
use scim::Result;
use serde::{Deserialize, Serialize};
use store::Admin;
use utoipa::ToSchema;

/// How long a replaced key goes on working when nothing is said: a week for its
/// client's administrator to paste the new token.
const OVERLAP: &str = "7d";

/// How a key is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Rotation {
    /// How long the old key goes on working, at most until its own end: `7d`
    /// when it is not said, `0s` ends it now.
    #[schema(pattern = "^[0-9]+[smhdw]$")]
    overlap: Option<String>,
    /// The new key's name; the old one's when it is not said.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Until when the new key works. When nothing is said it lives as long as
    /// the old one was to live.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// How long the new key works, such as `90d`.
    #[schema(pattern = "^[0-9]+[smhdw]$")]
    expires_in: Option<String>,
}

/// The new key with its token: the one answer that holds it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RotatedKey {
    #[serde(flatten)]
    made: MadeKey,
    replaces: Replaced,
}

/// The old key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Replaced {
    /// Its id.
    id: String,
    /// Until when it works.
    #[schema(format = DateTime)]
    expires: String,
}

/// Replace a key
///
/// The new key has the scopes of the old one, which goes on working for the
/// overlap: time to give the new token to the client.
#[utoipa::path(
    post,
    path = "/admin/v1/realms/{realm}/keys/{key}/rotate",
    operation_id = "rotateKey",
    tag = "keys",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("key" = String, Path, description = "The id of the key to be replaced"),
    ),
    request_body = Rotation,
    responses(
        (status = 201, description = "Made; its token is in this one answer", body = RotatedKey),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or key", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The key works no more, or the realm is being deleted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn rotate(call: &AdminCall<'_>) -> Result<Reply> {
    let (realm, id) = (call.realm_name()?, call.key_id()?);
    let asked: Rotation = call.message()?;
    let now = call.arrival.now;
    let overlap = asked.overlap.as_deref().unwrap_or(OVERLAP);
    let end = expiry::after(now, "overlap", overlap)?;
    let admin = call.admin(StatusCode::CREATED);
    let old = admin.key(&realm, &id).await?;
    let expires = match expires(call, asked.expires.as_deref(), asked.expires_in.as_deref())? {
        None => as_long_as(&lived(&admin, &realm, &old).await?, now),
        said => said,
    };
    let name = match &asked.name {
        Some(name) => name_for_people("name", name)?,
        None => old.name,
    };
    let wish = Wish {
        name,
        scopes: old.scopes,
        expires,
        replaces: Some(id.clone()),
    };
    let (token, key) = made(call, &realm, KeyId::from_random(source::random()?), wish).await?;
    let replaced = admin.rotate_key(&realm, &id, &key, end).await?;
    let answer = RotatedKey {
        made: MadeKey::of(call, &realm, &key, &token),
        replaces: Replaced {
            id: id.to_string(),
            expires: instant(replaced.expires.unwrap_or(end)),
        },
    };
    Ok(Reply::created(
        shown(&answer)?,
        location(call, &realm, &key.id),
    ))
}

/// The key whose life tells how long `old` was to live. One that has been
/// replaced before ends early: what has replaced it has its life.
async fn lived(admin: &Admin, realm: &RealmName, old: &KeyRecord) -> Result<KeyRecord> {
    if old.expires.is_none() {
        return Ok(old.clone());
    }
    let mut after = None;
    loop {
        let (keys, next) = admin.keys(realm, after.as_ref(), PAGE).await?;
        let heir = keys
            .into_iter()
            .find(|key| key.replaces.as_ref() == Some(&old.id));
        match (heir, next) {
            (Some(heir), _) => return Ok(heir),
            (None, Some(next)) => after = Some(next),
            (None, None) => return Ok(old.clone()),
        }
    }
}

/// The end of a key that is to live from now on as long as another: at the latest
/// the last instant that can be kept.
fn as_long_as(old: &KeyRecord, now: Timestamp) -> Option<Timestamp> {
    let end = |life| now.checked_add(life).unwrap_or(expiry::LAST);
    life(old).map(|life| end(life).min(expiry::LAST))
}
