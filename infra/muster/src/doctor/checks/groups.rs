//! Groups, before anybody is in them.

use serde_json::{Value, json};

use super::MICROSOFT;
use crate::doctor::call::{Call, GROUPS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::compare::{at_least, same};
use crate::doctor::visit::{Visit, references, values};

const ENTRA_GROUP: &str =
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
const NOT_PROVISIONED: &str =
    "the group is not provisioned: the action Create with the status Failure";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "group-create",
        title: "a group is created",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "POST /Groups with displayName and externalId",
        expected: "201 (200 is tolerated) and the group with its `id` and displayName",
        source: MICROSOFT,
        entra: NOT_PROVISIONED,
        remedy: "support POST on /Groups, without members too",
        run: |visit| Box::pin(create(visit)),
    },
    Check {
        name: "group-foreign-schema",
        title: "a schema that only Entra ID knows does no harm",
        needs: &["group-create"],
        severity: Severity::Fault,
        sent: "POST /Groups with http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group among its schemas",
        expected: "201 (200 is tolerated)",
        source: MICROSOFT,
        entra: NOT_PROVISIONED,
        remedy: "ignore schemas you do not know when they come without an object of that name",
        run: |visit| Box::pin(foreign_schema(visit)),
    },
    Check {
        name: "group-duplicate",
        title: "a second group of the same displayName is refused",
        needs: &["group-create"],
        severity: Severity::Fault,
        sent: "POST /Groups with the same body again",
        expected: "409",
        source: MICROSOFT,
        entra: "two groups of one name, then DuplicateTargetEntries: the group is not provisioned any more",
        remedy: "keep displayName unique, as Entra ID matches groups by it, and answer 409",
        run: |visit| Box::pin(duplicate(visit)),
    },
    Check {
        name: "find-group",
        title: "a group is found by displayName, whatever its case",
        needs: &["group-create"],
        severity: Severity::Fault,
        sent: "GET /Groups?excludedAttributes=members&filter=displayName eq \"…\", as it was sent and in capitals",
        expected: "200, totalResults 1 and the group, both times",
        source: MICROSOFT,
        entra: "Entra ID does not find the group, creates it again in every cycle and gets EntryConflict or a second group",
        remedy: "filter on displayName of groups without regard to case",
        run: |visit| Box::pin(find(visit)),
    },
    Check {
        name: "group-rename",
        title: "a group is renamed",
        needs: &["group-create"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: Replace displayName",
        expected: "200 or 204, and GET shows the new displayName",
        source: MICROSOFT,
        entra: "the action Update with the status Failure; the group keeps its old name",
        remedy: "support PATCH on groups",
        run: |visit| Box::pin(rename(visit)),
    },
    Check {
        name: "users-many",
        title: "many users are created at the same time",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "POST /Users for each member of the large group, eight at a time; Retry-After is honoured",
        expected: "201 for each, each with an id of its own",
        source: "RFC 7644 section 3.3; Entra ID's 25 requests a second",
        entra: "users come late or not at all: TooManyRequests, Timeout or InternalServerError in the log",
        remedy: "serve at least 25 requests a second for each tenant; answer 429 with Retry-After beyond that",
        run: |visit| Box::pin(many_users(visit)),
    },
    Check {
        name: "group-with-members",
        title: "a group is created with members",
        needs: &["group-create", "users-many"],
        severity: Severity::Fault,
        sent: "POST /Groups with two members",
        expected: "201 (200 is tolerated), and GET shows both",
        source: "RFC 7644 section 3.3",
        entra: "members are missing until a later cycle adds them",
        remedy: "store the members of a POST",
        run: |visit| Box::pin(with_members(visit)),
    },
];

async fn create(visit: &Visit) -> Told {
    let body = visit.group("group");
    let answer = visit.create(GROUPS, body).await?.is(&[200, 201])?;
    let (group, _) = answer.resource()?;
    at_least("", group, &json!({"displayName": visit.name("group")}))
}

async fn foreign_schema(visit: &Visit) -> Told {
    let mut body = visit.group("foreign");
    if let Some(Value::Array(schemas)) = body.get_mut("schemas") {
        schemas.push(ENTRA_GROUP.into());
    }
    visit
        .create(GROUPS, body)
        .await?
        .is(&[200, 201])
        .map(|_| ())
}

async fn duplicate(visit: &Visit) -> Told {
    visit.plain_group("twin").await?;
    let answer = visit.create(GROUPS, visit.group("twin")).await?;
    answer.is(&[409]).map(|_| ())
}

async fn find(visit: &Visit) -> Told {
    let group = visit.plain_group("sought").await?;
    let name = visit.name("sought");
    for name in [name.clone(), name.to_uppercase()] {
        let call = Call::get(GROUPS).query("excludedAttributes", "members");
        let call = call.filter(format!("displayName eq \"{name}\""));
        let list = visit.list(&call).await?;
        list.is_only(&format!("`{call}`"), &group)?;
    }
    Ok(())
}

async fn rename(visit: &Visit) -> Told {
    let group = visit.plain_group("renamed").await?;
    let name = visit.name("renamed-new");
    let operations = json!([{"op": "Replace", "path": "displayName", "value": name}]);
    let group = visit.patched(GROUPS, &group, &operations).await?;
    let seen = group.get("displayName").unwrap_or(&Value::Null);
    same("displayName", seen, &json!(name))
}

async fn many_users(visit: &mut Visit) -> Told {
    let labels: Vec<String> = (1..=visit.members)
        .map(|number| format!("{number:04}"))
        .collect();
    visit.crowd = visit.plain_users(&labels).await?;
    let mut ids = visit.crowd.clone();
    ids.sort_unstable();
    ids.dedup();
    same(
        "the number of ids",
        &json!(ids.len()),
        &json!(visit.members),
    )
}

async fn with_members(visit: &Visit) -> Told {
    let members = [visit.one(0)?, visit.one(1)?];
    let mut body = visit.group("filled");
    if let Some(body) = body.as_object_mut() {
        body.insert("members".to_owned(), references(&members).into());
    }
    let answer = visit.create(GROUPS, body).await?.is(&[200, 201])?;
    let group = visit.read(GROUPS, answer.resource()?.1).await?;
    let seen = values(&group, "members");
    if members
        .iter()
        .all(|member| seen.iter().any(|id| id == member))
    {
        return Ok(());
    }
    Err(Halt::seen(format!(
        "members expected: 2, listed: {}",
        seen.len()
    )))
}
