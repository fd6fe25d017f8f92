//! The keys of a realm. A key's token is in the answer that makes it, and nowhere else.

use super::input::{invalid, name_for_people};
use super::openapi::Problem;
use super::{AdminCall, shown};
use crate::expiry;
use crate::respond::Reply;
use crate::source;
use auth::{KeyId, KeyRecord, RealmName, Scope, Token};
use axum::http::StatusCode;
use jiff::Timestamp;
use scim::Result;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key, without what would help whoever wants to use it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key {
    /// The twelve characters after `mst_` in its token.
    id: String,
    /// A name for people.
    name: String,
    /// What it may do: `scim`, `scim:read`.
    scopes: Vec<&'static str>,
    /// The pepper it is hashed under.
    pepper: String,
    #[schema(format = DateTime)]
    created: String,
    /// The instant from which it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    revoked: Option<String>,
    /// About when it was last used, to the hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_used: Option<String>,
}

/// A key with its token: the one answer that holds it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MadeKey {
    #[serde(flatten)]
    key: Key,
    /// What the realm's administrator pastes into Entra ID as Secret Token.
    token: String,
    /// And as Tenant URL.
    tenant_url: String,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewKey {
    /// A name for people, such as the client that will hold it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// `scim` (everything, the default) or `scim:read`.
    scopes: Option<Vec<String>>,
    /// Until when it works.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// How long it works, such as `90d`.
    #[schema(pattern = "^[0-9]+[smhdw]$")]
    expires_in: Option<String>,
}

/// A realm's keys.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Keys {
    keys: Vec<Key>,
}

/// List a realm's keys
///
/// Revoked and expired ones, too; their secrets are never shown.
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/keys",
    operation_id = "listKeys",
    tag = "keys",
    params(("realm" = String, Path, description = "The realm's name")),
    responses(
        (status = 200, description = "The keys, the oldest first", body = Keys),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let keys = call.admin(StatusCode::OK).keys(&call.realm_name()?).await?;
    let keys = keys.iter().map(Key::of).collect();
    Ok(Reply::ok(shown(&Keys { keys })?))
}

/// Make a key
#[utoipa::path(
    post,
    path = "/admin/v1/realms/{realm}/keys",
    operation_id = "createKey",
    tag = "keys",
    params(("realm" = String, Path, description = "The realm's name")),
    request_body = NewKey,
    responses(
        (status = 201, description = "Made; its token is in this one answer", body = MadeKey),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(call: &AdminCall<'_>) -> Result<Reply> {
    let realm = call.realm_name()?;
    let new: NewKey = call.message()?;
    let scopes = scopes(new.scopes.as_deref())?;
    let expires = expires(call, new.expires.as_deref(), new.expires_in.as_deref())?;
    let name = name_for_people("name", &new.name)?;
    let (token, key) = made(call, &realm, name, scopes, expires).await?;
    call.admin(StatusCode::CREATED)
        .create_key(&realm, &key)
        .await?;
    let location = format!("/admin/v1/realms/{realm}/keys/{}", key.id);
    let answer = MadeKey {
        key: Key::of(&key),
        token: token.reveal(),
        tenant_url: call.arrival.tenant_url(&realm),
    };
    Ok(Reply::created(shown(&answer)?, location))
}

/// Show a key
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/keys/{key}",
    operation_id = "getKey",
    tag = "keys",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("key" = String, Path, description = "The key's id"),
    ),
    responses(
        (status = 200, description = "The key, without its secret", body = Key),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or key", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(call: &AdminCall<'_>) -> Result<Reply> {
    let admin = call.admin(StatusCode::OK);
    let key = admin.key(&call.realm_name()?, &call.key_id()?).await?;
    Ok(Reply::ok(shown(&Key::of(&key))?))
}

/// Revoke a key
///
/// From the next request on, for good. A key that is revoked stays as it is.
#[utoipa::path(
    delete,
    path = "/admin/v1/realms/{realm}/keys/{key}",
    operation_id = "revokeKey",
    tag = "keys",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("key" = String, Path, description = "The key's id"),
    ),
    responses(
        (status = 204, description = "Revoked"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or key", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(call: &AdminCall<'_>) -> Result<Reply> {
    let (realm, key) = (call.realm_name()?, call.key_id()?);
    let admin = call.admin(StatusCode::NO_CONTENT);
    admin.revoke_key(&realm, &key).await?;
    Ok(Reply::no_content())
}

impl Key {
    fn of(key: &KeyRecord) -> Self {
        let text = |instant: Option<Timestamp>| instant.map(|instant| instant.to_string());
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            pepper: key.mac.pepper.clone(),
            created: key.created.to_string(),
            expires: text(key.expires),
            revoked: text(key.revoked),
            last_used: text(key.last_used),
        }
    }
}

/// A new key, hashed under the current pepper.
async fn made(
    call: &AdminCall<'_>,
    realm: &RealmName,
    name: String,
    scopes: Vec<Scope>,
    expires: Option<Timestamp>,
) -> Result<(Token, KeyRecord)> {
    let token = Token::new(KeyId::from_random(source::random()?), source::random()?);
    let peppers = &call.arrival.service.peppers;
    let ring = peppers.current(call.arrival.deadline).await?;
    let key = KeyRecord {
        id: token.key_id().clone(),
        name,
        scopes,
        mac: ring.mac(realm, &token),
        created: call.arrival.now,
        expires,
        revoked: None,
        last_used: None,
    };
    Ok((token, key))
}

fn scopes(words: Option<&[String]>) -> Result<Vec<Scope>> {
    match words {
        None => Ok(vec![Scope::Scim]),
        Some([]) => Err(invalid(
            "`scopes` must not be empty; leave it out for `scim`",
        )),
        Some(words) => words
            .iter()
            .map(|word| word.parse())
            .collect::<Result<Vec<Scope>, auth::Malformed>>()
            .map_err(|error| invalid(error.to_string())),
    }
}

fn expires(
    call: &AdminCall<'_>,
    expires: Option<&str>,
    expires_in: Option<&str>,
) -> Result<Option<Timestamp>> {
    let now = call.arrival.now;
    let expires = match (expires, expires_in) {
        (None, None) => None,
        (Some(instant), None) => Some(instant.parse::<Timestamp>().map_err(|_| {
            invalid("`expires` is an instant in RFC 3339, such as `2030-01-31T00:00:00Z`")
        })?),
        (None, Some(duration)) => Some(expiry::after(now, duration)?),
        (Some(_), Some(_)) => return Err(invalid("send `expires` or `expiresIn`, not both")),
    };
    if expires.is_some_and(|expires| expires <= now) {
        return Err(invalid(
            "the key would be expired from the beginning; choose a later instant",
        ));
    }
    Ok(expires)
}
