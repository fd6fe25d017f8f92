//! A change of a realm: a JSON merge patch (RFC 7396), on the condition of If-Match.

use super::super::input::{invalid, name_for_people, patched};
use super::settings::{Events, Guard, Limits, invitation};
use crate::admin::AdminCall;
use auth::RealmState;
use axum::http::header::IF_MATCH;
use scim::{Error, ErrorKind, Result};
use serde::Deserialize;
use store::{DeletionGuard, EventPolicy, Quotas, RealmEntry};
use utoipa::ToSchema;

/// A member of a merge patch: what is absent stays, null takes a value back.
type Patched<T> = Option<Option<T>>;

/// A change of a realm, as a JSON merge patch (RFC 7396): what is absent stays,
/// also within an object; null takes a value back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct RealmChange {
    /// `enabled` or `disabled`.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = String, required = false, pattern = "^(enabled|disabled)$")]
    state: Patched<String>,
    /// Null: its name.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    display_name: Patched<String>,
    /// One of `GET /admin/v1/profiles`.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<String>)]
    profile: Patched<String>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<String>)]
    entra_tenant_id: Patched<String>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<EventsChange>)]
    events: Patched<EventsChange>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<LimitsChange>)]
    limits: Patched<LimitsChange>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<bool>)]
    invitation: Patched<bool>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<GuardChange>)]
    deletion_guard: Patched<GuardChange>,
}

/// A change of what is kept of what happens.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct EventsChange {
    /// For how many days.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3650)]
    retention_days: Patched<u16>,
    /// Whether events hold the new values of attributes; never passwords.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<bool>)]
    values: Patched<bool>,
}

/// A change of how much the realm may hold and ask for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct LimitsChange {
    /// Users.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u64>)]
    users: Patched<u64>,
    /// Groups.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u64>)]
    groups: Patched<u64>,
    /// Requests a second, in each process that serves the realm: best effort.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u32>, minimum = 25)]
    requests_per_second: Patched<u32>,
}

/// A change of how many deactivations and deletions a window allows. A realm
/// that has no guard needs both to have one.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct GuardChange {
    /// So many.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u32>, minimum = 1)]
    maximum: Patched<u32>,
    /// In so many seconds.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 2678400)]
    window_seconds: Patched<u32>,
}

impl RealmChange {
    /// Applies the change; the names of what is different afterwards.
    pub(in crate::admin) fn apply(&self, entry: &mut RealmEntry) -> Result<Vec<String>> {
        let before = entry.clone();
        let (record, policy) = (&mut entry.record, &mut entry.policy);
        if let Some(state) = &self.state {
            record.state = match state.as_deref() {
                Some("enabled") => RealmState::Enabled,
                Some("disabled") => RealmState::Disabled,
                _ => return Err(invalid("`state` is `enabled` or `disabled`")),
            };
        }
        if let Some(display_name) = &self.display_name {
            record.display_name = match display_name {
                Some(display_name) => name_for_people("displayName", display_name)?,
                None => record.name.to_string(),
            };
        }
        if let Some(profile) = &self.profile {
            let profile = profile.as_deref().map(str::parse).transpose()?;
            policy.profile = profile.unwrap_or_default();
        }
        if let Some(id) = &self.entra_tenant_id {
            policy.entra_tenant_id = id
                .as_deref()
                .map(|id| name_for_people("entraTenantId", id))
                .transpose()?;
        }
        if let Some(events) = self.events {
            policy.events = match events {
                Some(events) => events.of(policy.events)?,
                None => EventPolicy::default(),
            };
        }
        if let Some(limits) = self.limits {
            policy.limits = match limits {
                Some(limits) => limits.of(policy.limits)?,
                None => Quotas::default(),
            };
        }
        if let Some(on) = self.invitation {
            policy.invitation = invitation(on.unwrap_or_default());
        }
        if let Some(guard) = self.deletion_guard {
            let guard = guard.map(|guard| guard.of(policy.deletion_guard));
            policy.deletion_guard = guard.transpose()?;
        }
        let differs = [
            ("state", before.record.state != record.state),
            (
                "displayName",
                before.record.display_name != record.display_name,
            ),
            ("profile", before.policy.profile != policy.profile),
            (
                "entraTenantId",
                before.policy.entra_tenant_id != policy.entra_tenant_id,
            ),
            ("events", before.policy.events != policy.events),
            ("limits", before.policy.limits != policy.limits),
            ("invitation", before.policy.invitation != policy.invitation),
            (
                "deletionGuard",
                before.policy.deletion_guard != policy.deletion_guard,
            ),
        ];
        Ok(differs
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(name, _)| name.to_owned())
            .collect())
    }
}

impl EventsChange {
    /// What there is then, when this is what there was.
    fn of(self, before: EventPolicy) -> Result<EventPolicy> {
        let (mut events, none) = (Events::of(before), Events::of(EventPolicy::default()));
        if let Some(days) = self.retention_days {
            events.retention_days = days.unwrap_or(none.retention_days);
        }
        if let Some(values) = self.values {
            events.values = values.unwrap_or(none.values);
        }
        events.policy()
    }
}

impl LimitsChange {
    /// What there is then, when this is what there was.
    fn of(self, before: Quotas) -> Result<Quotas> {
        let before = Limits::of(before);
        let limits = Limits {
            users: self.users.unwrap_or(before.users),
            groups: self.groups.unwrap_or(before.groups),
            requests_per_second: self
                .requests_per_second
                .unwrap_or(before.requests_per_second),
        };
        limits.policy()
    }
}

impl GuardChange {
    /// What there is then, when this is what there was.
    fn of(self, before: Option<DeletionGuard>) -> Result<DeletionGuard> {
        let maximum = before.map(|guard| guard.maximum);
        let maximum = self.maximum.unwrap_or(maximum);
        let seconds = before.map(|guard| guard.window_seconds);
        let seconds = self.window_seconds.unwrap_or(seconds);
        let (Some(maximum), Some(window_seconds)) = (maximum, seconds) else {
            return Err(invalid(
                "`deletionGuard` has a `maximum` and its `windowSeconds`",
            ));
        };
        let guard = Guard {
            maximum,
            window_seconds,
        };
        guard.policy()
    }
}

/// The versions of which If-Match asks for one (RFC 9110 section 13.1.1); `*`
/// and no header ask for none. Tags are compared weakly, since gateways weaken them.
pub(super) fn if_match(call: &AdminCall<'_>) -> Result<Option<Vec<u64>>> {
    let headers = &call.arrival.headers;
    if !headers.contains_key(IF_MATCH) {
        return Ok(None);
    }
    let mut versions = Vec::new();
    for value in headers.get_all(IF_MATCH) {
        for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            if tag == "*" {
                return Ok(None);
            }
            // A tag that no realm ever had is one that this realm does not have.
            versions.extend(version(tag));
        }
    }
    if versions.is_empty() {
        return Err(Error::new(
            ErrorKind::PreconditionFailed,
            "`If-Match` is not an ETag of this realm; read it again",
        ));
    }
    Ok(Some(versions))
}

fn version(tag: &str) -> Option<u64> {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let digits = tag.strip_prefix('"')?.strip_suffix('"')?;
    let version: u64 = digits.parse().ok()?;
    (version.to_string() == digits).then_some(version)
}
