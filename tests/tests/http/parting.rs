//! A resource that is deleted from many groups, or from large ones, while others
//! write: it is gone from all of them, or nothing has happened.

use jiff::Timestamp;
use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Answer, Call, Realm, Server};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::sleep;

const BUDGET: Duration = Duration::from_secs(100);
/// More than one transaction takes a resource out of.
const MANY: usize = 60;

/// A server whose transactions on memberships and jobs take so many milliseconds.
struct Slow {
    server: Server,
    millis: Arc<AtomicU64>,
}

impl Slow {
    fn new() -> Self {
        let millis = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&millis);
        let hook = move |call: &CallInfo| {
            let is_slow = |pk: &str| pk.contains("#M#") || pk.ends_with("#J");
            let millis = told.load(Ordering::SeqCst);
            let slow = call.operation == "TransactWriteItems"
                && call.keys.iter().any(|key| is_slow(&key.pk));
            match slow && millis > 0 {
                true => Fault::Latency(Duration::from_millis(millis)),
                false => Fault::None,
            }
        };
        let table = Embedded::memory().unwrap().with_faults(Arc::new(hook));
        Self {
            server: Server::patient(table, BUDGET),
            millis,
        }
    }

    fn by(&self, millis: u64) {
        self.millis.store(millis, Ordering::SeqCst);
    }
}

/// The groups, each of which has this one member.
async fn groups_of(realm: &Realm, member: &str, number: usize) -> Vec<String> {
    let mut groups = Vec::new();
    for n in 0..number {
        groups.push(realm.group(&format!("{member}-{n}"), &[member]).await);
    }
    groups
}

async fn holders(realm: &Realm, groups: &[String], member: &str) -> usize {
    let mut holders = 0;
    for group in groups {
        let members = realm.members(group).await;
        holders += usize::from(members.iter().any(|it| it == member));
    }
    holders
}

fn at_once(realm: &Realm, call: Call) -> tokio::task::JoinHandle<Answer> {
    let realm = realm.clone();
    tokio::spawn(async move { realm.send(call).await })
}

fn patch(path: &str, operation: Value) -> Call {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
    let body = json!({"schemas": schemas, "Operations": [operation]});
    Call::new("PATCH", path).json(&body)
}

async fn deletions(server: &Server, realm: &Realm, id: &str) -> usize {
    let path = format!("/admin/v1/realms/{}/events?resource={id}", realm.name);
    let page = realm.admin(server, "GET", &path, None).await.is_admin(200);
    let events = page["events"].as_array().unwrap();
    let is_deletion = |event: &&Value| event["action"] == "delete" && event["status"] == 204;
    events.iter().filter(is_deletion).count()
}

