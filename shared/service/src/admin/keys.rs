//! The keys of a realm. A key's token is in the answer that makes it, and nowhere else.

use super::input::{self, invalid, name_for_people};
use super::openapi::Problem;
use super::{AdminCall, instant, no_realm, shown};
use crate::expiry;
use crate::respond::Reply;
use crate::source;
use auth::{KeyId, KeyRecord, KeyState, RealmName, Salt, Scope, Token};
use axum::http::{HeaderName, StatusCode};
use jiff::{SignedDuration, Timestamp};
use ring::digest;
use scim::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::KeyCreation;
use utoipa::ToSchema;

/// Tells a repeated request from a new one (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A key, without what would help whoever wants to use it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Key {
    #[serde(flatten)]
    facts: KeyFacts,
    /// The key that it was made to replace.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<String>,
}

/// What is told of a key in every answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyFacts {
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
    /// The operator who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    /// `active`; `expiring` in the last tenth of its life, at most its last 14
    /// days; `expired`; `revoked`.
    #[schema(pattern = "^(active|expiring|expired|revoked)$")]
    state: &'static str,
}

/// A key with its token: the one answer that holds it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MadeKey {
    #[serde(flatten)]
    facts: KeyFacts,
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

/// A page of a realm's keys.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Keys {
    keys: Vec<Key>,
    /// Where the next page begins, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// List a realm's keys
///
/// Revoked and expired ones, too; their secrets are never shown.
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/keys",
    operation_id = "listKeys",
    tag = "keys",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("limit" = Option<u32>, Query, minimum = 1, description = "How many; at most 100"),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page, in the order of ids", body = Keys),
        (status = 400, description = "A parameter is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let page = call.page()?;
    let after = page.after::<KeyId>()?;
    let admin = call.admin(StatusCode::OK);
    let (keys, next) = admin
        .keys(&call.realm_name()?, after.as_ref(), page.limit)
        .await?;
    Ok(Reply::ok(shown(&Keys {
        keys: keys.iter().map(|key| Key::of(call, key)).collect(),
        next_cursor: next.map(|id| id.to_string()),
    })?))
}

/// Make a key
///
/// With an `Idempotency-Key` the same request again answers 200 with the key
/// that it has made, without its token: that is in the first answer only.
#[utoipa::path(
    post,
    path = "/admin/v1/realms/{realm}/keys",
    operation_id = "createKey",
    tag = "keys",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255, pattern = "^[!-~]+$", description = "Whatever tells this key from every other that is made in the realm"),
    ),
    request_body = NewKey,
    responses(
        (status = 201, description = "Made; its token is in this one answer", body = MadeKey),
        (status = 200, description = "It was made before under the same `Idempotency-Key`", body = Key),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The `Idempotency-Key` has made a key of another name, other scopes or another end, or one that works no more, or the realm is being deleted", body = Problem, content_type = "application/problem+json"),
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
    let admin = call.admin(StatusCode::CREATED);
    let id = match idempotency_key(call)? {
        None => KeyId::from_random(source::random()?),
        Some(header) => {
            let entry = admin.realm(&realm).await?;
            let entry = entry.ok_or_else(|| no_realm(realm.as_str()))?;
            derived(&entry.record.salt, header)
        }
    };
    let wish = Wish {
        name,
        scopes,
        expires,
        replaces: None,
    };
    let (token, key) = made(call, &realm, id, wish).await?;
    match admin.create_key(&realm, &key).await? {
        KeyCreation::Made => Ok(Reply::created(
            shown(&MadeKey::of(call, &realm, &key, &token))?,
            location(call, &realm, &key.id),
        )),
        KeyCreation::There(there) => {
            same(&new, &key, &there)?;
            Ok(Reply::ok(shown(&Key::of(call, &there))?))
        }
    }
}

/// Whether the key that an Idempotency-Key has made is the one that is asked for
/// again, `asked`, and good for anything.
fn same(new: &NewKey, asked: &KeyRecord, there: &KeyRecord) -> Result<()> {
    // What was asked for, an instant or a time from then on.
    let ends_alike = match new.expires {
        Some(_) => asked.expires == there.expires,
        None => life(asked) == life(there),
    };
    let differs = match there.state(asked.created) {
        KeyState::Revoked => "is revoked",
        KeyState::Expired => "has expired",
        KeyState::Active | KeyState::Expiring
            if asked.name == there.name && asked.scopes == there.scopes && ends_alike =>
        {
            return Ok(());
        }
        KeyState::Active | KeyState::Expiring => "has another name, other scopes or another end",
    };
    Err(Error::new(
        ErrorKind::Conflict,
        format!(
            "this `Idempotency-Key` has made key `{}`, which {differs}; send another",
            there.id
        ),
    ))
}

