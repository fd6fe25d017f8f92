//! Every recorded request under every profile: it is answered as its client
//! expects, or refused by the name of a tolerance that the profile does not have.

use crate::replay::{message, replay_in};
use futures_util::{StreamExt, stream};
use muster_tests::fixture::{self, Fixture};
use muster_tests::{Answer, Realm};
use serde_json::{Value, json};

/// How many realms are asked at a time.
const AT_A_TIME: usize = 8;

/// What the administration says of profiles.
async fn profiles() -> Value {
    let server = crate::server();
    let realm = Realm::create(server, "profiles").await;
    let answer = realm.admin(server, "GET", "/admin/v1/profiles", None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_a_profile_does_not_take_it_refuses_by_name() {
    let told = profiles().await;
    let all: Vec<String> = told["tolerances"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tolerance| tolerance["name"].as_str().unwrap().to_owned())
        .collect();
    let waiting = crate::waiting();
    let mut jobs = Vec::new();
    for profile in told["profiles"].as_array().unwrap() {
        let has = names(&profile["tolerances"]);
        let lacks: Vec<String> = all
            .iter()
            .filter(|name| !has.contains(&name.as_str()))
            .cloned()
            .collect();
        for fixture in fixture::all() {
            if waiting[&fixture.name].is_null() {
                let name = profile["name"].as_str().unwrap().to_owned();
                jobs.push((name, lacks.clone(), fixture));
            }
        }
    }
    assert!(jobs.len() > 8 * 90, "only {} replays", jobs.len());
    let wrong: Vec<String> = stream::iter(jobs)
        .map(|(profile, lacks, fixture)| async move {
            let what = format!("{} under {profile}", fixture.name);
            let outcome = tokio::spawn(under(profile, lacks, fixture)).await;
            outcome
                .err()
                .map(|error| format!("{what}: {}", message(error)))
        })
        .buffer_unordered(AT_A_TIME)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

async fn under(profile: String, lacks: Vec<String>, fixture: Fixture) {
    let server = crate::server();
    let realm = Realm::create(server, &format!("pr-{profile}-{}", &fixture.name[..3])).await;
    let change = ("PATCH", "", json!({"profile": profile}));
    replay_in(&realm, &fixture, &[change], |answer| {
        refused_by_name(answer, &lacks)
    })
    .await;
}

/// Whether the answer refuses for want of one of these tolerances.
fn refused_by_name(answer: &Answer, lacks: &[String]) -> bool {
    let body = answer.json();
    let detail = body["detail"].as_str().unwrap_or_default();
    answer.status == 400
        && lacks
            .iter()
            .any(|name| detail.contains(&format!("the tolerance `{name}`")))
}

#[tokio::test]
async fn a_clients_own_profile_refuses_none_of_its_requests() {
    let waiting = crate::waiting();
    for (client, profile) in [
        ("entra", "azure"),
        ("entra-logicapp", "entra"),
        ("entra-flag", "entra"),
        ("okta", "okta"),
        ("okta-entitlements", "okta"),
        ("pingone", "ping"),
        ("google-workspace", "google"),
        ("jumpcloud", "jumpcloud"),
    ] {
        let of_client = |fixture: &Fixture| fixture.data["client"] == client;
        for fixture in fixture::all().into_iter().filter(of_client) {
            if waiting[&fixture.name].is_null() {
                let server = crate::server();
                let name = format!("own-{profile}-{}", &fixture.name[..3]);
                let realm = Realm::create(server, &name).await;
                let change = ("PATCH", "", json!({"profile": profile}));
                replay_in(&realm, &fixture, &[change], |_| false).await;
            }
        }
    }
}

#[tokio::test]
async fn a_profile_is_one_that_there_is() {
    let server = crate::server();
    let realm = Realm::create(server, "t-profile").await;
    let path = "/admin/v1/realms/t-profile";
    let bad = Some(json!({"profile": "workday"}));
    let answer = realm.admin(server, "PATCH", path, bad).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert!(
        answer.json()["detail"]
            .as_str()
            .unwrap()
            .contains("`entra`"),
        "{answer:?}"
    );
    realm.change(server, &json!({"profile": "AZURE"})).await;
    let shown = realm.admin(server, "GET", path, None).await.json();
    assert_eq!(shown["profile"], "entra");
}