async fn refused_or_done(slow: &Slow, realm: &Realm, path: &str, id: &str, change: Value) {
    for after in [100, 500, 900] {
        let groups = groups_of(realm, id, MANY).await;
        let etag = realm.get(path).await.header("etag").to_owned();
        slow.by(300);
        let delete = at_once(realm, Call::new("DELETE", path).header("if-match", &etag));
        sleep(Duration::from_millis(after)).await;
        let changed = realm.send(patch(path, change.clone())).await;
        let deleted = delete.await.unwrap();
        slow.by(0);
        let left = holders(realm, &groups, id).await;
        let told = deletions(&slow.server, realm, id).await;
        match deleted.status {
            204 => {
                assert_eq!((left, told), (0, 1), "after {after} ms");
                realm.get(path).await.is(404);
                return;
            }
            412 => {
                assert!(changed.status < 300, "{changed:?}");
                assert_eq!((left, told), (MANY, 0), "after {after} ms");
                for group in &groups {
                    realm.delete(&format!("/Groups/{group}")).await.is(204);
                }
            }
            _ => panic!("{deleted:?}"),
        }
    }
    panic!("it was never deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_deletion_of_a_user_has_taken_no_membership() {
    let slow = Slow::new();
    let realm = Realm::create(&slow.server, "p-user").await;
    let user = realm.user("u@example.net").await;
    let title = json!({"op": "replace", "path": "title", "value": "Other"});
    refused_or_done(&slow, &realm, &format!("/Users/{user}"), &user, title).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_deletion_of_a_group_has_taken_no_membership() {
    let slow = Slow::new();
    let realm = Realm::create(&slow.server, "p-group").await;
    let member = realm.user("u@example.net").await;
    let group = realm.group("Nested", &[&member]).await;
    let title = json!({"op": "replace", "path": "externalId", "value": "Other"});
    refused_or_done(&slow, &realm, &format!("/Groups/{group}"), &group, title).await;
    assert!(realm.groups(&member).await.is_empty());
}

/// A group whose document is so large.
async fn large(realm: &Realm, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let name = format!("{name}{}", "x".repeat(280_000));
    let body = json!({"displayName": name, "members": members});
    realm.post("/Groups?attributes=id", &body).await.created()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_groups_let_their_members_go() {
    let server = Server::patient(Embedded::memory().unwrap().with_stored_sizes(), BUDGET);
    let realm = Realm::create(&server, "p-large").await;
    let user = realm.user("u@example.net").await;
    let inner = large(&realm, "inner", &[&user]).await;
    for n in 0..20 {
        large(&realm, &format!("outer{n}."), &[&user, &inner]).await;
    }
    // More than fits by number, too.
    for n in 0..40 {
        realm.group(&format!("small{n}"), &[&inner]).await;
    }
    realm.delete(&format!("/Users/{user}")).await.is(204);
    let member = |id: &str| format!("members eq \"{id}\"");
    let left = realm.filter("/Groups", &member(&user)).await;
    assert!(left.resources().is_empty());
    assert!(realm.members(&inner).await.is_empty());
    realm.delete(&format!("/Groups/{inner}")).await.is(204);
    let list = realm.get("/Groups?count=100&attributes=members").await;
    let groups = list.resources();
    assert_eq!(groups.len(), 60);
    for group in groups {
        assert_eq!(group["members"], Value::Null, "{group}");
    }
}

async fn modified(realm: &Realm, path: &str) -> Timestamp {
    let shown = realm.get(&format!("{path}?attributes=meta")).await.is(200);
    shown["meta"]["lastModified"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

/// A slow call is begun, another one is answered, then the slow one is.
async fn goes_on(slow: &Slow, realm: &Realm, group: &str, call: Call, status: u16) {
    let path = format!("/Groups/{group}");
    let before = modified(realm, &path).await;
    slow.by(600);
    let other = at_once(realm, call);
    sleep(Duration::from_millis(250)).await;
    let rename = json!({"op": "replace", "path": "externalId", "value": before.to_string()});
    realm.send(patch(&path, rename)).await.is(204);
    let between = modified(realm, &path).await;
    let answer = other.await.unwrap();
    slow.by(0);
    assert_eq!(answer.status, status, "{answer:?}");
    let after = modified(realm, &path).await;
    assert!(
        before < between && between < after,
        "{before} {between} {after}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_never_older_than_it_was() {
    let slow = Slow::new();
    let realm = Realm::create(&slow.server, "p-time").await;
    let users = [
        realm.user("a@example.net").await,
        realm.user("b@example.net").await,
    ];
    let group = realm.group("Times", &[]).await;
    let path = format!("/Groups/{group}");
    let member = json!([{"value": users[0]}]);
    let add = json!({"op": "add", "path": "members", "value": member});
    goes_on(&slow, &realm, &group, patch(&path, add), 204).await;
    let all = json!([{"value": users[0]}, {"value": users[1]}]);
    let put = Call::new("PUT", &path).json(&json!({"displayName": "Times", "members": all}));
    goes_on(&slow, &realm, &group, put, 200).await;
    let path = format!("/Users/{}", users[0]);
    goes_on(&slow, &realm, &group, Call::new("DELETE", &path), 204).await;
    groups_of(&realm, &users[1], MANY).await;
    let path = format!("/Users/{}", users[1]);
    goes_on(&slow, &realm, &group, Call::new("DELETE", &path), 204).await;
    assert!(realm.members(&group).await.is_empty());
}
