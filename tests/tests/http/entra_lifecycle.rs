//! Users and groups through their lives, as Entra provisions them: nothing may
//! be left behind, and `User.groups` is always the inverse of `Group.members`.

use muster_tests::json::lacks;
use muster_tests::{Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

#[tokio::test]
async fn a_user_lives_is_disabled_restored_and_deleted() {
    let realm = realm("life-user").await;
    let id = realm.user("life@example.net").await;
    // Entra filters right after it creates.
    let found = realm
        .filter("/Users", r#"userName eq "life@example.net""#)
        .await
        .resources();
    assert_eq!(found[0]["id"], id);
    let path = format!("/Users/{id}");
    let group = realm.group("Crew", &[&id]).await;
    realm
        .patch(
            &path,
            json!([{"op": "Add", "path": "title", "value": "Mate"}]),
        )
        .await
        .is(200);

    let disable = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    assert_eq!(realm.patch(&path, disable).await.is(200)["active"], false);
    let found = realm
        .filter("/Users", r#"userName eq "life@example.net""#)
        .await
        .resources();
    assert_eq!(found[0]["active"], false, "a disabled user is still found");
    assert_eq!(realm.members(&group).await, [id.as_str()]);
    let restore = json!([{"op": "Replace", "path": "active", "value": "True"}]);
    assert_eq!(realm.patch(&path, restore).await.is(200)["active"], true);
    assert_eq!(
        realm.groups(&id).await,
        [group.as_str()],
        "memberships are kept"
    );

    realm.delete(&path).await.is(204);
    for answer in [realm.get(&path).await, realm.delete(&path).await] {
        answer.is(404);
    }
    realm
        .patch(&path, json!([{"op": "Add", "path": "title", "value": "x"}]))
        .await
        .is(404);
    realm
        .put(&path, &json!({"userName": "life@example.net"}))
        .await
        .is(404);
    assert!(
        realm.members(&group).await.is_empty(),
        "a membership was left behind"
    );
    let filter = format!(r#"id eq "{group}" and members eq "{id}""#);
    assert!(
        realm
            .filter("/Groups", &filter)
            .await
            .resources()
            .is_empty()
    );
    let found = realm
        .filter("/Users", r#"userName eq "life@example.net""#)
        .await
        .resources();
    assert!(found.is_empty(), "{found:?}");
    let again = realm.user("life@example.net").await;
    assert_ne!(again, id, "ids are never used again");
    assert!(realm.groups(&again).await.is_empty());
}

#[tokio::test]
async fn a_member_is_shown_from_both_ends() {
    let realm = realm("life-ends").await;
    let body = json!({"userName": "ends@example.net", "displayName": "Both Ends"});
    let user = realm.post("/Users", &body).await.created();
    let inner = realm.group("Inner", &[&user]).await;
    let outer = realm.group("Outer", &[&inner, &user]).await;
    let reference = |endpoint: &str, id: &str| json!(format!("{}/{endpoint}/{id}", realm.url));

    let shown = realm.get(&format!("/Users/{user}")).await.is(200);
    let expected = json!({"groups": [
        {"value": inner, "$ref": reference("Groups", &inner), "display": "Inner"},
        {"value": outer, "$ref": reference("Groups", &outer), "display": "Outer"},
    ]});
    assert_eq!(lacks(&expected, &shown), None, "{shown}");

    let shown = realm.get(&format!("/Groups/{outer}")).await.is(200);
    let expected = json!({"members": [
        {"value": inner, "$ref": reference("Groups", &inner), "type": "Group"},
        {"value": user, "$ref": reference("Users", &user), "type": "User"},
    ]});
    assert_eq!(lacks(&expected, &shown), None, "{shown}");

    // The members' names cost a read each: they are shown to whoever asks for them.
    let asked = format!("/Groups/{outer}?attributes=members.value,members.display");
    let shown = realm.get(&asked).await.is(200);
    let expected = json!({"members": [
        {"value": inner, "display": "Inner"}, {"value": user, "display": "Both Ends"},
    ]});
    assert_eq!(lacks(&expected, &shown), None, "{shown}");

    let rename = json!([{"op": "replace", "path": "displayName", "value": "Core"}]);
    realm
        .patch(&format!("/Groups/{inner}"), rename)
        .await
        .is(204);
    let shown = realm.get(&format!("/Users/{user}")).await.is(200);
    let names: Vec<&Value> = shown["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["display"])
        .collect();
    assert!(names.contains(&&json!("Core")), "{shown}");
}

#[tokio::test]
async fn a_deleted_group_is_gone_from_both_ends() {
    let realm = realm("life-group").await;
    let user = realm.user("stays@example.net").await;
    let inner = realm.group("Inner", &[&user]).await;
    let outer = realm.group("Outer", &[&inner]).await;
    realm.delete(&format!("/Groups/{inner}")).await.is(204);
    assert!(realm.groups(&user).await.is_empty());
    assert!(
        realm.members(&outer).await.is_empty(),
        "a nested group was left behind"
    );
    let shown = realm.get(&format!("/Users/{user}")).await.is(200);
    assert!(
        shown.get("groups").is_none(),
        "an empty attribute is absent: {shown}"
    );
    // The same name again: nothing of the old group comes back.
    let again = realm.group("Inner", &[]).await;
    assert!(realm.members(&again).await.is_empty());
    assert!(realm.groups(&user).await.is_empty());
}

#[tokio::test]
async fn a_user_in_many_groups_is_deleted_whole() {
    let realm = realm("life-many").await;
    let user = realm.user("many@example.net").await;
    let mut groups = Vec::new();
    for n in 0..60 {
        groups.push(realm.group(&format!("Group {n}"), &[&user]).await);
    }
    groups.sort_unstable();
    assert_eq!(realm.groups(&user).await, groups);
    realm.delete(&format!("/Users/{user}")).await.is(204);
    for group in &groups {
        assert!(realm.members(group).await.is_empty(), "{group}");
    }
}

#[tokio::test]
async fn a_group_of_many_members_is_read_and_changed_whole() {
    // Other servers truncated at 100 on read and lost the rest on PATCH (CLIENTS.md).
    let realm = realm("life-big").await;
    let mut users = Vec::new();
    for n in 0..150 {
        users.push(realm.user(&format!("big{n}@example.net")).await);
    }
    let group = realm.group("Big", &[]).await;
    let path = format!("/Groups/{group}");
    let members: Vec<Value> = users.iter().map(|id| json!({"value": id})).collect();
    let all = json!([{"op": "Replace", "path": "members", "value": members}]);
    realm.patch(&path, all).await.is(204);
    let mut expected = users.clone();
    expected.sort_unstable();
    assert_eq!(realm.members(&group).await, expected);
    let rename = json!([{"op": "replace", "value": {"displayName": "Bigger"}}]);
    realm.patch(&path, rename).await.is(204);
    assert_eq!(realm.members(&group).await, expected);
    // Okta's and OneLogin's rename by PUT carries no members: they stay (CLIENTS.md 7).
    realm
        .put(
            &path,
            &json!({"schemas": [urn::GROUP], "displayName": "Big"}),
        )
        .await
        .is(200);
    assert_eq!(realm.members(&group).await, expected);
    let one =
        json!([{"op": "Remove", "path": "members", "value": [{"value": expected.remove(3)}]}]);
    realm.patch(&path, one).await.is(204);
    assert_eq!(realm.members(&group).await, expected);
    realm
        .patch(&path, json!([{"op": "remove", "path": "members"}]))
        .await
        .is(204);
    assert!(realm.members(&group).await.is_empty());
    for user in users.iter().step_by(30) {
        assert!(realm.groups(user).await.is_empty());
    }
}
