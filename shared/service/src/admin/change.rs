//! A change of a realm: a JSON merge patch, which reaches into `events` and `limits`, too.

use super::input::{invalid, name_for_people, patched};
use super::realms::{Events, Guard, Limits, invitation};
use auth::RealmState;
use scim::Result;
use serde::Deserialize;
use store::{EventDetail, EventPolicy, Quotas, RealmEntry};
use utoipa::ToSchema;

/// A change of a realm, as a JSON merge patch (RFC 7396): what is absent stays,
/// null takes a value back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RealmChange {
    /// `enabled` or `disabled`.
    #[schema(pattern = "^(enabled|disabled)$")]
    state: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    display_name: Option<String>,
    /// One of `GET /admin/v1/profiles`.
    profile: Option<String>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<String>)]
    entra_tenant_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<EventsChange>)]
    events: Option<Option<EventsChange>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<LimitsChange>)]
    limits: Option<Option<LimitsChange>>,
    invitation: Option<bool>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<Guard>)]
    deletion_guard: Option<Option<Guard>>,
}

/// A change of what is kept of what happens.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EventsChange {
    /// For how many days; null: as a new realm.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 3650)]
    retention_days: Option<Option<u16>>,
    /// Whether events hold the new values of attributes; never passwords.
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<bool>)]
    values: Option<Option<bool>>,
}

/// A change of how much the realm may hold and ask for; null takes a limit away.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LimitsChange {
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u64>)]
    users: Option<Option<u64>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u64>)]
    groups: Option<Option<u64>>,
    #[serde(default, deserialize_with = "patched")]
    #[schema(value_type = Option<u32>, minimum = 25)]
    requests_per_second: Option<Option<u32>>,
}

impl RealmChange {
    /// Applies the change; the names of what is different afterwards.
    pub(super) fn apply(&self, entry: &mut RealmEntry) -> Result<Vec<String>> {
        let before = entry.clone();
        let (record, policy) = (&mut entry.record, &mut entry.policy);
        if let Some(state) = self.state.as_deref() {
            record.state = match state {
                "enabled" => RealmState::Enabled,
                "disabled" => RealmState::Disabled,
                _ => return Err(invalid("`state` is `enabled` or `disabled`")),
            };
        }
        if let Some(display_name) = &self.display_name {
            record.display_name = name_for_people("displayName", display_name)?;
        }
        if let Some(profile) = &self.profile {
            policy.profile = profile.parse()?;
        }
        if let Some(id) = &self.entra_tenant_id {
            policy.entra_tenant_id = id
                .as_deref()
                .map(|id| name_for_people("entraTenantId", id))
                .transpose()?;
        }
        if let Some(events) = self.events {
            policy.events = match events {
                Some(change) => change.of(policy.events)?,
                None => EventPolicy::default(),
            };
        }
        if let Some(limits) = self.limits {
            policy.limits = match limits {
                Some(change) => change.of(policy.limits)?,
                None => Quotas::default(),
            };
        }
        if let Some(on) = self.invitation {
            policy.invitation = invitation(on);
        }
        if let Some(guard) = self.deletion_guard {
            policy.deletion_guard = guard.map(Guard::policy).transpose()?;
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
    fn of(self, before: EventPolicy) -> Result<EventPolicy> {
        let default = EventPolicy::default();
        let days = |days: Option<u16>| days.unwrap_or(default.retention_days);
        let values = |values: Option<bool>| values.unwrap_or_default();
        let events = Events {
            retention_days: self.retention_days.map_or(before.retention_days, days),
            values: self
                .values
                .map_or(before.detail == EventDetail::Values, values),
        };
        events.policy()
    }
}

impl LimitsChange {
    fn of(self, before: Quotas) -> Result<Quotas> {
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
