//! All that the server shows of a realm, told apart by the client who made it.

use super::known::{Group, Known, User};
use super::place::CROWD;
use crate::lean::message::read;
use crate::lean::{Connection, Result, Target};
use http::StatusCode;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// By client; `differences` gains what nobody can have made.
pub(super) async fn of(
    target: &Target,
    differences: &mut Vec<String>,
) -> Result<BTreeMap<usize, Known>> {
    let mut connection = Connection::open(target).await?;
    let mut shown: BTreeMap<usize, Known> = BTreeMap::new();
    let mut owners = HashMap::new();
    for user in all(&mut connection, "/Users?count=500").await? {
        let Some((client, number)) = made_by(&user, "-u") else {
            differences.push(format!("nobody has made {user}"));
            continue;
        };
        let read = User::read(&user);
        owners.insert(read.id.clone(), (client, number));
        let before = shown.entry(client).or_default().users.insert(number, read);
        if before.is_some() {
            differences.push(format!("there are two of {user}"));
        }
    }
    for group in all(&mut connection, "/Groups?count=100").await? {
        let crowd = group["externalId"] == CROWD;
        let maker = made_by(&group, "-g");
        if !crowd && maker.is_none() {
            differences.push(format!("nobody has made {group}"));
        }
        if let Some((client, number)) = maker {
            let text = |name: &str| group[name].as_str().unwrap_or_default().to_owned();
            let read = Group {
                id: text("id"),
                name: text("displayName"),
                ..Group::default()
            };
            shown.entry(client).or_default().groups.insert(number, read);
        }
        for member in group["members"].as_array().into_iter().flatten() {
            let id = member["value"].as_str().unwrap_or_default();
            let Some((client, user)) = owners.get(id).copied() else {
                differences.push(format!("{id} is a member of {} and no user", group["id"]));
                continue;
            };
            let known = shown.entry(client).or_default();
            let members = match maker {
                None => Some(&mut known.crowd),
                Some((owner, number)) if owner == client => known
                    .groups
                    .get_mut(&number)
                    .map(|group| &mut group.members),
                Some(_) => None,
            };
            match members {
                Some(members) => drop(members.insert(user)),
                None => differences.push(format!("{id} is in a group of another client")),
            }
        }
    }
    Ok(shown)
}

/// Client and number by the external id, `c{client}-u{number}`.
fn made_by(resource: &Value, kind: &str) -> Option<(usize, u32)> {
    let name = resource["externalId"].as_str()?.strip_prefix('c')?;
    let (client, number) = name.split_once(kind)?;
    Some((client.parse().ok()?, number.parse().ok()?))
}

/// Page by page.
async fn all(connection: &mut Connection, path: &str) -> Result<Vec<Value>> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let call = read(format!("{path}&cursor={cursor}"));
        let page = connection.send(call, StatusCode::OK).await?;
        let mut page: Value = serde_json::from_slice(&page)?;
        if let Value::Array(resources) = page["Resources"].take() {
            found.extend(resources);
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return Ok(found),
        }
    }
}
