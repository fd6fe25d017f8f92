//! Realms: a customer each.

use super::change::RealmChange;
use super::ending::Deletion;
use super::guard::ShownGuard;
use super::input::{Page, excerpt, invalid, name_for_people};
use super::openapi::Problem;
use super::{AdminCall, instant, no_realm, shown};
use crate::respond::Reply;
use crate::source;
use auth::{RealmName, RealmRecord, RealmState, Salt};
use axum::http::StatusCode;
use axum::http::header::IF_MATCH;
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use store::{
    DeletionGuard, EventAction, EventDetail, EventPolicy, Invitation, Policy, Quotas, RealmEntry,
};
use utoipa::ToSchema;

/// The least that a limit of requests may be: Entra ID asks for it.
const LEAST_RATE: u32 = 25;
/// Days that an event may be kept.
const RETENTION: std::ops::RangeInclusive<u16> = 1..=3_650;
/// The longest window of a deletion guard: 31 days.
const WINDOW_MAX: u32 = 31 * 86_400;

/// A realm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Realm {
    /// Its name, part of its URL for ever.
    #[schema(value_type = String, example = "acme")]
    name: RealmName,
    /// What people call it.
    display_name: String,
    /// Its switch: `enabled`, `disabled` (its keys are answered with 403), `deleting` (with 401).
    #[schema(value_type = String, example = "enabled")]
    state: RealmState,
    /// How liberally its clients are read: one of `GET /admin/v1/profiles`.
    #[schema(example = "entra")]
    profile: &'static str,
    /// The Entra tenant that provisions it.
    #[serde(skip_serializing_if = "Option::is_none")]
    entra_tenant_id: Option<String>,
    /// What its administrator pastes into Entra ID as Tenant URL.
    tenant_url: String,
    /// When it was made.
    #[schema(format = DateTime)]
    created: String,
    /// Rises with every change; also the ETag.
    version: u64,
    events: Events,
    limits: Limits,
    /// Whether a new user is invited, and counts once it has accepted and is confirmed.
    invitation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion_guard: Option<ShownGuard>,
    /// How far its deletion is.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletion: Option<Deletion>,
}

/// What is kept of what happens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Events {
    /// For how many days.
    #[serde(default = "retention_days")]
    #[schema(minimum = 1, maximum = 3650)]
    pub(super) retention_days: u16,
    /// Whether events hold the new values of attributes; never passwords.
    #[serde(default)]
    pub(super) values: bool,
}

/// How much the realm may hold and ask for.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Limits {
    /// Users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) users: Option<u64>,
    /// Groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<u64>,
    /// Requests a second, in each process that serves the realm: best effort.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 25)]
    pub(super) requests_per_second: Option<u32>,
}

/// How many deactivations and deletions a window allows.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Guard {
    /// So many.
    #[schema(minimum = 1)]
    maximum: u32,
    /// In so many seconds.
    #[schema(minimum = 1, maximum = 2678400)]
    window_seconds: u32,
}

/// A realm to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewRealm {
    /// Letters, digits and hyphens, at most 63; the first is no hyphen. Case counts.
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,62}$")]
    name: String,
    /// What people call it; the name when it is not said.
    #[schema(min_length = 1, max_length = 200)]
    display_name: Option<String>,
    /// One of `GET /admin/v1/profiles`; `generic` when it is not said.
    profile: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    entra_tenant_id: Option<String>,
    events: Option<Events>,
    limits: Option<Limits>,
    invitation: Option<bool>,
    deletion_guard: Option<Guard>,
}

/// A page of realms.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Realms {
    realms: Vec<Realm>,
    /// Where the next page begins, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn retention_days() -> u16 {
    EventPolicy::default().retention_days
}

