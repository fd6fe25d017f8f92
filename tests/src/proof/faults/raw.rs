//! A realm as it stands in the table, without what is of one moment: when two are
//! the same, so is all that can be seen of them, and all that holds between their
//! items. It is quick, and two may differ that are the same to everybody.

use super::world::partition;
use muster::embedded::Embedded;
use serde_json::Value;
use std::collections::BTreeMap;

/// What an item tells of one moment: the event that wrote it, when that was.
const PASSING: [&str; 4] = ["pk", "ev", "modified", "created"];

/// A realm's items.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    items: BTreeMap<(String, String), Value>,
    /// How many events of each kind and action.
    events: BTreeMap<String, usize>,
}

impl Raw {
    /// Reads a realm with these partitions of memberships.
    pub async fn read(table: &Embedded, realm: &str, edges: &[String]) -> Self {
        let mut items = BTreeMap::new();
        let parts = ["REALM", "U", "G", "UQ", "IX", "N", "GUARD", "J"];
        for part in parts.into_iter().chain(edges.iter().map(String::as_str)) {
            for mut item in partition(table, &format!("R#{realm}#{part}")).await {
                let sk = item["sk"]["S"].as_str().unwrap().to_owned();
                // A change that was not made leaves chunks that go by themselves.
                if sk.starts_with("CHUNK#") && item.get("ttl").is_some() {
                    continue;
                }
                if let Some(item) = item.as_object_mut() {
                    item.retain(|name, _| !PASSING.contains(&name.as_str()));
                    item.values_mut().for_each(sort);
                }
                items.insert((part.to_owned(), sk), item);
            }
        }
        let fresh = partition(table, &format!("R#{realm}x#REALM")).await;
        items.extend(fresh.into_iter().map(|item| {
            let sk = item["sk"]["S"].as_str().unwrap().to_owned();
            (("x".to_owned(), sk), item)
        }));
        let mut events = BTreeMap::new();
        for event in partition(table, &format!("R#{realm}#EV")).await {
            let word = |name: &str| event[name]["S"].as_str().unwrap_or_default().to_owned();
            let kind = word("k");
            if !["refusal", "authentication"].contains(&kind.as_str()) {
                *events.entry(format!("{kind}/{}", word("a"))).or_default() += 1;
            }
        }
        Self { items, events }
    }
}

/// Sets come in any order.
fn sort(value: &mut Value) {
    for set in ["BS", "SS", "NS"] {
        if let Some(list) = value.get_mut(set).and_then(Value::as_array_mut) {
            list.sort_by_key(ToString::to_string);
        }
    }
}
