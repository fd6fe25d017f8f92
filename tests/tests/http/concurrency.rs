//! Requests at the same time, over a table that answers overlapping
//! transactions with TransactionConflict, as AWS does. Afterwards the state is
//! what the answered requests say, and both ends of every membership agree.

use muster::embedded::Embedded;
use muster_tests::json::values;
use muster_tests::{Answer, Realm, Server};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

/// Transactions hold their items this long: long enough to overlap.
const HOLD: Duration = Duration::from_millis(3);
/// The product's own time budget, unoptimised and on a busy machine as it may be.
const BUDGET: Duration = Duration::from_secs(25);

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| crate::patient(Embedded::memory().unwrap().with_conflicts(HOLD), BUDGET))
}

async fn realm(name: &str) -> Realm {
    Realm::create(server(), name).await
}

/// Runs all at once; the answers in the order of the requests.
async fn at_once<F>(requests: Vec<F>) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let tasks: Vec<_> = requests.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

/// How many answers have each status. Whatever is not `expected` must be a
/// refusal for want of time, and rare.
#[track_caller]
fn census(answers: &[Answer], expected: &[u16]) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status).or_insert(0) += 1;
        if !expected.contains(&answer.status) {
            assert!(matches!(answer.status, 429 | 503), "{answer:?}");
            assert!(
                !answer.header("retry-after").is_empty(),
                "{answer:?}: no Retry-After"
            );
        }
    }
    let gave_up: usize = [429, 503]
        .iter()
        .filter_map(|status| counts.get(status))
        .sum();
    assert!(
        gave_up * 20 <= answers.len(),
        "too many gave up: {counts:?}"
    );
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creates_of_one_name_exactly_one_wins() {
    // Passbolt: check-then-insert made duplicate users.
    let realm = realm("c-create").await;
    let create = |n: usize| {
        let realm = realm.clone();
        let name = if n.is_multiple_of(2) {
            "same@example.net"
        } else {
            "SAME@example.net"
        };
        async move {
            realm
                .post(
                    "/Users",
                    &json!({"userName": name, "externalId": n.to_string()}),
                )
                .await
        }
    };
    let answers = at_once((0..200).map(create).collect()).await;
    let counts = census(&answers, &[201, 409]);
    assert_eq!(counts.get(&201), Some(&1), "{counts:?}");
    for lost in answers.iter().filter(|answer| answer.status == 409) {
        lost.fails(409, "uniqueness");
    }
    let found = realm
        .filter("/Users", "userName eq \"same@example.net\"")
        .await
        .resources();
    assert_eq!(found.len(), 1);
    let winner = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!(found[0], winner.json());
    let list = realm.get("/Users").await;
    assert_eq!(
        (list.resources().len(), &list.json()["totalResults"]),
        (1, &json!(1))
    );
    // No loser has left an index entry.
    for n in (0..200)
        .map(|n: usize| n.to_string())
        .filter(|n| json!(n) != found[0]["externalId"])
    {
        let none = realm
            .filter("/Users", &format!("externalId eq \"{n}\""))
            .await;
        assert!(none.resources().is_empty(), "{none:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_member_is_lost_or_stays_in_two_hundred_patches() {
    // fleet #50724, FusionAuth #2784.
    let realm = realm("c-members").await;
    let mut users = Vec::new();
    for n in 0..200 {
        users.push(realm.user(&format!("m{n}@example.net")).await);
    }
    let there: Vec<&str> = users[..100].iter().map(String::as_str).collect();
    let group = realm.group("Members", &there).await;
    // The first hundred are removed, in two dialects; the others added: each by one request.
    let change = |n: usize| {
        let (realm, group, user) = (realm.clone(), group.clone(), users[n].clone());
        async move {
            let operation = match n {
                0..50 => json!({"op": "Remove", "path": "members", "value": [{"value": user}]}),
                50..100 => json!({"op": "remove", "path": format!("members[value eq \"{user}\"]")}),
                _ => json!({"op": "Add", "path": "members", "value": [{"value": user}]}),
            };
            realm
                .patch(&format!("/Groups/{group}"), json!([operation]))
                .await
        }
    };
    let answers = at_once((0..200).map(change).collect()).await;
    census(&answers, &[204]);
    let members = realm.members(&group).await;
    for (n, answer) in answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.status == 204)
    {
        assert_eq!(
            members.contains(&users[n]),
            n >= 100,
            "request {n}: {answer:?}"
        );
    }
    check_inverse(&realm, &users, &[group]).await;
}

/// `User.groups` is the inverse of `Group.members`.
async fn check_inverse(realm: &Realm, users: &[String], groups: &[String]) {
    let mut members = BTreeMap::new();
    for group in groups {
        members.insert(group.clone(), realm.members(group).await);
    }
    for user in users {
        let mut expected: Vec<String> = members
            .iter()
            .filter(|(_, members)| members.contains(user))
            .map(|(group, _)| group.clone())
            .collect();
        expected.sort_unstable();
        assert_eq!(realm.groups(user).await, expected, "{user}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlapping_membership_changes_end_as_some_order_says() {
    let realm = realm("c-overlap").await;
    let mut users = Vec::new();
    for n in 0..5 {
        users.push(realm.user(&format!("o{n}@example.net")).await);
    }
    let groups = [realm.group("One", &[]).await, realm.group("Two", &[]).await];
    let change = |n: usize| {
        let (realm, group, user) = (realm.clone(), groups[n % 2].clone(), users[n % 5].clone());
        async move {
            let op = if n.is_multiple_of(3) { "Remove" } else { "Add" };
            let operation = json!({"op": op, "path": "members", "value": [{"value": user}]});
            realm
                .patch(&format!("/Groups/{group}"), json!([operation]))
                .await
        }
    };
    let answers = at_once((0..120).map(change).collect()).await;
    census(&answers, &[204]);
    // Every pair got adds and removes: either may have come last, but both ends agree.
    check_inverse(&realm, &users, &groups).await;
    // One after the other, the last word holds.
    for (n, op, expected) in [(0, "Add", true), (1, "Remove", false), (2, "Add", true)] {
        let operation = json!({"op": op, "path": "members", "value": [{"value": users[n]}]});
        realm
            .patch(&format!("/Groups/{}", groups[0]), json!([operation]))
            .await
            .is(204);
        assert_eq!(
            realm.members(&groups[0]).await.contains(&users[n]),
            expected
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replaces_of_one_group_end_as_one_of_them() {
    let realm = realm("c-replace").await;
    let mut users = Vec::new();
    for n in 0..10 {
        users.push(realm.user(&format!("r{n}@example.net")).await);
    }
    let group = realm.group("Replaced", &[]).await;
    let change = |n: usize| {
        let (realm, group) = (realm.clone(), group.clone());
        let members = json!([{"value": users[n % 10]}, {"value": users[(n + 1) % 10]}]);
        async move {
            let operation = json!({"op": "replace", "path": "members", "value": members});
            realm
                .patch(&format!("/Groups/{group}"), json!([operation]))
                .await
        }
    };
    let answers = at_once((0..40).map(change).collect()).await;
    census(&answers, &[204]);
    let members = realm.members(&group).await;
    let possible = (0..10).any(|n| {
        let mut pair = [users[n].clone(), users[(n + 1) % 10].clone()];
        pair.sort_unstable();
        pair == *members
    });
    assert!(possible, "a mixture of two replaces: {members:?}");
    check_inverse(&realm, &users, &[group]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_different_attributes_are_all_there() {
    let realm = realm("c-attributes").await;
    let path = format!("/Users/{}", realm.user("attributes@example.net").await);
    let change = |n: usize| {
        let (realm, path) = (realm.clone(), path.clone());
        async move {
            let value = json!([{"type": format!("k{n}"), "value": format!("v{n}@example.net")}]);
            realm
                .patch(
                    &path,
                    json!([{"op": "Add", "path": "emails", "value": value}]),
                )
                .await
        }
    };
    let answers = at_once((0..40).map(change).collect()).await;
    census(&answers, &[200]);
    let mut expected: Vec<String> = (0..40)
        .filter(|n| answers[*n].status == 200)
        .map(|n| format!("v{n}@example.net"))
        .collect();
    expected.sort_unstable();
    assert_eq!(values(&realm.get(&path).await.is(200), "emails"), expected);
    for value in expected.iter().step_by(7) {
        let hits = realm
            .filter("/Users", &format!("emails.value eq \"{value}\""))
            .await;
        assert_eq!(hits.resources().len(), 1, "{value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn if_match_lets_exactly_one_through() {
    let realm = realm("c-if-match").await;
    let path = format!("/Users/{}", realm.user("guarded@example.net").await);
    let tag = realm.get(&path).await.header("etag").to_owned();
    let change = |n: usize| {
        let (realm, path, tag) = (realm.clone(), path.clone(), tag.clone());
        async move {
            let body =
                json!({"Operations": [{"op": "add", "path": "title", "value": n.to_string()}]});
            realm
                .send(
                    muster_tests::Call::new("PATCH", &path)
                        .header("if-match", &tag)
                        .json(&body),
                )
                .await
        }
    };
    let answers = at_once((0..30).map(change).collect()).await;
    let counts = census(&answers, &[200, 412]);
    assert_eq!(counts.get(&200), Some(&1), "{counts:?}");
    let winner = answers
        .iter()
        .position(|answer| answer.status == 200)
        .unwrap();
    assert_eq!(realm.get(&path).await.is(200)["title"], winner.to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_renames_to_one_name_exactly_one_wins() {
    let realm = realm("c-rename").await;
    let mut users = Vec::new();
    for n in 0..40 {
        users.push(realm.user(&format!("n{n}@example.net")).await);
    }
    let rename = |n: usize| {
        let (realm, path) = (realm.clone(), format!("/Users/{}", users[n]));
        async move {
            let value = "taken@example.net";
            realm
                .patch(
                    &path,
                    json!([{"op": "Replace", "path": "userName", "value": value}]),
                )
                .await
        }
    };
    let answers = at_once((0..40).map(rename).collect()).await;
    let counts = census(&answers, &[200, 409]);
    assert_eq!(counts.get(&200), Some(&1), "{counts:?}");
    let found = realm
        .filter("/Users", "userName eq \"taken@example.net\"")
        .await
        .resources();
    assert_eq!(found.len(), 1);
    for (n, answer) in answers.iter().enumerate() {
        let old = format!("userName eq \"n{n}@example.net\"");
        let hits = realm.filter("/Users", &old).await.resources();
        assert_eq!(hits.len(), usize::from(answer.status != 200), "{answer:?}");
    }
    // The winner's old name is free again.
    let winner = answers
        .iter()
        .position(|answer| answer.status == 200)
        .unwrap();
    realm.user(&format!("n{winner}@example.net")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_is_no_member_whoever_comes_last() {
    let realm = realm("c-dangling").await;
    let mut groups = Vec::new();
    for n in 0..4 {
        groups.push(realm.group(&format!("Group {n}"), &[]).await);
    }
    let mut users = Vec::new();
    for n in 0..40 {
        users.push(realm.user(&format!("d{n}@example.net")).await);
    }
    // For each user five requests at once: four joins and the deletion among them.
    let request = |n: usize| {
        let (realm, user) = (realm.clone(), users[n / 5].clone());
        let (turn, groups) = (n % 5, groups.clone());
        async move {
            if turn == 2 {
                return realm.delete(&format!("/Users/{user}")).await;
            }
            let group = &groups[if turn > 2 { turn - 1 } else { turn }];
            let operation = json!({"op": "Add", "path": "members", "value": [{"value": user}]});
            realm
                .patch(&format!("/Groups/{group}"), json!([operation]))
                .await
        }
    };
    let answers = at_once((0..200).map(request).collect()).await;
    census(&answers, &[204]);
    let mut left = Vec::new();
    for (n, user) in users.iter().enumerate() {
        let deleted = answers[n * 5 + 2].status == 204;
        assert_eq!(
            realm.get(&format!("/Users/{user}")).await.status == 404,
            deleted
        );
        if !deleted {
            left.push(user.clone());
        }
    }
    for group in &groups {
        let members = realm.members(group).await;
        let dangling: Vec<&String> = members.iter().filter(|id| !left.contains(id)).collect();
        assert!(
            dangling.is_empty(),
            "{dangling:?} are members but do not exist"
        );
        for user in &users {
            let filter = format!("id eq \"{group}\" and members eq \"{user}\"");
            let hits = realm.filter("/Groups", &filter).await.resources().len();
            assert_eq!(
                hits,
                usize::from(members.contains(user)),
                "a dangling edge of {user}"
            );
        }
    }
    check_inverse(&realm, &left, &groups).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_group_leaves_no_membership_whoever_comes_last() {
    let realm = realm("c-group-gone").await;
    let mut users = Vec::new();
    for n in 0..20 {
        users.push(realm.user(&format!("g{n}@example.net")).await);
    }
    let there: Vec<&str> = users[..10].iter().map(String::as_str).collect();
    let group = realm.group("Goes", &there).await;
    let request = |n: usize| {
        let (realm, group, user) = (realm.clone(), group.clone(), users[n % 20].clone());
        async move {
            if n == 10 {
                return realm.delete(&format!("/Groups/{group}")).await;
            }
            let operation = json!({"op": "Add", "path": "members", "value": [{"value": user}]});
            realm
                .patch(&format!("/Groups/{group}"), json!([operation]))
                .await
        }
    };
    let answers = at_once((0..21).map(request).collect()).await;
    census(&answers, &[204, 404]);
    assert_eq!(answers[10].status, 204, "{:?}", answers[10]);
    realm.get(&format!("/Groups/{group}")).await.is(404);
    for user in &users {
        assert!(
            realm.groups(user).await.is_empty(),
            "{user} is in a group that is gone"
        );
    }
    let again = realm.group("Goes", &[]).await;
    assert!(realm.members(&again).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn totals_are_exact_after_a_churn() {
    let realm = realm("c-churn").await;
    let life = |n: usize| {
        let realm = realm.clone();
        async move {
            let body = json!({"userName": format!("churn{n}@example.net")});
            let created = realm.post("/Users", &body).await;
            if created.status != 201 || n.is_multiple_of(3) {
                return created;
            }
            let id = created.json()["id"].as_str().unwrap().to_owned();
            // Twice at once: one 204, one 404, one decrement.
            let path = format!("/Users/{id}");
            let (first, second) = tokio::join!(realm.delete(&path), realm.delete(&path));
            let mut statuses = [first.status, second.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [204, 404], "{first:?} {second:?}");
            if first.status == 204 { first } else { second }
        }
    };
    let answers = at_once((0..150).map(life).collect()).await;
    census(&answers, &[201, 204]);
    let left = answers.iter().filter(|answer| answer.status == 201).count();
    let list = realm.get("/Users?count=1000").await;
    assert_eq!(list.resources().len(), left);
    assert_eq!(list.json()["totalResults"], left);
    let mut walked: BTreeSet<String> = BTreeSet::new();
    for start in (1..=left).step_by(20) {
        let page = realm
            .get(&format!("/Users?startIndex={start}&count=20"))
            .await;
        walked.extend(
            page.resources()
                .iter()
                .map(|user| user["id"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(
        walked.len(),
        left,
        "a walk by startIndex missed users or saw some twice"
    );
}
