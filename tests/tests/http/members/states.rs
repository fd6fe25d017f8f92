//! How far a member has come, and what is on record of it.

use super::{Members, ok, problem, user};
use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::Embedded;
use muster_tests::table::{Item, partition};
use serde_json::json;

#[tokio::test]
async fn states_move_along() {
    let members = Members::of(crate::server(), "m-states").await;
    let invitation = json!({"invitation": true});
    ok(&members.ask("PATCH", "", Some(invitation)).await);
    let realm = &members.realm;
    let id = realm.user("ada").await;
    let group = realm.group("Analysts", &[&id]).await;
    assert_eq!(members.state(&id).await, "invited");
    assert_eq!(members.state(&group).await, "provisioned");
    let path = format!("/Users/{id}");
    let before = realm.get(&path).await;
    // Each with the status, and where the member then is.
    for (to, status, then) in [
        ("invited", 200, "invited"),
        ("confirmed", 409, "invited"),
        ("provisioned", 409, "invited"),
        ("deactivated", 409, "invited"),
        ("gone", 400, "invited"),
        ("accepted", 200, "accepted"),
        ("invited", 200, "invited"),
        ("accepted", 200, "accepted"),
        ("confirmed", 200, "confirmed"),
        ("accepted", 409, "confirmed"),
        ("invited", 200, "invited"),
        ("accepted", 200, "accepted"),
        ("confirmed", 200, "confirmed"),
    ] {
        let answer = members.step(&id, to).await;
        assert_eq!(answer.status, status, "{to}: {answer:?}");
        assert_eq!(members.state(&id).await, then, "{to}");
    }
    problem(
        &members.step(&id, "accepted").await,
        409,
        "allowed from there: invited",
    );
    problem(&members.step(&group, "invited").await, 409, "group");
    problem(&members.step("x", "invited").await, 404, "no member");
    // SCIM has seen nothing of it.
    let after = realm.get(&path).await;
    assert_eq!(after.json(), before.json());
    assert_eq!(after.header("etag"), before.header("etag"));
    assert_eq!(members.found("state=confirmed").await, ["ada"]);
    // Whoever is switched off comes back as what it was.
    members.activate(&id, json!(false)).await;
    assert_eq!(members.state(&id).await, "deactivated");
    assert_eq!(members.found("state=deactivated").await, ["ada"]);
    assert_eq!(members.found("state=confirmed").await, [""; 0]);
    problem(&members.step(&id, "invited").await, 409, "active");
    members.activate(&id, json!(true)).await;
    assert_eq!(members.state(&id).await, "confirmed");
    // And is deleted as any other.
    realm.delete(&path).await.is(204);
    problem(&members.step(&id, "invited").await, 404, "no member");
    assert_eq!(realm.members(&group).await, [""; 0]);
}

#[tokio::test]
async fn of_concurrent_steps_one_is_taken() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    let members = Members::of(&server, "m-race").await;
    let id = members.realm.user("ada").await;
    for to in ["invited", "accepted", "confirmed"] {
        let step = || members.step(&id, to);
        let (a, b, c, d, e, f) = tokio::join!(step(), step(), step(), step(), step(), step());
        for answer in [a, b, c, d, e, f] {
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        assert_eq!(members.state(&id).await, to);
    }
    let events = partition(&embedded, "R#m-race#EV").await;
    let steps = events.iter().filter(|event| event.contains_key("subject"));
    let steps = steps.filter(|event| event["k"] == AttributeValue::S("member".to_owned()));
    assert_eq!(steps.count(), 3);
}

#[tokio::test]
async fn every_step_is_an_event() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    let members = Members::of(&server, "m-events").await;
    let id = members.realm.user("ada").await;
    for to in ["invited", "invited", "confirmed", "accepted", "confirmed"] {
        members.step(&id, to).await;
    }
    let imported = user("bob", json!({}));
    for _ in 0..2 {
        members.import(json!({"users": [imported]})).await;
    }
    let events = partition(&embedded, "R#m-events#EV").await;
    let text = |event: &Item, name: &str| {
        let text = event.get(name).and_then(|text| text.as_s().ok());
        text.cloned().unwrap_or_default()
    };
    let of = |kind: &str, name: &str| -> Vec<String> {
        let events = events.iter().filter(|event| text(event, "k") == kind);
        events.map(|event| text(event, name)).collect()
    };
    let steps = [
        "provisioned→invited",
        "invited→accepted",
        "accepted→confirmed",
    ];
    assert_eq!(of("member", "subject"), steps);
    assert_eq!(of("member", "a"), ["moveMember"; 3]);
    assert_eq!(of("member", "kind"), ["User"; 3]);
    let path = format!("/admin/v1/realms/m-events/members/{id}");
    assert_eq!(of("member", "path"), [path.as_str(); 3]);
    assert!(of("member", "operator").iter().all(|name| !name.is_empty()));
    // Ada by her client, Bob by the operator, once.
    assert_eq!(of("write", "a"), ["create"; 2]);
    assert_eq!(
        of("write", "key")
            .iter()
            .filter(|key| key.is_empty())
            .count(),
        1
    );
}

#[tokio::test]
async fn a_member_of_before_there_were_states_is_provisioned() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    let members = Members::of(&server, "m-old").await;
    let id = members.realm.user("ada").await;
    let item = partition(&embedded, "R#m-old#U").await.remove(0);
    assert!(
        item.contains_key("by") && !item.contains_key("ms"),
        "{item:?}"
    );
    let update = embedded.client().update_item().table_name("muster");
    update
        .key("pk", item["pk"].clone())
        .key("sk", item["sk"].clone())
        .update_expression("REMOVE #by")
        .expression_attribute_names("#by", "by")
        .send()
        .await
        .unwrap();
    let shown = ok(&members.ask("GET", &format!("/members/{id}"), None).await);
    assert_eq!(shown["state"], "provisioned");
    assert_eq!(shown.get("createdBy"), None);
    ok(&members.step(&id, "invited").await);
    assert_eq!(members.state(&id).await, "invited");
}
