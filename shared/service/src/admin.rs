//! Administration over HTTP: realms and their keys. A key's token is in the answer that makes it, and nowhere else.

use crate::call::Arrival;
use crate::expiry;
use crate::locate::Parameters;
use crate::respond::Reply;
use crate::route::AdminOperation;
use crate::source;
use auth::{KeyId, KeyRecord, Operator, RealmName, RealmRecord, RealmState, Salt, Scope, Token};
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::Admin;

/// Realms on a page.
const PAGE_DEFAULT: usize = 100;
/// What one batch of reads holds.
const PAGE_MAX: usize = 100;
/// Characters of a name for people.
const NAME_MAX: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewRealm {
    name: String,
    display_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RealmChange {
    state: Option<String>,
    display_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewKey {
    name: String,
    scopes: Option<Vec<String>>,
    expires: Option<String>,
    expires_in: Option<String>,
}

/// Does what the operator asks.
///
/// # Errors
/// In the kinds of the protocol, which the response turns into problem details.
pub(crate) async fn answer(
    operation: AdminOperation,
    arrival: &Arrival,
    operator: &Operator,
    parameters: &Parameters,
    body: Option<Value>,
) -> Result<Reply> {
    let store = &arrival.service.store;
    let admin = store.admin(operator, arrival.deadline, &arrival.meter);
    match operation {
        AdminOperation::ListRealms => list_realms(arrival, &admin).await,
        AdminOperation::CreateRealm => create_realm(arrival, &admin, body).await,
        AdminOperation::GetRealm => {
            let name = realm_name(parameters)?;
            let realm = admin
                .realm(&name)
                .await?
                .ok_or_else(|| no_realm(name.as_str()))?;
            Ok(Reply::ok(show_realm(arrival, &realm)))
        }
        AdminOperation::PatchRealm => {
            patch_realm(arrival, &admin, &realm_name(parameters)?, body).await
        }
        AdminOperation::ListKeys => {
            let keys = admin.keys(&realm_name(parameters)?).await?;
            let keys: Vec<Value> = keys.iter().map(|key| show_key(key).into()).collect();
            Ok(Reply::ok(json!({"keys": keys})))
        }
        AdminOperation::CreateKey => {
            create_key(arrival, &admin, &realm_name(parameters)?, body).await
        }
        AdminOperation::GetKey => {
            let key = admin
                .key(&realm_name(parameters)?, &key_id(parameters)?)
                .await?;
            Ok(Reply::ok(show_key(&key).into()))
        }
        AdminOperation::RevokeKey => {
            let (realm, key) = (realm_name(parameters)?, key_id(parameters)?);
            admin.revoke_key(&realm, &key, arrival.now).await?;
            Ok(Reply::no_content())
        }
    }
}

async fn list_realms(arrival: &Arrival, admin: &Admin) -> Result<Reply> {
    let after = match arrival.query.get("cursor") {
        None | Some("") => None,
        Some(cursor) => Some(cursor.parse::<RealmName>().map_err(|_| {
            invalid("`cursor` is not one that a page has answered as its `nextCursor`")
        })?),
    };
    let limit = match arrival.query.get("limit") {
        None => PAGE_DEFAULT,
        Some(limit) => limit
            .parse::<usize>()
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| invalid("`limit` is a whole number above 0"))?
            .min(PAGE_MAX),
    };
    let (realms, next) = admin.realms(after.as_ref(), limit).await?;
    let realms: Vec<Value> = realms
        .iter()
        .map(|realm| show_realm(arrival, realm))
        .collect();
    let mut page = Map::from_iter([("realms".to_owned(), Value::from(realms))]);
    if let Some(next) = next {
        page.insert("nextCursor".to_owned(), next.as_str().into());
    }
    Ok(Reply::ok(page.into()))
}

async fn create_realm(arrival: &Arrival, admin: &Admin, body: Option<Value>) -> Result<Reply> {
    let new: NewRealm = message(body)?;
    let name: RealmName = new.name.parse().map_err(|error: auth::Malformed| {
        invalid(format!(
            "`{}` cannot be a realm's name: {error}",
            excerpt(&new.name)
        ))
    })?;
    let display_name = match new.display_name {
        Some(display_name) => name_for_people("displayName", display_name)?,
        None => name.to_string(),
    };
    let realm = RealmRecord {
        name,
        display_name,
        state: RealmState::Enabled,
        salt: Salt::new(source::random()?),
        created: arrival.now,
        version: 1,
    };
    admin.create_realm(&realm).await?;
    let location = format!("/admin/v1/realms/{}", realm.name);
    Ok(Reply::created(show_realm(arrival, &realm), location))
}

async fn patch_realm(
    arrival: &Arrival,
    admin: &Admin,
    name: &RealmName,
    body: Option<Value>,
) -> Result<Reply> {
    let change: RealmChange = message(body)?;
    let state = match change.state.as_deref() {
        None => None,
        Some("enabled") => Some(RealmState::Enabled),
        Some("disabled") => Some(RealmState::Disabled),
        Some(_) => return Err(invalid("`state` is `enabled` or `disabled`")),
    };
    let display_name = change
        .display_name
        .map(|text| name_for_people("displayName", text))
        .transpose()?;
    if state.is_none() && display_name.is_none() {
        return Err(invalid("nothing to change; send `state` or `displayName`"));
    }
    let realm = admin
        .update_realm(name, state, display_name.as_deref())
        .await?;
    Ok(Reply::ok(show_realm(arrival, &realm)))
}

async fn create_key(
    arrival: &Arrival,
    admin: &Admin,
    realm: &RealmName,
    body: Option<Value>,
) -> Result<Reply> {
    let new: NewKey = message(body)?;
    let scopes = match new.scopes {
        None => vec![Scope::Scim],
        Some(words) if words.is_empty() => {
            return Err(invalid(
                "`scopes` must not be empty; leave it out for `scim`",
            ));
        }
        Some(words) => words
            .iter()
            .map(|word| word.parse())
            .collect::<Result<Vec<Scope>, auth::Malformed>>()
            .map_err(|error| invalid(error.to_string()))?,
    };
    let expires = match (new.expires, new.expires_in) {
        (None, None) => None,
        (Some(instant), None) => Some(instant.parse::<Timestamp>().map_err(|_| {
            invalid("`expires` is an instant in RFC 3339, such as `2030-01-31T00:00:00Z`")
        })?),
        (None, Some(duration)) => Some(expiry::after(arrival.now, &duration)?),
        (Some(_), Some(_)) => return Err(invalid("send `expires` or `expiresIn`, not both")),
    };
    if expires.is_some_and(|expires| expires <= arrival.now) {
        return Err(invalid(
            "the key would be expired from the beginning; choose a later instant",
        ));
    }
    let token = Token::new(KeyId::from_random(source::random()?), source::random()?);
    let key = KeyRecord {
        id: token.key_id().clone(),
        name: name_for_people("name", new.name)?,
        scopes,
        mac: arrival
            .service
            .peppers
            .current(arrival.deadline)
            .await?
            .mac(realm, &token),
        created: arrival.now,
        expires,
        revoked: None,
        last_used: None,
    };
    admin.create_key(realm, &key).await?;
    let mut answer = show_key(&key);
    answer.insert("token".to_owned(), token.reveal().into());
    let location = format!("/admin/v1/realms/{realm}/keys/{}", key.id);
    Ok(Reply::created(answer.into(), location))
}

fn show_realm(arrival: &Arrival, realm: &RealmRecord) -> Value {
    json!({
        "name": realm.name,
        "displayName": realm.display_name,
        "state": realm.state,
        "created": realm.created.to_string(),
        "tenantUrl": arrival.tenant_url(&realm.name),
    })
}

/// A key without its MAC: nothing here helps whoever wants to use it.
fn show_key(key: &KeyRecord) -> Map<String, Value> {
    let mut shown = Map::new();
    let mut set = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    set("id", key.id.as_str().into());
    set("name", key.name.as_str().into());
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    set("scopes", scopes.into());
    set("pepper", key.mac.pepper.as_str().into());
    set("created", key.created.to_string().into());
    let instants = [
        ("expires", key.expires),
        ("revoked", key.revoked),
        ("lastUsed", key.last_used),
    ];
    for (name, instant) in instants {
        if let Some(instant) = instant {
            set(name, instant.to_string().into());
        }
    }
    shown
}

fn realm_name(parameters: &Parameters) -> Result<RealmName> {
    let text = parameters.get("realm").unwrap_or_default();
    text.parse().map_err(|_| no_realm(text))
}

fn key_id(parameters: &Parameters) -> Result<KeyId> {
    let text = parameters.get("key").unwrap_or_default();
    text.parse()
        .map_err(|_| Error::new(ErrorKind::NotFound, format!("there is no key `{text}`")))
}

fn no_realm(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no realm `{name}`"))
}

fn name_for_people(field: &str, text: String) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > NAME_MAX || text.contains(char::is_control) {
        return Err(invalid(format!(
            "`{field}` has 1 to {NAME_MAX} characters, none of them a control character"
        )));
    }
    Ok(text.to_owned())
}

fn message<T: DeserializeOwned>(body: Option<Value>) -> Result<T> {
    let syntax = |detail: String| Error::new(ErrorKind::InvalidSyntax, detail);
    match body {
        Some(body @ Value::Object(_)) => {
            serde_json::from_value(body).map_err(|error| syntax(error.to_string()))
        }
        _ => Err(syntax(
            "the request's body must be a JSON object".to_owned(),
        )),
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidValue, detail)
}
