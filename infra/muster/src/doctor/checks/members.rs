//! Who is in a group: added, removed, replaced, in every form in use.

use serde_json::{Value, json};
use uuid::Uuid;

use super::MICROSOFT;
use crate::doctor::call::{Call, GROUPS, USERS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::compare::same;
use crate::doctor::visit::{Visit, references, values};

const STAY: &str =
    "who was taken out of a group stays in it in the application, with all its rights";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "member-add",
        title: "members are added",
        needs: &["group-create", "users-many"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: Add members [{\"$ref\": null, \"value\": \"id\"}], one, then another two",
        expected: "200 or 204, and GET shows all three",
        source: MICROSOFT,
        entra: "the group in the application lacks members: the action Update with the status Failure",
        remedy: "accept an array of members in Add, `$ref` null and no `type` included, and keep those who are there",
        run: |visit| Box::pin(add(visit)),
    },
    Check {
        name: "member-add-twice",
        title: "a member added twice is there once",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: the same Add a second time",
        expected: "200 or 204, and GET shows the member once",
        source: "RFC 7644 section 3.5.2.1",
        entra: "Update with the status Failure each time an unchanged member is sent again, or a member twice in the application",
        remedy: "treat members as a set: what is there already is no error and no second entry",
        run: |visit| Box::pin(add_twice(visit)),
    },
    Check {
        name: "member-asked",
        title: "whether somebody is a member can be asked",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "GET /Groups?filter=id eq \"G\" and members eq \"U\"&excludedAttributes=members, for a member and for another",
        expected: "200 with the group for the member, 200 with nothing for the other",
        source: MICROSOFT,
        entra: "memberships are written again in every cycle or never removed",
        remedy: "support id and members (which is members.value) in filters with `and`",
        run: |visit| Box::pin(asked(visit)),
    },
    Check {
        name: "exclude-members",
        title: "`excludedAttributes=members` leaves the members out",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "GET /Groups/{id}?excludedAttributes=members",
        expected: "200 and the group without `members`, not even an empty list",
        source: MICROSOFT,
        entra: "SystemForCrossDomainIdentityManagementMultipleEntriesInResponse: the group is not updated",
        remedy: "support excludedAttributes on groups",
        run: |visit| Box::pin(excluded(visit)),
    },
    Check {
        name: "user-groups",
        title: "a user shows its groups",
        needs: &["member-add"],
        severity: Severity::Warning,
        sent: "GET /Users/{id} of a member",
        expected: "200, and `groups` holds the group",
        source: "RFC 7643 section 4.1.2",
        entra: "nothing; who reads users (other clients, the application's own screens) sees nobody in any group",
        remedy: "answer `groups` from the memberships",
        run: |visit| Box::pin(user_groups(visit)),
    },
    Check {
        name: "member-remove-values",
        title: "Remove with a list of values removes those and no other",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: Remove members [{\"$ref\": null, \"value\": \"id\"}] from a group of three",
        expected: "200 or 204, and GET shows the other two",
        source: MICROSOFT,
        entra: "the group in the application loses all its members, or keeps the one that was removed",
        remedy: "when Remove has a value, remove what it lists; only without one everything under the path goes",
        run: |visit| Box::pin(remove_values(visit)),
    },
    Check {
        name: "member-remove-filter",
        title: "Remove with a filter removes exactly that member",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: remove members[value eq \"id\"] from a group of three",
        expected: "200 or 204, and GET shows the other two",
        source: "RFC 7644 section 3.5.2.2; with `?aadOptscim062020`",
        entra: STAY,
        remedy: "support a value filter in the path of Remove",
        run: |visit| Box::pin(remove_filter(visit)),
    },
    Check {
        name: "members-replace",
        title: "Replace sets exactly the members it lists",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: Replace members of a group of two by one of them and a third",
        expected: "200 or 204, and GET shows those two",
        source: "RFC 7644 section 3.5.2.3",
        entra: STAY,
        remedy: "let Replace on members set the whole list",
        run: |visit| Box::pin(replace(visit)),
    },
    Check {
        name: "member-add-and-remove",
        title: "a rename, an Add and a Remove go together",
        needs: &["member-remove-values"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: Replace displayName, Add members and Remove members in one request",
        expected: "200 or 204, and GET shows all three changes",
        source: MICROSOFT,
        entra: "the action Update with the status Failure, or members that do not change",
        remedy: "apply the operations of one request in their order",
        run: |visit| Box::pin(add_and_remove(visit)),
    },
    Check {
        name: "member-unknown",
        title: "somebody unknown does not keep the others out",
        needs: &["member-add"],
        severity: Severity::Warning,
        sent: "PATCH /Groups/{id}: Add members: one that exists and a random GUID",
        expected: "200 or 204, and GET shows the one that exists",
        source: "RFC 7644 section 3.5.2 leaves it open; Okta never sends such a request again",
        entra: "one user deleted in the application keeps every other change of that request out",
        remedy: "leave an unknown member out and take the others",
        run: |visit| Box::pin(unknown(visit)),
    },
    Check {
        name: "disable-keeps-groups",
        title: "who is disabled and enabled again is still in the group",
        needs: &["member-add", "enable"],
        severity: Severity::Fault,
        sent: "PATCH /Users/{id}: active \"False\", then \"True\", for a member",
        expected: "GET shows the member in the group",
        source: MICROSOFT,
        entra: "who comes back is enabled but in no group; Entra ID does not send unchanged memberships again",
        remedy: "keep memberships when a user is disabled",
        run: |visit| Box::pin(disable_keeps(visit)),
    },
];

fn patch(op: &str, path: &str, value: impl Into<Value>) -> Value {
    json!([{"op": op, "path": path, "value": value.into()}])
}

/// Holds when a group has exactly these members, each once.
async fn has(visit: &Visit, group: &str, expected: &[&str]) -> Told {
    let seen = visit.members_of(group).await?;
    let mut expected: Vec<String> = expected.iter().map(|id| (*id).to_owned()).collect();
    expected.sort_unstable();
    if seen == expected {
        return Ok(());
    }
    let missing = expected.iter().filter(|id| !seen.contains(id)).count();
    Err(Halt::seen(format!(
        "of the members expected ({}), {missing} are missing; {} are listed",
        expected.len(),
        seen.len()
    )))
}

async fn add(visit: &Visit) -> Told {
    let (a, b, c) = (visit.one(0)?, visit.one(1)?, visit.one(2)?);
    let group = visit.group_of("added", &[a]).await?;
    let more = patch("Add", "members", references(&[b, c]));
    visit.patch(GROUPS, &group, &more).await?;
    has(visit, &group, &[a, b, c]).await
}

async fn add_twice(visit: &Visit) -> Told {
    let a = visit.one(0)?;
    let group = visit.group_of("twice", &[a]).await?;
    let again = patch("Add", "members", references(&[a]));
    visit.patch(GROUPS, &group, &again).await?;
    has(visit, &group, &[a]).await
}

async fn asked(visit: &Visit) -> Told {
    let (a, b) = (visit.one(0)?, visit.one(1)?);
    let group = visit.group_of("asked", &[a]).await?;
    let asked = |member: &str| {
        let filter = format!("id eq \"{group}\" and members eq \"{member}\"");
        let call = Call::get(GROUPS).filter(filter);
        call.query("excludedAttributes", "members")
    };
    let call = asked(a);
    let list = visit.list(&call).await?;
    list.is_only(&format!("`{call}`"), &group)?;
    let call = asked(b);
    let list = visit.list(&call).await?;
    same(
        &format!("the totalResults of `{call}`"),
        &json!(list.total_results),
        &json!(0),
    )
}

async fn excluded(visit: &Visit) -> Told {
    let group = visit.group_of("excluded", &[visit.one(0)?]).await?;
    let call = Call::get(GROUPS).id(&group);
    let call = call.query("excludedAttributes", "members");
    let answer = visit.scim.send(&call).await?.is(&[200])?;
    let (group, _) = answer.resource()?;
    match group.get("members") {
        None => Ok(()),
        Some(_) => Err(Halt::seen(format!("`{call}` answered `members`"))),
    }
}

async fn user_groups(visit: &Visit) -> Told {
    let a = visit.one(0)?;
    let group = visit.group_of("inverse", &[a]).await?;
    let user = visit.read(USERS, a).await?;
    if values(&user, "groups").contains(&group) {
        return Ok(());
    }
    Err(Halt::seen("`groups` of a member does not hold the group"))
}

async fn remove_values(visit: &Visit) -> Told {
    let (a, b, c) = (visit.one(0)?, visit.one(1)?, visit.one(2)?);
    let group = visit.group_of("removed-values", &[a, b, c]).await?;
    let remove = patch("Remove", "members", references(&[b]));
    visit.patch(GROUPS, &group, &remove).await?;
    has(visit, &group, &[a, c]).await
}

async fn remove_filter(visit: &Visit) -> Told {
    let (a, b, c) = (visit.one(0)?, visit.one(1)?, visit.one(2)?);
    let group = visit.group_of("removed-filter", &[a, b, c]).await?;
    let remove = json!([{"op": "remove", "path": format!("members[value eq \"{b}\"]")}]);
    visit.patch(GROUPS, &group, &remove).await?;
    has(visit, &group, &[a, c]).await
}

async fn replace(visit: &Visit) -> Told {
    let (a, b, c) = (visit.one(0)?, visit.one(1)?, visit.one(2)?);
    let group = visit.group_of("replaced", &[a, b]).await?;
    let replace = patch("Replace", "members", references(&[b, c]));
    visit.patch(GROUPS, &group, &replace).await?;
    has(visit, &group, &[b, c]).await
}

async fn add_and_remove(visit: &Visit) -> Told {
    let (a, b) = (visit.one(0)?, visit.one(1)?);
    let group = visit.group_of("mixed", &[a]).await?;
    let name = visit.name("mixed-new");
    let operations = json!([
        {"op": "Replace", "path": "displayName", "value": name},
        {"op": "Add", "path": "members", "value": references(&[b])},
        {"op": "Remove", "path": "members", "value": references(&[a])},
    ]);
    let changed = visit.patched(GROUPS, &group, &operations).await?;
    let seen = changed.get("displayName").unwrap_or(&Value::Null);
    same("displayName", seen, &json!(name))?;
    has(visit, &group, &[b]).await
}

async fn unknown(visit: &Visit) -> Told {
    let (a, nobody) = (visit.one(0)?, Uuid::new_v4().to_string());
    let group = visit.plain_group("unknown").await?;
    let add = patch("Add", "members", references(&[a, &nobody]));
    visit.patch(GROUPS, &group, &add).await?;
    let seen = visit.members_of(&group).await?;
    if seen.iter().any(|id| id == a) {
        return Ok(());
    }
    Err(Halt::seen("the one that exists was not added"))
}

async fn disable_keeps(visit: &Visit) -> Told {
    let user = visit.plain_user("on-leave").await?;
    let group = visit.group_of("keeping", &[&user]).await?;
    for active in ["False", "True"] {
        let change = patch("Replace", "active", active);
        visit.patch(USERS, &user, &change).await?;
    }
    has(visit, &group, &[&user]).await
}
