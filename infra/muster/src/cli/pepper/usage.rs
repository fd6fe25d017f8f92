//! How many keys of a deployment are hashed under each pepper, by its admin API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::Failure;
use crate::cli::output::text;
use crate::cli::progress::Progress;
use crate::client::AdminClient;

/// The keys under one pepper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Usage {
    live: usize,
    dead: usize,
    first_live: Option<String>,
}

impl Usage {
    /// Keys that could work, be it after their realm is enabled again.
    pub(super) fn live(&self) -> usize {
        self.live
    }

    /// Keys that are revoked or expired.
    pub(super) fn dead(&self) -> usize {
        self.dead
    }

    /// One that could work, in words.
    pub(super) fn first_live(&self) -> Option<&str> {
        self.first_live.as_deref()
    }
}

/// Walks through all realms and their keys.
pub(super) async fn count(client: &AdminClient) -> Result<BTreeMap<String, Usage>, Failure> {
    let mut usage = BTreeMap::new();
    let realms = client.realms().await?;
    let progress = Progress::bar("realms", realms.len());
    for realm in &realms {
        let realm = text(realm, "name");
        progress.show(&realm);
        for key in client.keys(&realm).await? {
            note(&mut usage, &realm, &key, Timestamp::now())?;
        }
        progress.advance(1);
    }
    Ok(usage)
}

fn note(
    usage: &mut BTreeMap<String, Usage>,
    realm: &str,
    key: &Value,
    now: Timestamp,
) -> Result<(), Failure> {
    let pepper = key.get("pepper").and_then(Value::as_str).ok_or_else(|| {
        Failure::new(
            "the deployment does not say which pepper its keys are hashed under; it is older than this tool: deploy this version first",
        )
    })?;
    let used: &mut Usage = usage.entry(pepper.to_owned()).or_default();
    if is_dead(key, now) {
        used.dead += 1;
        return Ok(());
    }
    used.live += 1;
    used.first_live.get_or_insert_with(|| {
        format!(
            "`{}` ({}) of realm `{realm}`",
            text(key, "id"),
            text(key, "name")
        )
    });
    Ok(())
}

/// Whether it can never work again. What cannot be understood could.
fn is_dead(key: &Value, now: Timestamp) -> bool {
    let expires = key.get("expires").and_then(Value::as_str);
    let expires = expires.and_then(|moment| moment.parse::<Timestamp>().ok());
    key.get("revoked").is_some() || expires.is_some_and(|expires| expires <= now)
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use serde_json::json;

    use super::*;

    #[test]
    fn which_keys_still_count() {
        let now: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        for (key, live) in [
            (json!({}), true),
            (json!({"expires": "2030-01-01T00:00:01Z"}), true),
            (json!({"expires": "2030-01-01T00:00:00Z"}), false),
            (json!({"revoked": "2029-01-01T00:00:00Z"}), false),
            (
                json!({"revoked": "2029-01-01T00:00:00Z", "expires": "2031-01-01T00:00:00Z"}),
                false,
            ),
            (json!({"expires": "some day"}), true),
        ] {
            let mut key = key;
            key["pepper"] = "p1".into();
            let mut usage = BTreeMap::new();
            note(&mut usage, "acme", &key, now).unwrap();
            assert_eq!(usage["p1"].live(), usize::from(live), "{key}");
            assert_eq!(usage["p1"].dead(), usize::from(!live), "{key}");
        }
    }

    #[test]
    fn a_deployment_that_does_not_say_is_not_trusted() {
        let error = note(&mut BTreeMap::new(), "acme", &json!({}), Timestamp::now());
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("older than this tool")
        );
    }
}
