//! What an administrator does about a realm and its keys, and what the realm's
//! clients notice of it.

mod changes;
mod ending;
mod guard;
mod keys;
mod limits;

use muster::embedded::Embedded;
use muster_tests::table::{Item, partition};
use muster_tests::{Answer, Realm, Server};
use serde_json::Value;

/// A request about the realm below its own path of the administration.
async fn about(
    realm: &Realm,
    server: &Server,
    method: &str,
    below: &str,
    body: Option<Value>,
) -> Answer {
    let path = format!("/admin/v1/realms/{}{below}", realm.name);
    realm.admin(server, method, &path, body).await
}

/// The realm changed by its administrator, as it then is.
async fn changed(realm: &Realm, server: &Server, change: Value) -> Value {
    let answer = about(realm, server, "PATCH", "", Some(change)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The events of a realm that have this action, the oldest first.
async fn events(embedded: &Embedded, realm: &str, action: &str) -> Vec<Item> {
    let mut events = partition(embedded, &format!("R#{realm}#EV")).await;
    events.retain(|event| text(event, "a") == action);
    events
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map_or("", String::as_str)
}
