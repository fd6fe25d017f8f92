//! The end of users and groups, and what must end with them.

use serde_json::json;

use crate::doctor::call::{Call, GROUPS, USERS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::compare::same;
use crate::doctor::visit::{Visit, values};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "user-delete",
        title: "a user is deleted",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "DELETE /Users/{id}",
        expected: "204",
        source: "RFC 7644 section 3.6",
        entra: "the action Delete with the status Failure, 30 days after the user was deleted in Entra ID",
        remedy: "support DELETE and answer 204",
        run: |visit| Box::pin(delete_user(visit)),
    },
    Check {
        name: "user-deleted",
        title: "a deleted user is gone",
        needs: &["user-delete"],
        severity: Severity::Fault,
        sent: "DELETE /Users/{id}, then GET /Users/{id} and the filter on its userName",
        expected: "404, and 200 with an empty list",
        source: "RFC 7644 section 3.6",
        entra: "a person who comes back is matched with a dead account: updates end with Failure in every cycle",
        remedy: "answer 404 for what was deleted and leave it out of lists, also when it is kept internally",
        run: |visit| Box::pin(deleted(visit)),
    },
    Check {
        name: "user-delete-again",
        title: "a second deletion is 404",
        needs: &["user-delete"],
        severity: Severity::Warning,
        sent: "DELETE /Users/{id} twice",
        expected: "204, then 404",
        source: "RFC 7644 section 3.6",
        entra: "a Delete that was repeated is Failure instead of done",
        remedy: "answer 404 for what was deleted",
        run: |visit| Box::pin(delete_again(visit)),
    },
    Check {
        name: "user-name-free",
        title: "a deleted user's userName can be used again",
        needs: &["user-delete"],
        severity: Severity::Fault,
        sent: "DELETE /Users/{id}, then POST /Users with its userName",
        expected: "201",
        source: "RFC 7644 section 3.6",
        entra: "EntryConflict for a person who was deleted and comes back",
        remedy: "let go of the userName when the user is deleted",
        run: |visit| Box::pin(name_free(visit)),
    },
    Check {
        name: "deleted-leaves-group",
        title: "a deleted user is no longer in its group",
        needs: &["user-delete", "member-add"],
        severity: Severity::Fault,
        sent: "DELETE /Users/{id} of a member, then GET /Groups/{id}",
        expected: "the group without that member",
        source: "RFC 7643 section 4.2",
        entra: "groups with members nobody knows; who gets an old id gets its rights",
        remedy: "take a user out of its groups when it is deleted",
        run: |visit| Box::pin(leaves_group(visit)),
    },
    Check {
        name: "group-delete",
        title: "a group is deleted and gone",
        needs: &["group-create"],
        severity: Severity::Fault,
        sent: "DELETE /Groups/{id}, then GET /Groups/{id}",
        expected: "204, then 404",
        source: "RFC 7644 section 3.6",
        entra: "the action Delete with the status Failure; groups that were unassigned stay",
        remedy: "support DELETE on groups, answer 204, and 404 afterwards",
        run: |visit| Box::pin(delete_group(visit)),
    },
    Check {
        name: "deleted-group-leaves-user",
        title: "a deleted group is no longer shown by its members",
        needs: &["group-delete", "user-groups"],
        severity: Severity::Warning,
        sent: "DELETE /Groups/{id}, then GET /Users/{id} of a member",
        expected: "`groups` without that group",
        source: "RFC 7643 section 4.1.2",
        entra: "nothing; who reads users sees a group that is no more",
        remedy: "answer `groups` from the groups that are there",
        run: |visit| Box::pin(leaves_user(visit)),
    },
];

/// Creates and deletes a user; its id.
async fn gone(visit: &Visit, label: &str) -> Told<String> {
    let user = visit.plain_user(label).await?;
    visit.delete(USERS, &user).await?.is(&[204])?;
    Ok(user)
}

async fn delete_user(visit: &Visit) -> Told {
    gone(visit, "deleted").await.map(|_| ())
}

async fn deleted(visit: &Visit) -> Told {
    let label = "buried";
    let user = gone(visit, label).await?;
    let answer = visit.scim.send(&Call::get(USERS).id(&user)).await?;
    if answer.is_success() {
        visit.ledger.restore(USERS, &visit.address(label), &user);
    }
    answer.is(&[404])?;
    let call = Call::get(USERS).filter(format!("userName eq \"{}\"", visit.address(label)));
    let list = visit.list(&call).await?;
    same(
        &format!("the totalResults of `{call}`"),
        &json!(list.total_results),
        &json!(0),
    )
}

async fn delete_again(visit: &Visit) -> Told {
    let user = gone(visit, "deleted-twice").await?;
    visit.delete(USERS, &user).await?.is(&[404]).map(|_| ())
}

async fn name_free(visit: &Visit) -> Told {
    gone(visit, "reborn").await?;
    visit.plain_user("reborn").await.map(|_| ())
}

async fn leaves_group(visit: &Visit) -> Told {
    let user = visit.plain_user("parting").await?;
    let group = visit.group_of("parted", &[&user]).await?;
    visit.delete(USERS, &user).await?.is(&[204])?;
    if visit.members_of(&group).await?.contains(&user) {
        return Err(Halt::seen("the group still lists the deleted user"));
    }
    Ok(())
}

async fn delete_group(visit: &Visit) -> Told {
    let group = visit.plain_group("deleted").await?;
    visit.delete(GROUPS, &group).await?.is(&[204])?;
    let answer = visit.scim.send(&Call::get(GROUPS).id(&group)).await?;
    if answer.is_success() {
        visit.ledger.restore(GROUPS, &visit.name("deleted"), &group);
    }
    answer.is(&[404]).map(|_| ())
}

async fn leaves_user(visit: &Visit) -> Told {
    let user = visit.plain_user("left-behind").await?;
    let group = visit.group_of("dissolved", &[&user]).await?;
    visit.delete(GROUPS, &group).await?.is(&[204])?;
    let user = visit.read(USERS, &user).await?;
    if values(&user, "groups").contains(&group) {
        return Err(Halt::seen("`groups` still holds the deleted group"));
    }
    Ok(())
}
