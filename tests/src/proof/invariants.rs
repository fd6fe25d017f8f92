//! What holds between the items of a realm when nobody works in it: read item by
//! item, and compared here without the server's code; beside it what
//! `muster verify` finds, which also knows the hashes in the keys.

use crate::table::{Item, findings, partition};
use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::Embedded;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What is in a realm.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// What does not hold; empty, if all is well.
    pub faults: Vec<String>,
    /// How many users there are.
    pub users: usize,
    /// How many groups.
    pub groups: usize,
    /// How many memberships.
    pub edges: usize,
    /// How many events of each kind and action, as `write/create`.
    pub events: BTreeMap<String, usize>,
}

impl Look {
    /// How many events of accepted writes there are: refusals and strangers are none.
    pub fn writes(&self) -> usize {
        let refused = ["refusal/", "authentication/", "guard/", "key/"];
        self.events
            .iter()
            .filter(|(name, _)| !refused.iter().any(|kind| name.starts_with(kind)))
            .map(|(_, n)| n)
            .sum()
    }
}

/// What does not hold in the realm, in words; nothing, when all is well.
pub async fn broken(table: &Embedded, realm: &str) -> Vec<String> {
    look(table, realm).await.faults
}

/// Looks at a realm.
pub async fn look(table: &Embedded, realm: &str) -> Look {
    let mut view = View::read(table, realm).await;
    view.claims();
    view.edges().await;
    view.counters();
    view.jobs();
    view.events();
    view.verify().await;
    view.look
}

/// A realm's items, and what was found.
struct View<'a> {
    table: &'a Embedded,
    realm: &'a str,
    users: BTreeMap<Uuid, Item>,
    groups: BTreeMap<Uuid, Item>,
    look: Look,
    claims: Vec<Item>,
    indexes: Vec<Item>,
    counters: Vec<Item>,
    jobs: Vec<Item>,
    events: Vec<Item>,
}

impl<'a> View<'a> {
    async fn read(table: &'a Embedded, realm: &'a str) -> Self {
        let part = async |name: &str| partition(table, &format!("R#{realm}#{name}")).await;
        let by_id = |items: Vec<Item>| {
            let by_id = items.into_iter().map(|item| (id_of(&item["sk"]), item));
            by_id.collect::<BTreeMap<_, _>>()
        };
        let (users, groups) = (by_id(part("U").await), by_id(part("G").await));
        let look = Look {
            users: users.len(),
            groups: groups.len(),
            ..Look::default()
        };
        Self {
            table,
            realm,
            users,
            groups,
            look,
            claims: part("UQ").await,
            indexes: part("IX").await,
            counters: part("N").await,
            jobs: part("J").await,
            events: part("EV").await,
        }
    }

    fn fault(&mut self, fault: String) {
        self.look.faults.push(format!("{}: {fault}", self.realm));
    }

    fn exists(&self, id: &Uuid) -> bool {
        self.users.contains_key(id) || self.groups.contains_key(id)
    }

    /// Every resource has exactly one claim, and every claim and index entry a resource.
    fn claims(&mut self) {
        let mut held: BTreeMap<Uuid, usize> = BTreeMap::new();
        for claim in std::mem::take(&mut self.claims) {
            let id = id_of(&claim["id"]);
            *held.entry(id).or_default() += 1;
            if !self.exists(&id) {
                self.fault(format!("the claim {:?} is held by nobody", claim["sk"]));
            }
        }
        let ids: Vec<Uuid> = self
            .users
            .keys()
            .chain(self.groups.keys())
            .copied()
            .collect();
        for id in ids {
            let claims = held.get(&id).copied().unwrap_or_default();
            if claims != 1 {
                self.fault(format!("{id} holds {claims} names"));
            }
        }
        for entry in std::mem::take(&mut self.indexes) {
            let id = id_of(&entry["id"]);
            if !self.exists(&id) {
                self.fault(format!("the index entry {:?} leads to nobody", entry["sk"]));
            }
        }
    }

