//! A group that changes while it is read: its attributes, its members and its tag
//! are always those of one moment.

use super::{Faulty, Plan};
use muster::embedded::{CallInfo, Fault};
use muster_tests::json::values;
use muster_tests::{Answer, Call, Realm, urn};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a reader is held between a group and its members: enough for a change.
const HOLD: Duration = Duration::from_millis(1_500);

const NAMES: [&str; 2] = ["a", "b"];

/// A group that is called after its one member.
struct Two {
    realm: Realm,
    users: [String; 2],
    group: String,
}

impl Two {
    async fn new(faulty: &Faulty, name: &str) -> Self {
        let realm = faulty.realm(name).await;
        let users = [realm.user(NAMES[0]).await, realm.user(NAMES[1]).await];
        let group = realm.group(NAMES[0], &[&users[0]]).await;
        Self {
            realm,
            users,
            group,
        }
    }

    fn path(&self) -> String {
        format!("/Groups/{}", self.group)
    }

    /// The change to the other name and the other member, one transaction.
    fn change(&self, n: usize) -> Call {
        let operations = json!([
            {"op": "replace", "path": "displayName", "value": NAMES[n]},
            {"op": "add", "path": "members", "value": [{"value": self.users[n]}]},
            {"op": "remove", "path": "members", "value": [{"value": self.users[1 - n]}]},
        ]);
        let body = json!({"schemas": [urn::PATCH], "Operations": operations});
        Call::new("PATCH", &self.path()).json(&body)
    }

    /// That a resource shows the group of one moment.
    #[track_caller]
    fn check(&self, group: &Value) {
        let n = usize::from(group["displayName"] == NAMES[1]);
        assert_eq!(
            values(group, "members"),
            [self.users[n].as_str()],
            "{group}"
        );
    }

    async fn send(&self, call: Call) -> Answer {
        self.realm.send(call).await
    }
}

fn reads_members(call: &CallInfo) -> bool {
    call.operation == "Query" && call.keys.iter().any(|key| key.pk.contains("#M#"))
}

/// Holds the first reader of members.
fn hold_the_first() -> Plan {
    let mut held = false;
    Box::new(move |call| {
        if held || !reads_members(call) {
            return Fault::None;
        }
        held = true;
        Fault::Latency(HOLD)
    })
}

/// Sends a request while another one stands between a group and its members; the
/// other's answer.
async fn crossed(faulty: &Faulty, two: &Two, reader: Call, writer: Call) -> Answer {
    faulty.plan(hold_the_first());
    let write = async {
        while faulty.desk.lock().unwrap().fired == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        two.send(writer).await.is(204);
    };
    let (read, ()) = tokio::join!(two.send(reader), write);
    faulty.calm();
    read
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_shown_as_it_was_at_one_moment() {
    let faulty = Faulty::patient();
    let two = Two::new(&faulty, "moments").await;
    let by_type = "/Groups?filter=members.type eq \"User\"";
    let search = json!({"schemas": [urn::SEARCH], "sortBy": "members.value"});
    let search = Call::new("POST", "/.search").json(&search);
    let mut n = 0;
    for reader in [
        Call::get(&two.path()),
        Call::get("/Groups"),
        Call::get(by_type),
        search,
    ] {
        n = 1 - n;
        let answer = crossed(&faulty, &two, reader, two.change(n)).await;
        let body = answer.is(200);
        let group = match body["Resources"].as_array() {
            Some(all) => all.iter().find(|it| it["id"] == json!(two.group)).unwrap(),
            None => &body,
        };
        two.check(group);
        assert_eq!(group["displayName"], NAMES[n], "it was not read again");
        let tag = two.send(Call::get(&two.path())).await;
        assert_eq!(group["meta"]["version"], tag.header("etag"), "{answer:?}");
    }
    // What a GET is conditioned on is what it shows.
    let before = two.send(Call::get(&two.path())).await;
    let reader = Call::get(&two.path()).header("if-match", before.header("etag"));
    crossed(&faulty, &two, reader, two.change(1 - n))
        .await
        .is(412);
    // So does the answer to a change.
    let path = format!("{}?attributes=displayName,members", two.path());
    let title = json!([{"op": "replace", "path": "externalId", "value": "x"}]);
    let title = json!({"schemas": [urn::PATCH], "Operations": title});
    let own = Call::new("PATCH", &path).json(&title);
    two.check(&crossed(&faulty, &two, own, two.change(n)).await.is(200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_is_deleted_while_it_is_read_is_not_there() {
    let faulty = Faulty::patient();
    for (list, status) in [(None, 404), (Some("/Groups"), 200)] {
        let two = Two::new(&faulty, &format!("gone-{status}")).await;
        let reader = Call::get(list.unwrap_or(&two.path()));
        let delete = Call::new("DELETE", &two.path());
        let answer = crossed(&faulty, &two, reader, delete).await;
        let body = answer.is(status);
        if list.is_some() {
            assert_eq!(
                (&body["Resources"], &body["itemsPerPage"]),
                (&json!([]), &json!(0))
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_cannot_read_a_restless_group_may_come_back() {
    let faulty = Faulty::new(Duration::from_secs(3));
    let two = Two::new(&faulty, "restless").await;
    faulty.plan(Box::new(|call| match reads_members(call) {
        true => Fault::Latency(Duration::from_millis(300)),
        false => Fault::None,
    }));
    let reader = two.send(Call::get(&two.path()));
    tokio::pin!(reader);
    let mut n = 0;
    let answer = loop {
        n = 1 - n;
        tokio::select! {
            answer = &mut reader => break answer,
            change = two.send(two.change(n)) => assert_eq!(change.status, 204, "{change:?}"),
        }
    };
    answer.is(503);
    assert_eq!(answer.header("retry-after"), "1");
    faulty.calm();
    two.check(&two.send(Call::get(&two.path())).await.is(200));
}
