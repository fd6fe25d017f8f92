//! The users and groups of a realm as its operator sees them: what their
//! clients have said of them, how far they have come, and who brought them in.

mod find;
pub(super) mod import;
mod profile;

use super::input::invalid;
use super::openapi::Problem;
use super::{AdminCall, instant, shown};
use crate::call::Call;
use crate::resources::realm;
use crate::respond::Reply;
use auth::{Actor, KeyId};
use axum::http::StatusCode;
use find::Wanted;
use profile::flat_profile;
use scim::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use store::{Kind, Realm, Record, ResourceId, Standing};
use utoipa::ToSchema;

/// A user or a group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    /// Its id in SCIM.
    id: String,
    /// `User` or `Group`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "User")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// What its client calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// How far it has come: `provisioned`, `invited`, `accepted`, `confirmed`;
    /// `deactivated` while `active` is false.
    #[schema(value_type = String, example = "provisioned")]
    state: &'static str,
    /// A user's switch, as its client has set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
    #[schema(format = DateTime)]
    created: String,
    /// Who brought it in; not known of what is older than this is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<CreatedBy>,
    #[schema(format = DateTime)]
    last_modified: String,
    /// Its ETag in SCIM.
    version: String,
    /// What is known of it, by the company's own names.
    #[schema(value_type = Object)]
    profile: Map<String, Value>,
    /// The groups it is directly in.
    groups: Vec<MemberGroup>,
}

/// Who brought a member in: a key, or an operator.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreatedBy {
    /// The key's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    /// What the key is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// A group that a member is in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberGroup {
    id: String,
    display_name: String,
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Members {
    members: Vec<Member>,
    /// Where the next page begins, when there may be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A step of a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct MemberChange {
    /// `invited`, `accepted` or `confirmed`.
    #[schema(pattern = "^(provisioned|invited|accepted|confirmed|deactivated)$")]
    state: String,
}

/// List a realm's members
///
/// Users, then groups, each in the order of ids. A page may be short, even
/// empty, and still not be the last.
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/members",
    operation_id = "listMembers",
    tag = "members",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("type" = Option<String>, Query, description = "`user` or `group`; both when it is not said, users with a `filter`"),
        ("q" = Option<String>, Query, description = "A text in userName, displayName or an e-mail address, whatever its case"),
        ("filter" = Option<String>, Query, description = "A filter of SCIM (RFC 7644 section 3.4.2.2)"),
        ("state" = Option<String>, Query, description = "`provisioned`, `invited`, `accepted`, `confirmed` or `deactivated`"),
        ("limit" = Option<u32>, Query, minimum = 1, description = "How many; at most 100"),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page", body = Members),
        (status = 400, description = "A parameter is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let page = call.page()?;
    let acting = call.acting(call.tenant().await?);
    let wanted = Wanted::of(call, &acting.tenant)?;
    let (records, next) = wanted.page(&acting, &page).await?;
    Ok(Reply::ok(shown(&Members {
        members: members(&acting, &realm(&acting), &records).await?,
        next_cursor: next.map(|position| position.to_string()),
    })?))
}

/// Show a member
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/members/{id}",
    operation_id = "getMember",
    tag = "members",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("id" = String, Path, description = "The member's id"),
    ),
    responses(
        (status = 200, description = "The member", body = Member),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or member", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(call: &AdminCall<'_>) -> Result<Reply> {
    let acting = call.acting(call.tenant().await?);
    let realm = realm(&acting);
    let record = found(&acting, &realm).await?;
    reply(&acting, &realm, record).await
}

