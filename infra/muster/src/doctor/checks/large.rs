//! Where members get lost: requests that overlap, and groups that are large.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::MICROSOFT;
use crate::doctor::call::{Call, GROUPS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::visit::{ABREAST, Visit, references};

/// How often requests overlap before it is believed that they can.
const ROUNDS: usize = 3;
/// How many members go into one request while the large group is filled.
const CHUNK: usize = 40;
/// Longer for one member more or less is the cost of the group, not of the change.
const SLOW: Duration = Duration::from_secs(5);

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "members-concurrent",
        title: "members added at the same time are all there",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "eight PATCHes at the same time, each Adds one member to the same group; three times",
        expected: "200 or 204 for each, and GET shows all eight",
        source: "RFC 7644 section 3.5.2; Entra ID works in parallel",
        entra: "the group in the application loses members, and the log says Success",
        remedy: "write a change of members as a change, not as the whole list that was read before",
        run: |visit| Box::pin(concurrent(visit)),
    },
    Check {
        name: "large-group",
        title: "a large group is read whole",
        needs: &["member-add"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id}: Add 40 members at a time until all are in, then GET",
        expected: "GET shows every member",
        source: "RFC 7643 section 4.2",
        entra: "memberships beyond the limit are missing, or are taken away by the next change",
        remedy: "return all members or none; a list that is cut off silently is read as the whole",
        run: |visit| Box::pin(whole(visit)),
    },
    Check {
        name: "large-group-change",
        title: "one member more or less leaves the others where they are",
        needs: &["large-group", "member-remove-values"],
        severity: Severity::Fault,
        sent: "PATCH /Groups/{id} of the large group: Remove one member, then Add it again",
        expected: "200 or 204, and GET shows all but that one, then all",
        source: MICROSOFT,
        entra: "the group in the application loses members with every change",
        remedy: "write a change of members as a change, whatever the size of the group",
        run: |visit| Box::pin(change(visit)),
    },
    Check {
        name: "large-group-time",
        title: "one member more or less costs the same in a large group",
        needs: &["large-group"],
        severity: Severity::Warning,
        sent: "PATCH /Groups/{id} of the large group: Add one member",
        expected: "an answer within five seconds",
        source: "Entra ID's provision on demand gives up after 30 s",
        entra: "cycles that take hours, and Timeout in the log once groups are larger still",
        remedy: "let the cost of a PATCH follow the change and not the group",
        run: |visit| Box::pin(time(visit)),
    },
];

async fn concurrent(visit: &Visit) -> Told {
    let added: Vec<&String> = visit.crowd.iter().take(ABREAST).collect();
    for round in 1..=ROUNDS {
        let group = visit.plain_group(&format!("concurrent-{round}")).await?;
        let calls = added.iter().map(|id| {
            let operations = json!([{"op": "Add", "path": "members", "value": references(&[id])}]);
            Call::patch(GROUPS, &group, &operations)
        });
        for answer in visit.abreast(calls.collect()).await {
            answer?.is(&[200, 204])?;
        }
        let seen = visit.members_of(&group).await?;
        if seen.len() != added.len() {
            return Err(Halt::seen(format!(
                "{} additions at the same time were answered with success, and {} members are there",
                added.len(),
                seen.len()
            )));
        }
    }
    Ok(())
}

/// A group of all; its id.
async fn filled(visit: &Visit, label: &str) -> Told<String> {
    let group = visit.plain_group(label).await?;
    for chunk in visit.crowd.chunks(CHUNK) {
        let ids: Vec<&str> = chunk.iter().map(String::as_str).collect();
        let add = membership("Add", &ids);
        visit.patch(GROUPS, &group, &add).await?;
    }
    Ok(group)
}

fn membership(op: &str, ids: &[&str]) -> Value {
    json!([{"op": op, "path": "members", "value": references(ids)}])
}

/// Holds when a group has all of these.
async fn has<'a>(visit: &Visit, group: &str, expected: impl Iterator<Item = &'a String>) -> Told {
    let seen: BTreeSet<String> = visit.members_of(group).await?.into_iter().collect();
    let expected: BTreeSet<&String> = expected.collect();
    if seen.len() == expected.len() && seen.iter().all(|id| expected.contains(id)) {
        return Ok(());
    }
    Err(Halt::seen(format!(
        "members expected: {}, listed: {}",
        expected.len(),
        seen.len()
    )))
}

async fn whole(visit: &Visit) -> Told {
    let group = filled(visit, "large").await?;
    has(visit, &group, visit.crowd.iter()).await
}

async fn change(visit: &Visit) -> Told {
    let group = filled(visit, "changing").await?;
    let one = visit.one(0)?;
    let remove = membership("Remove", &[one]);
    visit.patch(GROUPS, &group, &remove).await?;
    has(visit, &group, visit.crowd.iter().skip(1)).await?;
    let add = membership("Add", &[one]);
    visit.patch(GROUPS, &group, &add).await?;
    has(visit, &group, visit.crowd.iter()).await
}

async fn time(visit: &Visit) -> Told {
    let group = filled(visit, "timed").await?;
    let late = visit.plain_user("late").await?;
    let start = Instant::now();
    let add = membership("Add", &[&late]);
    visit.patch(GROUPS, &group, &add).await?;
    let took = start.elapsed();
    if took <= SLOW {
        return Ok(());
    }
    Err(Halt::seen(format!(
        "one member more took {:.1} s in a group of {}",
        took.as_secs_f64(),
        visit.crowd.len()
    )))
}