/// How long a key was to live; none when it has no end.
pub(super) fn life(key: &KeyRecord) -> Option<SignedDuration> {
    key.expires
        .map(|expires| expires.duration_since(key.created))
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
    Ok(Reply::ok(shown(&Key::of(call, &key))?))
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
        (status = 409, description = "The realm is being deleted", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revoke(call: &AdminCall<'_>) -> Result<Reply> {
    let (realm, key) = (call.realm_name()?, call.key_id()?);
    let admin = call.admin(StatusCode::NO_CONTENT);
    admin.revoke_key(&realm, &key).await?;
    Ok(Reply::no_content())
}

impl Key {
    fn of(call: &AdminCall<'_>, key: &KeyRecord) -> Self {
        Self {
            facts: KeyFacts::of(call, key),
            replaces: key.replaces.as_ref().map(KeyId::to_string),
        }
    }
}

impl KeyFacts {
    fn of(call: &AdminCall<'_>, key: &KeyRecord) -> Self {
        let text = |at: Option<Timestamp>| at.map(instant);
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            pepper: key.mac.pepper.clone(),
            created: instant(key.created),
            expires: text(key.expires),
            revoked: text(key.revoked),
            last_used: text(key.last_used),
            created_by: key.created_by.clone(),
            state: key.state(call.arrival.now).as_str(),
        }
    }
}

impl MadeKey {
    pub(super) fn of(
        call: &AdminCall<'_>,
        realm: &RealmName,
        key: &KeyRecord,
        token: &Token,
    ) -> Self {
        Self {
            facts: KeyFacts::of(call, key),
            token: token.reveal(),
            tenant_url: call.arrival.tenant_url(realm),
        }
    }
}

pub(super) fn location(call: &AdminCall<'_>, realm: &RealmName, id: &KeyId) -> String {
    call.location(&format!("{realm}/keys/{id}"))
}

/// What a new key shall be like.
pub(super) struct Wish {
    pub(super) name: String,
    pub(super) scopes: Vec<Scope>,
    pub(super) expires: Option<Timestamp>,
    pub(super) replaces: Option<KeyId>,
}

/// A new key, hashed under the current pepper.
pub(super) async fn made(
    call: &AdminCall<'_>,
    realm: &RealmName,
    id: KeyId,
    wish: Wish,
) -> Result<(Token, KeyRecord)> {
    let token = Token::new(id, source::random()?);
    let peppers = &call.arrival.service.peppers;
    let ring = peppers.current(call.arrival.deadline).await?;
    let key = KeyRecord {
        id: token.key_id().clone(),
        name: wish.name,
        scopes: wish.scopes,
        mac: ring.mac(realm, &token),
        created: call.arrival.now,
        expires: wish.expires,
        revoked: None,
        last_used: None,
        created_by: Some(call.operator.name().to_owned()),
        replaces: wish.replaces,
    };
    Ok((token, key))
}

/// The Idempotency-Key, when there is one.
fn idempotency_key<'a>(call: &'a AdminCall<'_>) -> Result<Option<&'a [u8]>> {
    let Some(value) = call.arrival.headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let bytes = value.as_bytes();
    if bytes.is_empty() || bytes.len() > 255 || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(invalid(
            "`Idempotency-Key` has 1 to 255 visible ASCII characters",
        ));
    }
    Ok(Some(bytes))
}

/// The id of the key that an Idempotency-Key stands for in the realm of that salt.
fn derived(salt: &Salt, header: &[u8]) -> KeyId {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"key");
    context.update(salt.as_bytes());
    context.update(header);
    let mut id = [0; 9];
    id.iter_mut()
        .zip(context.finish().as_ref())
        .for_each(|(byte, hash)| *byte = *hash);
    KeyId::from_random(id)
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
            .collect::<Result<BTreeSet<Scope>, auth::Malformed>>()
            .map(|scopes| scopes.into_iter().collect())
            .map_err(|error| invalid(error.to_string())),
    }
}

pub(super) fn expires(
    call: &AdminCall<'_>,
    expires: Option<&str>,
    expires_in: Option<&str>,
) -> Result<Option<Timestamp>> {
    let now = call.arrival.now;
    let expires = match (expires, expires_in) {
        (None, None) => None,
        (Some(instant), None) => Some(input::instant("expires", instant)?),
        (None, Some(duration)) => Some(expiry::after(now, "expiresIn", duration)?),
        (Some(_), Some(_)) => return Err(invalid("send `expires` or `expiresIn`, not both")),
    };
    if expires.is_some_and(|expires| expires <= now) {
        return Err(invalid(
            "the key would be expired from the beginning; choose a later instant",
        ));
    }
    Ok(expires)
}
