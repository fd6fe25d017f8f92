//! What can be said about a realm when it is made and later.

use clap::Args;

use crate::cli::words::{Days, Toggle, guard, limit, text_or_off};
use crate::client::{Clearable, EventSettings, Guard, Limits, RealmSettings};

#[derive(Debug, Clone, Args)]
pub(super) struct Settings {
    /// What people call it.
    #[arg(long, value_name = "TEXT")]
    display_name: Option<String>,
    /// Which client's ways its documents are read in; `muster realm profiles` lists them.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The customer's tenant in Entra ID; `off`: none.
    #[arg(long, value_name = "ID", value_parser = text_or_off)]
    entra_tenant_id: Option<Clearable<String>>,
    /// How long events are kept, such as `90d`.
    #[arg(long, value_name = "DAYS")]
    event_retention: Option<Days>,
    /// Whether events hold values, beside names of attributes.
    #[arg(long, value_name = "ON|OFF", hide_possible_values = true)]
    event_values: Option<Toggle>,
    /// Users at most; `off`: no limit.
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    max_users: Option<Clearable<u64>>,
    /// Groups at most; `off`: no limit.
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    max_groups: Option<Clearable<u64>>,
    /// Requests a second at most, as best the deployment can; `off`: no limit.
    #[arg(long, value_name = "NUMBER", value_parser = limit)]
    requests_per_second: Option<Clearable<u64>>,
    /// Whether a provisioned user is invited first, and works when confirmed.
    #[arg(long, value_name = "ON|OFF", hide_possible_values = true)]
    invitation: Option<Toggle>,
    /// How many deactivations and deletions a window allows, such as `50/1h`; `off`: any.
    #[arg(long, value_name = "NUMBER/SPAN", value_parser = guard)]
    guard: Option<Clearable<Guard>>,
}

/// The options above, for a command that needs one of them.
pub(super) const OPTIONS: [&str; 10] = [
    "display_name",
    "profile",
    "entra_tenant_id",
    "event_retention",
    "event_values",
    "max_users",
    "max_groups",
    "requests_per_second",
    "invitation",
    "guard",
];

impl Settings {
    pub(super) fn read(self) -> RealmSettings {
        RealmSettings {
            display_name: self.display_name,
            profile: self.profile,
            entra_tenant_id: self.entra_tenant_id,
            events: EventSettings {
                retention_days: self.event_retention.map(|days| days.0),
                values: self.event_values.map(Toggle::is_on),
            },
            limits: Limits {
                users: self.max_users,
                groups: self.max_groups,
                requests_per_second: self.requests_per_second,
            },
            invitation: self.invitation.map(Toggle::is_on),
            deletion_guard: self.guard,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use clap::Parser;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        settings: Settings,
    }

    #[track_caller]
    fn check(words: &str, expected: Option<Value>) {
        let line = Line::try_parse_from(["line"].into_iter().chain(words.split_whitespace()));
        let said = line.ok().map(|line| line.settings.read());
        let body = said.map(|said| serde_json::to_value(said).unwrap());
        assert_eq!(body, expected, "{words}");
    }

    #[test]
    fn what_is_said_is_what_is_sent() {
        check("", Some(json!({})));
        check(
            "--display-name Acme --profile entra --entra-tenant-id t",
            Some(json!({"displayName": "Acme", "profile": "entra", "entraTenantId": "t"})),
        );
        check(
            "--event-retention 90d --event-values on",
            Some(json!({"events": {"retentionDays": 90, "values": true}})),
        );
        check(
            "--event-values off",
            Some(json!({"events": {"values": false}})),
        );
        check(
            "--max-users 5 --max-groups off",
            Some(json!({"limits": {"users": 5, "groups": null}})),
        );
        check(
            "--requests-per-second 50 --invitation on --guard 50/1h",
            Some(json!({
                "limits": {"requestsPerSecond": 50},
                "invitation": true,
                "deletionGuard": {"maximum": 50, "windowSeconds": 3600}
            })),
        );
        check(
            "--guard off --entra-tenant-id off",
            Some(json!({"entraTenantId": null, "deletionGuard": null})),
        );
        check("--event-retention 36h", None);
        check("--max-users many", None);
        check("--invitation yes", None);
    }
}
