//! What an operator decides about a realm, as it is shown and as a new realm has it.

use super::super::input::invalid;
use scim::Result;
use serde::{Deserialize, Serialize};
use store::{DeletionGuard, EventDetail, EventPolicy, Invitation, Quotas};
use utoipa::ToSchema;

/// The least that a limit of requests may be: Entra ID asks for it.
const LEAST_RATE: u32 = 25;
/// Days that an event may be kept.
const RETENTION: std::ops::RangeInclusive<u16> = 1..=3_650;
/// The longest window of a deletion guard: 31 days.
const WINDOW_MAX: u32 = 31 * 86_400;

/// What is kept of what happens.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct Events {
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
pub(in crate::admin) struct Limits {
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
pub(in crate::admin) struct Guard {
    /// So many.
    #[schema(minimum = 1)]
    pub(super) maximum: u32,
    /// In so many seconds.
    #[schema(minimum = 1, maximum = 2678400)]
    pub(super) window_seconds: u32,
}

fn retention_days() -> u16 {
    EventPolicy::default().retention_days
}

impl Events {
    pub(super) fn of(policy: EventPolicy) -> Self {
        Self {
            retention_days: policy.retention_days,
            values: policy.detail == EventDetail::Values,
        }
    }

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
    pub(super) fn of(quotas: Quotas) -> Self {
        let Quotas {
            users,
            groups,
            requests_per_second,
        } = quotas;
        Self {
            users,
            groups,
            requests_per_second,
        }
    }

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