/// Move a user along
///
/// From `provisioned` to `invited`, `accepted` and `confirmed`, and from each of
/// the last two to `invited` again. SCIM clients see nothing of it.
#[utoipa::path(
    patch,
    path = "/admin/v1/realms/{realm}/members/{id}",
    operation_id = "moveMember",
    tag = "members",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("id" = String, Path, description = "The member's id"),
    ),
    request_body = MemberChange,
    responses(
        (status = 200, description = "The member as it is now", body = Member),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or member", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It cannot come there from where it is", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn step(call: &AdminCall<'_>) -> Result<Reply> {
    let acting = call.acting(call.tenant().await?);
    let change: MemberChange = call.message()?;
    let to = match change.state.parse() {
        Ok(Standing::Stored(to)) => to,
        Ok(Standing::Deactivated) => {
            return Err(Error::new(
                ErrorKind::Conflict,
                "a member is `deactivated` while `active` is false, which its client says; move \
                 it to `invited`, `accepted` or `confirmed`",
            ));
        }
        Err(_) => return Err(invalid("`state` is `invited`, `accepted` or `confirmed`")),
    };
    let realm = realm(&acting);
    let record = found(&acting, &realm).await?;
    // Before the change: one that is done is answered as done, whatever can be read then.
    let names = Names::of(&realm, std::slice::from_ref(&record)).await?;
    let audit = acting.audit(StatusCode::OK);
    let record = realm
        .move_member(record.kind, record.id, to, &audit)
        .await?;
    Ok(Reply::ok(shown(&Member::of(&acting, &record, &names))?))
}

/// The member that the path names.
async fn found(call: &Call, realm: &Realm<'_>) -> Result<Record> {
    let text = call.id.as_deref().unwrap_or_default();
    if let Ok(id) = text.parse::<ResourceId>() {
        for kind in Kind::ALL {
            if let Some(record) = realm.get(kind, id).await? {
                return Ok(record);
            }
        }
    }
    let text: String = text.chars().take(64).collect();
    Err(Error::new(
        ErrorKind::NotFound,
        format!(
            "realm `{}` has no member `{text}`",
            call.tenant.record().name
        ),
    ))
}

async fn reply(call: &Call, realm: &Realm<'_>, record: Record) -> Result<Reply> {
    let member = members(call, realm, &[record]).await?.pop();
    Ok(Reply::ok(shown(&member)?))
}

/// The records as members, with the names of their groups and keys.
async fn members(call: &Call, realm: &Realm<'_>, records: &[Record]) -> Result<Vec<Member>> {
    let names = Names::of(realm, records).await?;
    let member = |record| Member::of(call, record, &names);
    Ok(records.iter().map(member).collect())
}

/// What members are shown with that is not their own.
struct Names {
    groups: BTreeMap<ResourceId, String>,
    keys: BTreeMap<KeyId, String>,
}

impl Names {
    /// The names of these records' groups and keys.
    async fn of(realm: &Realm<'_>, records: &[Record]) -> Result<Self> {
        let of = |record: &Record| record.member_of.clone();
        let groups: BTreeSet<ResourceId> = records.iter().flat_map(of).collect();
        let by = |record: &Record| match &record.created_by {
            Some(Actor::Key(key)) => Some(key.clone()),
            Some(Actor::Operator(_)) | None => None,
        };
        let keys: BTreeSet<KeyId> = records.iter().filter_map(by).collect();
        Ok(Self {
            groups: realm.group_names(&groups).await?,
            keys: realm.key_names(&keys).await?,
        })
    }
}

impl Member {
    fn of(call: &Call, record: &Record, names: &Names) -> Self {
        let text = |name| record.attributes.str(name).map(str::to_owned);
        // A group that is gone may still be named on the member: it is not shown.
        let named = |id: &ResourceId| {
            Some(MemberGroup {
                id: id.to_string(),
                display_name: names.groups.get(id)?.clone(),
            })
        };
        let mut created_by = record.created_by.as_ref().map(CreatedBy::of);
        if let (Some(by), Some(Actor::Key(key))) = (&mut created_by, &record.created_by) {
            by.name = names.keys.get(key).cloned();
        }
        Self {
            id: record.id.to_string(),
            kind: record.kind.resource_type().name,
            user_name: text("userName"),
            display_name: text("displayName"),
            external_id: text("externalId"),
            state: record.standing().as_str(),
            active: record
                .attributes
                .as_map()
                .get("active")
                .and_then(Value::as_bool),
            created: instant(record.created),
            created_by,
            last_modified: instant(record.modified),
            version: record.etag(&call.tenant),
            profile: flat_profile(&call.tenant, record),
            groups: record.member_of.iter().filter_map(named).collect(),
        }
    }
}

impl CreatedBy {
    /// The actor without a name.
    pub(super) fn of(actor: &Actor) -> Self {
        match actor {
            Actor::Key(key) => Self {
                key: Some(key.to_string()),
                ..Self::default()
            },
            Actor::Operator(name) => Self {
                operator: Some(name.clone()),
                ..Self::default()
            },
        }
    }

    /// The actor again.
    pub(super) fn actor(&self) -> Result<Actor> {
        match (&self.key, &self.operator) {
            (Some(key), None) => key.parse().map(Actor::Key).map_err(|_| {
                invalid("`createdBy.key` is the id of a key, twelve letters and digits")
            }),
            (None, Some(name)) => Ok(Actor::Operator(name.clone())),
            _ => Err(invalid("`createdBy` has a `key` or an `operator`")),
        }
    }
}