/// List the realms
#[utoipa::path(
    get,
    path = "/admin/v1/realms",
    operation_id = "listRealms",
    tag = "realms",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, description = "How many; at most 100"),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page, in the order of names", body = Realms),
        (status = 400, description = "A parameter is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let page = call.page()?;
    let after = page.after::<RealmName>()?;
    let Page { limit, .. } = page;
    let admin = call.admin(StatusCode::OK);
    let (realms, next) = admin.realms(after.as_ref(), limit).await?;
    let tripped = admin.tripped(&realms).await?;
    let realms = realms
        .iter()
        .map(|entry| Realm::of(call, entry, tripped.get(&entry.record.name)))
        .collect();
    Ok(Reply::ok(shown(&Realms {
        realms,
        next_cursor: next.map(|name| name.to_string()),
    })?))
}

/// Make a realm
///
/// The same request again answers 200 with the realm as it is.
#[utoipa::path(
    post,
    path = "/admin/v1/realms",
    operation_id = "createRealm",
    tag = "realms",
    request_body = NewRealm,
    responses(
        (status = 201, description = "Made", body = Realm),
        (status = 200, description = "It was made before by the same request", body = Realm),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn create(call: &AdminCall<'_>) -> Result<Reply> {
    let new: NewRealm = call.message()?;
    let name: RealmName = new.name.parse().map_err(|error: auth::Malformed| {
        invalid(format!(
            "`{}` cannot be a realm's name: {error}",
            excerpt(&new.name)
        ))
    })?;
    let display_name = match &new.display_name {
        Some(display_name) => name_for_people("displayName", display_name)?,
        None => name.to_string(),
    };
    let policy = Policy {
        profile: new
            .profile
            .as_deref()
            .map(str::parse)
            .transpose()?
            .unwrap_or_default(),
        entra_tenant_id: new
            .entra_tenant_id
            .as_deref()
            .map(|id| name_for_people("entraTenantId", id))
            .transpose()?,
        events: new
            .events
            .map(Events::policy)
            .transpose()?
            .unwrap_or_default(),
        limits: new
            .limits
            .map(Limits::policy)
            .transpose()?
            .unwrap_or_default(),
        invitation: invitation(new.invitation.unwrap_or_default()),
        deletion_guard: new.deletion_guard.map(Guard::policy).transpose()?,
    };
    let entry = RealmEntry {
        record: RealmRecord {
            name,
            display_name,
            state: RealmState::Enabled,
            salt: Salt::new(source::random()?),
            created: call.arrival.now,
            version: 1,
        },
        policy,
        settings: 0,
        deletion: None,
    };
    let admin = call.admin(StatusCode::CREATED);
    let name = &entry.record.name;
    match admin.create_realm(&entry).await {
        Ok(()) => {
            let location = format!("/admin/v1/realms/{name}");
            Ok(tagged(
                Reply::created(shown(&Realm::of(call, &entry, None))?, location),
                &entry,
            ))
        }
        Err(error) if error.kind() == ErrorKind::Conflict => match admin.realm(name).await? {
            Some(there) if is_same(&there, &entry) => reply(call, &there).await,
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Show a realm
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}",
    operation_id = "getRealm",
    tag = "realms",
    params(("realm" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The realm", body = Realm),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none of that name", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    let realm = call.admin(StatusCode::OK).realm(&name).await?;
    reply(call, &realm.ok_or_else(|| no_realm(name.as_str()))?).await
}

/// Change a realm
///
/// A JSON merge patch. With If-Match only while the realm is of that version.
#[utoipa::path(
    patch,
    path = "/admin/v1/realms/{realm}",
    operation_id = "updateRealm",
    tag = "realms",
    params(
        ("realm" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The ETag it must have"),
    ),
    request_body = RealmChange,
    responses(
        (status = 200, description = "The realm as it is now", body = Realm),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none of that name", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is being deleted", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is of another version by now", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn update(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    let change: RealmChange = call.message()?;
    let version = if_match(call)?;
    let entry = call
        .admin(StatusCode::OK)
        .update_realm(&name, version, EventAction::UpdateRealm, |entry| {
            change.apply(entry)
        })
        .await?;
    reply(call, &entry).await
}

impl Realm {
    pub(super) fn of(
        call: &AdminCall<'_>,
        entry: &RealmEntry,
        tripped: Option<&Timestamp>,
    ) -> Self {
        let RealmEntry {
            record,
            policy,
            deletion,
            ..
        } = entry;
        Self {
            name: record.name.clone(),
            display_name: record.display_name.clone(),
            state: record.state,
            profile: policy.profile.name(),
            entra_tenant_id: policy.entra_tenant_id.clone(),
            tenant_url: call.arrival.tenant_url(&record.name),
            created: instant(record.created),
            version: record.version,
            events: Events {
                retention_days: policy.events.retention_days,
                values: policy.events.detail == EventDetail::Values,
            },
            limits: Limits {
                users: policy.limits.users,
                groups: policy.limits.groups,
                requests_per_second: policy.limits.requests_per_second,
            },
            invitation: policy.invitation == Invitation::On,
            deletion_guard: policy
                .deletion_guard
                .map(|guard| ShownGuard::of(guard, tripped)),
            deletion: deletion.map(Deletion::of),
        }
    }
}

impl Events {
    pub(super) fn policy(self) -> Result<EventPolicy> {
        if !RETENTION.contains(&self.retention_days) {
            return Err(invalid("`events.retentionDays` is from 1 to 3650"));
        }
        Ok(EventPolicy {
            retention_days: self.retention_days,
            detail: if self.values {
                EventDetail::Values
            } else {
                EventDetail::Names
            },
        })
    }
}

impl Limits {
    pub(super) fn policy(self) -> Result<Quotas> {
        if self
            .requests_per_second
            .is_some_and(|rate| rate < LEAST_RATE)
        {
            return Err(invalid(format!(
                "`limits.requestsPerSecond` is at least {LEAST_RATE}: Entra ID sends as many"
            )));
        }
        Ok(Quotas {
            users: self.users,
            groups: self.groups,
            requests_per_second: self.requests_per_second,
        })
    }
}

impl Guard {
    pub(super) fn policy(self) -> Result<DeletionGuard> {
        if self.maximum == 0 || self.window_seconds == 0 || self.window_seconds > WINDOW_MAX {
            return Err(invalid(format!(
                "`deletionGuard` allows a `maximum` of at least 1 in 1 to {WINDOW_MAX} \
                 `windowSeconds`"
            )));
        }
        Ok(DeletionGuard {
            maximum: self.maximum,
            window_seconds: self.window_seconds,
        })
    }
}

pub(super) fn invitation(on: bool) -> Invitation {
    if on { Invitation::On } else { Invitation::Off }
}

/// Whether a realm is as a request would have made it.
fn is_same(there: &RealmEntry, asked: &RealmEntry) -> bool {
    there.record.display_name == asked.record.display_name
        && there.record.state == asked.record.state
        && there.policy == asked.policy
}

pub(super) async fn reply(call: &AdminCall<'_>, entry: &RealmEntry) -> Result<Reply> {
    let admin = call.admin(StatusCode::OK);
    let tripped = admin.tripped(std::slice::from_ref(entry)).await?;
    let realm = Realm::of(call, entry, tripped.get(&entry.record.name));
    Ok(tagged(Reply::ok(shown(&realm)?), entry))
}

fn tagged(reply: Reply, entry: &RealmEntry) -> Reply {
    Reply {
        etag: Some(format!("\"{}\"", entry.record.version)),
        ..reply
    }
}

/// The version that If-Match asks for; `*` and no header ask for none.
fn if_match(call: &AdminCall<'_>) -> Result<Option<u64>> {
    let Some(value) = call.arrival.headers.get(IF_MATCH) else {
        return Ok(None);
    };
    let tag = value.to_str().unwrap_or_default().trim();
    if tag == "*" {
        return Ok(None);
    }
    let version = tag
        .strip_prefix("W/")
        .unwrap_or(tag)
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .and_then(|tag| tag.parse().ok());
    // A tag that no realm ever had is one that this realm does not have.
    version.map(Some).ok_or_else(|| {
        Error::new(
            ErrorKind::PreconditionFailed,
            "`If-Match` is not an ETag of this realm; read it again",
        )
    })
}
