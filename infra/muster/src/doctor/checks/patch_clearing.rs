//! The ways in which Entra ID takes an attribute away again.

use serde_json::{Value, json};

use super::MICROSOFT;
use crate::doctor::call::USERS;
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::compare::quoted;
use crate::doctor::visit::{ENTERPRISE, Visit};

const STAYS: &str =
    "the log says Success, and what was removed in Entra ID stays in the application for ever";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "manager-remove",
        title: "a manager is removed",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Remove urn:…:enterprise:2.0:User:manager",
        expected: "200 or 204, and GET shows no manager",
        source: MICROSOFT,
        entra: STAYS,
        remedy: "let Remove take away what its path names, in extensions too",
        run: |visit| Box::pin(manager(visit)),
    },
    Check {
        name: "remove-attribute",
        title: "attributes are removed",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Remove title and the enterprise department",
        expected: "200 or 204, and GET shows neither",
        source: "RFC 7644 section 3.5.2.2",
        entra: STAYS,
        remedy: "let Remove take away what its path names",
        run: |visit| {
            let operations = json!([
                {"op": "Remove", "path": "title"},
                {"op": "Remove", "path": format!("{ENTERPRISE}:department")},
            ]);
            Box::pin(cleared(visit, "removed", operations))
        },
    },
    Check {
        name: "clear-by-empty",
        title: "an empty string clears an attribute",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace title by \"\", and replace {urn:…:enterprise:2.0:User:department: \"\"} without a path",
        expected: "200 or 204, and GET shows neither",
        source: "Microsoft's SCIM Validator (empty-string phase)",
        entra: STAYS,
        remedy: "read \"\" as no value (RFC 7643 section 2.5 for null), with a path and without",
        run: |visit| Box::pin(cleared(visit, "emptied", blanking(&json!("")))),
    },
    Check {
        name: "clear-by-null",
        title: "null clears an attribute",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace title by null, and replace {urn:…:enterprise:2.0:User:department: null} without a path",
        expected: "200 or 204, and GET shows neither",
        source: "RFC 7643 section 2.5; Microsoft's SCIM Validator (null phase)",
        entra: STAYS,
        remedy: "read null as no value, with a path and without",
        run: |visit| Box::pin(cleared(visit, "nulled", blanking(&Value::Null))),
    },
];

fn blanking(value: &Value) -> Value {
    let department = format!("{ENTERPRISE}:department");
    json!([
        {"op": "Replace", "path": "title", "value": value},
        {"op": "replace", "value": {department: value}},
    ])
}

async fn cleared(visit: &Visit, label: &str, operations: Value) -> Told {
    let more = json!({"title": "Astronomer", ENTERPRISE: {"department": "Sky"}});
    let user = visit.user_with(label, more).await?;
    let user = visit.patched(USERS, &user, &operations).await?;
    is_blank("title", user.get("title"))?;
    let extension = user.get(ENTERPRISE);
    is_blank(
        "the department",
        extension.and_then(|extension| extension.get("department")),
    )
}

async fn manager(visit: &Visit) -> Told {
    let more = json!({ENTERPRISE: {"manager": {"value": visit.full}}});
    let user = visit.user_with("orphan", more).await?;
    let path = format!("{ENTERPRISE}:manager");
    let operations = json!([{"op": "Remove", "path": path}]);
    let user = visit.patched(USERS, &user, &operations).await?;
    let extension = user.get(ENTERPRISE);
    is_blank(
        "manager",
        extension.and_then(|extension| extension.get("manager")),
    )
}

/// What Entra ID reads as no value.
fn is_blank(what: &str, value: Option<&Value>) -> Told {
    let blank = match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Object(object)) => object
            .get("value")
            .is_none_or(|value| value.is_null() || value == ""),
        Some(Value::Array(list)) => list.is_empty(),
        Some(_) => false,
    };
    if blank {
        return Ok(());
    }
    let value = quoted(value.unwrap_or(&Value::Null));
    Err(Halt::seen(format!("{what} is still {value}")))
}
