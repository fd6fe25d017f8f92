//! Changes of users in both dialects of Entra ID's PATCH. The operations are
//! those of recorded requests; each check has a user of its own.

use serde_json::{Value, json};

use super::MICROSOFT;
use crate::doctor::answer::Body;
use crate::doctor::call::{Call, USERS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::compare::{at_least, quoted, same};
use crate::doctor::visit::{ENTERPRISE, Visit};

const UPDATE_FAILS: &str =
    "the action Update with the status Failure; after enough of them quarantine";
const SENT_AGAIN: &str = "the log says Success, and the application keeps the old value; the change is sent again in later cycles";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "patch-several",
        title: "several attributes are changed in one request",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace displayName, name.familyName, emails[type eq \"work\"].value; Add title and the enterprise department",
        expected: "200 or 204, and GET shows every change",
        source: MICROSOFT,
        entra: UPDATE_FAILS,
        remedy: "support every form of path of RFC 7644 section 3.5.2, and operations in any case (`Replace`, `Add`)",
        run: |visit| Box::pin(several(visit)),
    },
    Check {
        name: "patch-answer",
        title: "a change is answered with the user, or with 204 and nothing",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace displayName",
        expected: "200 with the user, or 204 without a body",
        source: "RFC 7644 section 3.5.2",
        entra: "SystemForCrossDomainIdentityManagementServiceIncompatible: the answer cannot be read",
        remedy: "answer 200 with the whole user (or 204 without a body), never 200 with nothing",
        run: |visit| Box::pin(answer(visit)),
    },
    Check {
        name: "patch-without-path",
        title: "operations without a path are understood, dots and all",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: replace {displayName, \"name.givenName\", \"urn:…:enterprise:2.0:User:employeeNumber\"}",
        expected: "200 or 204, and GET shows every change where it belongs",
        source: "learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility",
        entra: "with `?aadOptscim062020` at the end of the Tenant URL: the log says Success and names and extension stay as they were",
        remedy: "read the keys of a value without a path as paths: `name.givenName` is givenName within name",
        run: |visit| Box::pin(without_path(visit)),
    },
    Check {
        name: "patch-address",
        title: "the parts of one address make one address",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Add addresses[type eq \"work\"].streetAddress and .locality to a user without addresses, then Replace .country",
        expected: "200 or 204, and GET shows one work address with all three",
        source: MICROSOFT,
        entra: "several work addresses with one line each, or the action Update with the status Failure (noTarget)",
        remedy: "create the element that a filter like type eq \"work\" names when there is none, and put later operations into the same one",
        run: |visit| Box::pin(address(visit)),
    },
    Check {
        name: "patch-email-absent",
        title: "a first e-mail address can be set by replace",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace emails[type eq \"work\"].value on a user without e-mail addresses",
        expected: "200 or 204, and GET shows the address with the type work",
        source: MICROSOFT,
        entra: UPDATE_FAILS,
        remedy: "create the element, although RFC 7644 section 3.5.2.3 would answer noTarget: Entra ID does not know what is there",
        run: |visit| Box::pin(email_absent(visit)),
    },
    Check {
        name: "manager-add",
        title: "a manager is set by its id alone",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Add urn:…:enterprise:2.0:User:manager \"id\"",
        expected: "200 or 204, and GET shows manager as an object with that value",
        source: MICROSOFT,
        entra: "managers are missing in the application; Update with the status Failure, or ServiceIncompatible when a string is answered",
        remedy: "accept a bare string for manager and answer {\"value\": \"id\"}",
        run: |visit| Box::pin(manager_add(visit)),
    },
    Check {
        name: "find-by-manager",
        title: "a user is found by its id and its manager",
        needs: &["user-create"],
        severity: Severity::Warning,
        sent: "GET /Users?filter=id eq \"…\" and manager eq \"…\"&attributes=id",
        expected: "200 and the user; nobody for another manager",
        source: MICROSOFT,
        entra: "the reference is written again in every cycle",
        remedy: "support id and manager (which is manager.value) in filters with `and`",
        run: |visit| Box::pin(find_by_manager(visit)),
    },
    Check {
        name: "patch-unchanged",
        title: "a change that changes nothing changes nothing",
        needs: &["patch-several"],
        severity: Severity::Warning,
        sent: "PATCH /Users/{id}: Replace displayName by what it is already",
        expected: "200 or 204, and meta.version and meta.lastModified as before",
        source: "RFC 7644 section 3.5.2",
        entra: "nothing, but unchanged values come in every cycle: writes, events and costs without end",
        remedy: "compare before you write",
        run: |visit| Box::pin(unchanged(visit)),
    },
    Check {
        name: "patch-atomic",
        title: "when one operation is bad, none is done",
        needs: &["patch-several"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace displayName, then Replace on the path `emails[type eq`",
        expected: "400, and GET shows the old displayName",
        source: "RFC 7644 section 3.5.2",
        entra: "the log says Success for a change that was made in part, or Failure for one that was made",
        remedy: "apply the operations to a copy and store it when all of them have succeeded; answer 400 otherwise",
        run: |visit| Box::pin(atomic(visit)),
    },
    Check {
        name: "rename",
        title: "a userName can change",
        needs: &["find-user"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: Replace userName; then both names are looked for",
        expected: "200 or 204; the user is found by the new name and nobody by the old one",
        source: MICROSOFT,
        entra: SENT_AGAIN,
        remedy: "let userName be changed, and keep the index of names in step with it",
        run: |visit| Box::pin(rename(visit)),
    },
];

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!({"op": "Replace", "path": path, "value": value.into()})
}

async fn several(visit: &Visit) -> Told {
    let (old, new) = (visit.address("several"), visit.address("several-new"));
    let more = json!({
        "displayName": "Grace Murray", "name": {"givenName": "Grace", "familyName": "Murray"},
        "emails": [{"type": "work", "value": old, "primary": true}],
    });
    let user = visit.user_with("several", more).await?;
    let department = format!("{ENTERPRISE}:department");
    let operations = json!([
        replace("displayName", "Grace Hopper"),
        replace("name.familyName", "Hopper"),
        replace("emails[type eq \"work\"].value", new.as_str()),
        {"op": "Add", "path": "title", "value": "Rear Admiral"},
        {"op": "Add", "path": department, "value": "Navy"},
    ]);
    let user = visit.patched(USERS, &user, &operations).await?;
    let expected = json!({
        "displayName": "Grace Hopper", "title": "Rear Admiral",
        "name": {"givenName": "Grace", "familyName": "Hopper"},
        "emails": [{"type": "work", "value": new}],
        ENTERPRISE: {"department": "Navy"},
    });
    at_least("", &user, &expected)?;
    let emails = user.get("emails").and_then(Value::as_array);
    same(
        "the number of emails",
        &json!(emails.map(Vec::len)),
        &json!(1),
    )
}

async fn answer(visit: &Visit) -> Told {
    let user = visit.plain_user("answer").await?;
    let operations = json!([replace("displayName", "Hedy Lamarr")]);
    let answer = visit.patch(USERS, &user, &operations).await?;
    match (answer.status, &answer.body) {
        (204, Body::Empty) => Ok(()),
        (200, Body::Json(_)) => {
            let (_, id) = answer.resource()?;
            same("the id of the answer", &json!(id), &json!(user))
        }
        _ => Err(answer.halt()),
    }
}

async fn without_path(visit: &Visit) -> Told {
    let more = json!({"name": {"givenName": "Mary", "familyName": "Jackson"}});
    let user = visit.user_with("pathless", more).await?;
    let employee_number = format!("{ENTERPRISE}:employeeNumber");
    let operations = json!([{"op": "replace", "value": {
        "displayName": "Katherine Johnson",
        "name.givenName": "Katherine",
        employee_number: "701984",
    }}]);
    let user = visit.patched(USERS, &user, &operations).await?;
    let expected = json!({
        "displayName": "Katherine Johnson",
        "name": {"givenName": "Katherine", "familyName": "Jackson"},
        ENTERPRISE: {"employeeNumber": "701984"},
    });
    at_least("", &user, &expected)
}

async fn address(visit: &Visit) -> Told {
    let id = visit.plain_user("address").await?;
    let add = |part: &str, value: &str| json!({"op": "Add", "path": format!("addresses[type eq \"work\"].{part}"), "value": value});
    let first = json!([
        add("streetAddress", "12 Quay Street"),
        add("locality", "Bremen"),
    ]);
    visit.patch(USERS, &id, &first).await?;
    let then = json!([replace("addresses[type eq \"work\"].country", "Germany")]);
    let user = visit.patched(USERS, &id, &then).await?;
    let expected = json!({"addresses": [{
        "type": "work", "streetAddress": "12 Quay Street", "locality": "Bremen", "country": "Germany",
    }]});
    at_least("", &user, &expected)?;
    let addresses = user.get("addresses").and_then(Value::as_array);
    same(
        "the number of addresses",
        &json!(addresses.map(Vec::len)),
        &json!(1),
    )
}

async fn email_absent(visit: &Visit) -> Told {
    let user = visit.plain_user("email").await?;
    let email = visit.address("email-new");
    let operations = json!([replace("emails[type eq \"work\"].value", email.as_str())]);
    let user = visit.patched(USERS, &user, &operations).await?;
    let expected = json!({"emails": [{"type": "work", "value": email}]});
    at_least("", &user, &expected)
}

async fn manager_add(visit: &Visit) -> Told {
    let user = visit.plain_user("managed").await?;
    let manager = format!("{ENTERPRISE}:manager");
    let operations = json!([{"op": "Add", "path": manager, "value": visit.full}]);
    let user = visit.patched(USERS, &user, &operations).await?;
    let expected = json!({ENTERPRISE: {"manager": {"value": visit.full}}});
    at_least("", &user, &expected)
}

async fn find_by_manager(visit: &Visit) -> Told {
    let more = json!({ENTERPRISE: {"manager": {"value": visit.full}}});
    let user = visit.user_with("found-by-manager", more).await?;
    let asked = |manager: &str| {
        let filter = format!("id eq \"{user}\" and manager eq \"{manager}\"");
        Call::get(USERS).filter(filter).query("attributes", "id")
    };
    let call = asked(&visit.full);
    let list = visit.list(&call).await?;
    list.is_only(&format!("`{call}`"), &user)?;
    let call = asked(&user);
    let list = visit.list(&call).await?;
    same(
        &format!("the totalResults of `{call}`"),
        &json!(list.total_results),
        &json!(0),
    )
}

async fn unchanged(visit: &Visit) -> Told {
    let more = json!({"displayName": "Annie Easley"});
    let user = visit.user_with("unchanged", more).await?;
    let before = visit.read(USERS, &user).await?;
    let operations = json!([replace("displayName", "Annie Easley")]);
    let after = visit.patched(USERS, &user, &operations).await?;
    for pointer in ["/meta/version", "/meta/lastModified"] {
        let of = |user: &Value| user.pointer(pointer).cloned().unwrap_or_default();
        let name = pointer.trim_start_matches('/').replace('/', ".");
        same(&name, &of(&after), &of(&before))?;
    }
    Ok(())
}

async fn atomic(visit: &Visit) -> Told {
    let more = json!({"displayName": "Joan Clarke"});
    let user = visit.user_with("atomic", more).await?;
    let operations = json!([
        replace("displayName", "half done"),
        replace("emails[type eq", "nobody@example.com"),
    ]);
    let call = Call::patch(USERS, &user, &operations);
    let answer = visit.scim.send(&call).await?;
    let name = visit.read(USERS, &user).await?;
    let name = name.get("displayName").unwrap_or(&Value::Null);
    if *name != "Joan Clarke" {
        return Err(Halt::seen(format!(
            "{}, and displayName is now {}",
            answer.said(),
            quoted(name)
        )));
    }
    answer.refused().map(|_| ())
}

async fn rename(visit: &Visit) -> Told {
    let user = visit.plain_user("renamed").await?;
    let (old, new) = (visit.address("renamed"), visit.address("renamed-new"));
    let operations = json!([replace("userName", new.as_str())]);
    visit.patch(USERS, &user, &operations).await?;
    let call = Call::get(USERS).filter(format!("userName eq \"{new}\""));
    let list = visit.list(&call).await?;
    list.is_only(&format!("`{call}`"), &user)?;
    let call = Call::get(USERS).filter(format!("userName eq \"{old}\""));
    let list = visit.list(&call).await?;
    same(
        &format!("the totalResults of `{call}`"),
        &json!(list.total_results),
        &json!(0),
    )
}
