//! What happens when a person leaves and comes back.

use serde_json::{Value, json};

use super::MICROSOFT;
use crate::doctor::call::{Call, USERS};
use crate::doctor::check::{Check, Severity, Told};
use crate::doctor::compare::same;
use crate::doctor::visit::Visit;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "disable",
        title: "a user is disabled by \"False\" as a string",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace active by \"False\"",
        expected: "200 or 204, and GET shows active as the boolean false",
        source: MICROSOFT,
        entra: "the user stays active after it was unassigned: a person who has left can still sign in",
        remedy: "read \"False\" and \"True\" as booleans in any case, and answer real booleans",
        run: |visit| Box::pin(disable(visit)),
    },
    Check {
        name: "disabled-found",
        title: "a disabled user is still found",
        needs: &["disable", "find-user"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=userName eq \"…\" for a disabled user",
        expected: "200, totalResults 1 and the user, active false",
        source: MICROSOFT,
        entra: "who comes back is created anew and gets EntryConflict, or a second account without the old data",
        remedy: "let filters find disabled users as all others",
        run: |visit| Box::pin(found(visit)),
    },
    Check {
        name: "enable",
        title: "a user is enabled again by \"True\"",
        needs: &["disable"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace active by \"True\"",
        expected: "200 or 204, and GET shows active as the boolean true",
        source: MICROSOFT,
        entra: "who comes back cannot sign in",
        remedy: "read \"True\" as a boolean in any case",
        run: |visit| Box::pin(enable(visit)),
    },
];

async fn turned(visit: &Visit, user: &str, active: &str) -> Told<Value> {
    let operations = json!([{"op": "Replace", "path": "active", "value": active}]);
    let user = visit.patched(USERS, user, &operations).await?;
    Ok(user.get("active").cloned().unwrap_or_default())
}

async fn disable(visit: &Visit) -> Told {
    let user = visit.plain_user("leaver").await?;
    let active = turned(visit, &user, "False").await?;
    same("active", &active, &json!(false))
}

async fn found(visit: &Visit) -> Told {
    let user = visit.plain_user("disabled").await?;
    turned(visit, &user, "False").await?;
    let filter = format!("userName eq \"{}\"", visit.address("disabled"));
    let call = Call::get(USERS).filter(filter);
    let list = visit.list(&call).await?;
    list.is_only(&format!("`{call}`"), &user)?;
    let active = list.resources.first().and_then(|user| user.get("active"));
    same("active", active.unwrap_or(&Value::Null), &json!(false))
}

async fn enable(visit: &Visit) -> Told {
    let user = visit.plain_user("returner").await?;
    turned(visit, &user, "False").await?;
    let active = turned(visit, &user, "True").await?;
    same("active", &active, &json!(true))
}