    /// `memberOf` is the inverse of the edges, and `mv` moves with it. Of deleted
    /// groups, which the record names, no edge is left.
    async fn edges(&mut self) {
        let mut edges = BTreeSet::new();
        let mut groups: BTreeSet<Uuid> = self.groups.keys().copied().collect();
        // Of users there are no edges; one query more finds none.
        groups.extend(
            self.events
                .iter()
                .filter_map(|event| event.get("id").map(id_of)),
        );
        for group in groups {
            let pk = format!("R#{}#M#{group}", self.realm);
            for edge in partition(self.table, &pk).await {
                edges.insert((group, id_of(&edge["sk"])));
            }
        }
        self.look.edges = edges.len();
        for (group, member) in &edges {
            if !self.groups.contains_key(group) {
                self.fault(format!("{group} is gone and still has the member {member}"));
            }
            if !self.exists(member) {
                self.fault(format!("{member} is gone and still a member of {group}"));
            }
        }
        let mut inverse = BTreeSet::new();
        for (id, item) in self.users.iter().chain(&self.groups) {
            inverse.extend(groups_of(item).into_iter().map(|group| (group, *id)));
        }
        // A group that is gone may be named still: its own item is the truth.
        let inverse: BTreeSet<_> = inverse
            .into_iter()
            .filter(|(group, _)| self.groups.contains_key(group))
            .collect();
        for (group, member) in edges.difference(&inverse) {
            self.fault(format!("{member} does not know that it is in {group}"));
        }
        for (group, member) in inverse.difference(&edges) {
            self.fault(format!("{member} believes that it is in {group}"));
        }
    }

    /// Each leaf counts the resources whose ids begin with its twelve bits, each item its leaves.
    fn counters(&mut self) {
        let mut expected: BTreeMap<(String, String), i64> = BTreeMap::new();
        for (kind, resources) in [("U", &self.users), ("G", &self.groups)] {
            for id in resources.keys() {
                let bits = u16::from_be_bytes([id.as_bytes()[0], id.as_bytes()[1]]) >> 4;
                let item = format!("{kind}#{:02x}", bits >> 6);
                *expected
                    .entry((item.clone(), format!("l{:02x}", bits & 0x3f)))
                    .or_default() += 1;
                *expected.entry((item, "t".to_owned())).or_default() += 1;
            }
        }
        let mut counted = BTreeMap::new();
        for item in std::mem::take(&mut self.counters) {
            let name = item["sk"].as_s().unwrap().clone();
            for (leaf, count) in item
                .iter()
                .filter(|(leaf, _)| !["pk", "sk", "f"].contains(&leaf.as_str()))
            {
                let Ok(Ok(count)) = count.as_n().map(|count| count.parse::<i64>()) else {
                    continue;
                };
                if count != 0 {
                    counted.insert((name.clone(), leaf.clone()), count);
                }
            }
        }
        if counted != expected {
            self.fault(format!("counted {counted:?}, there are {expected:?}"));
        }
    }

    /// No job is left. Chunks of a change that was never committed go by their `ttl`.
    fn jobs(&mut self) {
        for item in std::mem::take(&mut self.jobs) {
            let name = item["sk"].as_s().unwrap().clone();
            if !name.starts_with("CHUNK#") || !item.contains_key("ttl") {
                self.fault(format!("{name} is left"));
            }
        }
        let working: Vec<Uuid> = self
            .groups
            .iter()
            .filter(|(_, group)| group.contains_key("job"))
            .map(|(id, _)| *id)
            .collect();
        for group in working {
            self.fault(format!("{group} waits for a job"));
        }
    }

    /// Each document's last event is on record.
    fn events(&mut self) {
        let mut known = BTreeSet::new();
        for event in std::mem::take(&mut self.events) {
            known.insert(id_of(&event["sk"]));
            let word = |name| event.get(name).and_then(|it| it.as_s().ok()).cloned();
            let name = format!(
                "{}/{}",
                word("k").unwrap_or_default(),
                word("a").unwrap_or_default()
            );
            *self.look.events.entry(name).or_default() += 1;
        }
        let last: Vec<(Uuid, Uuid)> = self
            .users
            .iter()
            .chain(&self.groups)
            .filter_map(|(id, item)| Some((*id, id_of(item.get("ev")?))))
            .collect();
        for (id, event) in last {
            if !known.contains(&event) {
                self.fault(format!(
                    "{id} was changed by {event}, which is not on record"
                ));
            }
        }
    }

    async fn verify(&mut self) {
        let found = match findings(self.table, self.realm).await {
            Ok((_, found)) => found.iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        };
        found.into_iter().for_each(|finding| self.fault(finding));
    }
}

/// An id as text, or as sixteen bytes.
fn id_of(value: &AttributeValue) -> Uuid {
    match value {
        AttributeValue::S(text) => text.parse().unwrap(),
        AttributeValue::B(bytes) => Uuid::from_slice(bytes.as_ref()).unwrap(),
        _ => panic!("{value:?} is no id"),
    }
}

fn groups_of(item: &Item) -> Vec<Uuid> {
    let Some(AttributeValue::Bs(groups)) = item.get("memberOf") else {
        return Vec::new();
    };
    groups
        .iter()
        .map(|id| Uuid::from_slice(id.as_ref()).unwrap())
        .collect()
}
