//! The pepper ring of a deployment: rotated and retired without breaking a key.

use muster::client::{AdminClient, RealmSettings};
use muster::embedded::Embedded;
use muster::serve::{self, Options, Secrets};
use serde_json::{Value, json};

use crate::aws::{Aws, Lose, Said};

/// The ring that counts.
fn ring(aws: &Aws) -> Value {
    let secret = aws.secret();
    serde_json::from_str(&secret.versions[&secret.current]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_rotated_and_retired() {
    let aws = Aws::new().await;
    let realm = "--stack muster-prod realm create acme";
    aws.muster(realm).await.done();
    let key = "--stack muster-prod key create acme --name Entra --json";
    let key: Value = serde_json::from_str(&aws.muster(key).await.done()).unwrap();
    let list = aws.muster("--stack muster-prod pepper list").await.done();
    assert_eq!(
        list,
        "ID  CURRENT  KEYS  REVOKED OR EXPIRED\np1  true     1     0\n"
    );

    let rotated = aws.muster("--stack muster-prod pepper rotate").await.done();
    let first =
        "New keys are hashed under pepper p2 from now on. Every key goes on working: p1 stays.";
    assert!(rotated.starts_with(first), "{rotated}");
    let now = ring(&aws);
    assert_eq!(now["current"], "p2");
    assert_eq!(now["peppers"]["p1"], "A".repeat(64));
    let list = aws.muster("--stack muster-prod pepper list").await.done();
    assert_eq!(
        list,
        "ID  CURRENT  KEYS  REVOKED OR EXPIRED\np2  true     0     0\np1  false    1     0\n"
    );

    let retire = async |words: &str| {
        let words = format!("--stack muster-prod pepper retire {words}");
        aws.muster(&words).await
    };
    retire("p1 --yes")
        .await
        .failed("pepper `p1` cannot be retired: 1 keys that could still work are hashed under it, such as `");
    retire("p2 --yes").await.failed("it is the current one");
    retire("p9 --yes")
        .await
        .failed("the ring has none of that name");
    assert_eq!(ring(&aws), now);
    let revoke = format!(
        "--stack muster-prod key revoke acme {}",
        key["id"].as_str().unwrap()
    );
    aws.muster(&revoke).await.done();
    retire("p1").await.failed("say `--yes`");
    assert_eq!(ring(&aws), now);
    assert_eq!(retire("p1 --yes").await.done(), "Pepper p1 is retired\n");
    let left = json!({"current": "p2", "peppers": {"p2": now["peppers"]["p2"]}});
    assert_eq!(ring(&aws), left);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_rotations_at_once_one_is_refused() {
    let aws = Aws::new().await;
    let rival = json!({"current": "p2", "peppers": {"p1": "A".repeat(64), "p2": "B".repeat(64)}});
    aws.secret().rival = Some(rival.to_string());
    aws.muster("--stack muster-prod pepper rotate")
        .await
        .failed("somebody else has changed it meanwhile; nothing was done");
    assert_eq!(ring(&aws), rival);
    aws.muster("--stack muster-prod pepper rotate").await.done();
    assert_eq!(ring(&aws)["current"], "p3");
    assert_eq!(ring(&aws)["peppers"]["p2"], "B".repeat(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_no_failure() {
    let aws = Aws::new().await;
    aws.secret().lose_answer = Lose::NextMove;
    aws.muster("--stack muster-prod pepper rotate").await.done();
    assert_eq!(ring(&aws)["current"], "p2");
    assert_eq!(aws.secret().versions.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_no_ring_is_not_repeated() {
    let aws = Aws::new().await;
    let secret = json!({"current": "p1", "p1": "too-short-a-secret"});
    aws.secret()
        .versions
        .insert("v1".to_owned(), secret.to_string());
    let said: Said = aws.muster("--stack muster-prod pepper rotate").await;
    assert!(!format!("{said:?}").contains("too-short"), "{said:?}");
    said.failed("holds no pepper ring");
}

/// The ring beside a data file, while its server runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_local_ring_too() {
    let aws = Aws::new().await;
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("muster.db");
    let options = Options {
        secrets: Secrets::beside(&data).unwrap(),
        ..Options::local(Embedded::open(&data).unwrap()).unwrap()
    };
    let server = serve::start(options).await.unwrap();
    let admin = AdminClient::new(&server.local_url(), server.admin_token()).unwrap();
    admin
        .create_realm("acme", &RealmSettings::default())
        .await
        .unwrap();
    let run = async |words: &str| {
        let words = format!(
            "pepper {words} --data {} --url {}",
            data.display(),
            server.local_url()
        );
        let token = [("MUSTER_ADMIN_TOKEN", server.admin_token())];
        aws.muster_with(&words, &token).await
    };
    let rotated = run("rotate --json").await.done();
    assert_eq!(
        serde_json::from_str::<Value>(&rotated).unwrap()["current"],
        "p2"
    );
    let listed: Value = serde_json::from_str(&run("list --json").await.done()).unwrap();
    let ids: Vec<&Value> = listed["peppers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pepper| &pepper["id"])
        .collect();
    assert_eq!(ids, ["p2", "p1"]);
    run("retire p1 --yes").await.done();
    let listed: Value = serde_json::from_str(&run("list --json").await.done()).unwrap();
    assert_eq!(listed["peppers"][0]["id"], "p2");
    assert_eq!(listed["peppers"].as_array().unwrap().len(), 1);
    // The keys need the admin API, the ring does not.
    aws.muster(&format!(
        "pepper list --data {}/nope",
        directory.path().display()
    ))
    .await
    .failed("name the data file it stands beside with `--data`");
}
