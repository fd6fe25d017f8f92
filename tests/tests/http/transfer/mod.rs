//! A realm on its way to another table, and everything that it has there.

mod older;

use muster::embedded::Embedded;
use muster_tests::{Answer, Realm, Server, table, urn};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::Finding;

async fn ask(
    server: &Server,
    realm: &Realm,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let path = format!("/admin/v1/realms/{}{path}", realm.name);
    realm.admin(server, method, &path, body).await
}

/// All pages of an export.
async fn export(server: &Server, realm: &Realm, limit: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/export?limit={limit}{cursor}");
        let answer = ask(server, realm, "GET", &path, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        let items = body["items"].as_array().unwrap().clone();
        assert!(items.len() <= limit, "{}", items.len());
        assert!(answer.bytes.len() < 2 << 20, "{}", answer.bytes.len());
        pages.push(items);
        match body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
        assert!(pages.len() < 1_000, "without an end");
    }
}

async fn import(server: &Server, realm: &Realm, items: &[Value]) -> Answer {
    let body = json!({"items": items});
    ask(server, realm, "POST", "/import", Some(body)).await
}

/// What an import of all pages came to: applied, unchanged.
async fn import_all(server: &Server, realm: &Realm, pages: &[Vec<Value>]) -> (u64, u64) {
    let mut sums = (0, 0);
    for page in pages {
        let answer = import(server, realm, page).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let body = answer.json();
        assert_eq!(body.get("unknownMembers"), None, "{body}");
        sums.0 += body["applied"].as_u64().unwrap();
        sums.1 += body["unchanged"].as_u64().unwrap();
    }
    sums
}

/// What a verification of the realm finds.
async fn findings(embedded: &Embedded, realm: &Realm) -> Vec<Finding> {
    table::findings(embedded, &realm.name).await.unwrap().1
}

/// Every resource as SCIM shows it, without what names the place and the version.
async fn scim(realm: &Realm) -> Vec<Value> {
    let mut all = Vec::new();
    for endpoint in ["/Users", "/Groups"] {
        let page = realm.get(&format!("{endpoint}?count=1000")).await;
        for mut resource in page.resources() {
            resource["meta"]["version"].take();
            let text = resource.to_string().replace(&realm.url, "");
            all.push(serde_json::from_str(&text).unwrap());
        }
    }
    all
}

/// A realm with some of everything; `width` members are in its largest group.
async fn full(server: &Server, name: &str, width: usize) -> Realm {
    let realm = Realm::create(server, name).await;
    let settings = json!({
        "displayName": "The full realm", "entraTenantId": "contoso", "invitation": true,
        "events": {"retentionDays": 30, "values": true}, "limits": {"users": 5000},
        "deletionGuard": {"maximum": 10, "windowSeconds": 3600},
    });
    let answer = ask(server, &realm, "PATCH", "", Some(settings)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let tag = "urn:example:tag:2.0:User";
    let attributes = json!([{"name": "tag", "type": "integer"}]);
    let schema = json!({"name": "Tag", "resourceType": "User", "attributes": attributes});
    let path = format!("/schemas/{tag}");
    let answer = ask(server, &realm, "PUT", &path, Some(schema)).await;
    answer.is_admin(201);
    let row =
        json!({"name": "badge", "attribute": "x", "path": format!("{tag}:tag"), "type": "Integer"});
    let mappers = json!({"mappers": [row]});
    let answer = ask(server, &realm, "PUT", "/mappers", Some(mappers)).await;
    answer.is_admin(200);
    let ada = json!({
        tag: {"tag": 7},
        "schemas": [urn::USER], "userName": "ada", "externalId": "a", "active": false,
        "name": {"givenName": "Ada"}, "password": "secret",
        "emails": [{"type": "work", "value": "ada@example.com", "primary": true}],
        urn::ENTERPRISE: {"department": "Engines", "manager": {"value": "7"}},
        "urn:example:undeclared": {"Key": [1, {"a": null}], "empty": {}},
    });
    let ada = realm.post("/Users", &ada).await.created();
    let bob = realm.user("bob").await;
    realm
        .patch(
            &format!("/Users/{bob}"),
            json!([{"op": "add", "path": "title", "value": "Dr"}]),
        )
        .await
        .is(200);
    for state in ["accepted", "confirmed"] {
        let path = format!("/members/{bob}");
        let body = json!({"state": state});
        let answer = ask(server, &realm, "PATCH", &path, Some(body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let mut everybody = vec![ada.clone(), bob];
    for n in everybody.len()..width {
        everybody.push(realm.user(&format!("user {n}")).await);
    }
    let crew = realm.group("crew", &[&ada]).await;
    let everybody: Vec<&str> = everybody.iter().map(String::as_str).collect();
    let all = realm.group("everybody", &everybody).await;
    realm.group("outer", &[&crew, &all]).await;
    realm.group("empty", &[]).await;
    realm
}

/// Users, groups, and the items of memberships that a realm of that width has.
fn items(width: usize) -> usize {
    1 + width + 4 + 1 + width.div_ceil(500) + 1
}

#[tokio::test]
async fn a_realm_comes_over_as_it_was() {
    for (width, limit) in [(5, 1), (5, 3), (5, 100), (503, 100)] {
        let name = format!("x-whole-{width}-{limit}");
        let from = crate::server();
        let realm = full(from, &name, width).await;
        let pages = export(from, &realm, limit).await;
        assert_eq!(pages.concat().len(), items(width));
        let text = json!(pages).to_string();
        assert!(!text.contains("secret"), "a password is carried");

        let embedded = Embedded::memory().unwrap();
        let to = crate::over(embedded.clone());
        let copy = Realm::create(&to, "x-copy").await;
        let count = items(width) as u64;
        assert_eq!(import_all(&to, &copy, &pages).await, (count, 0));
        assert_eq!(findings(&embedded, &copy).await, []);
        let again = export(&to, &copy, limit).await;
        assert_eq!(again.concat(), pages.concat());
        assert_eq!(scim(&copy).await, scim(&realm).await);
        // Once more changes nothing.
        assert_eq!(import_all(&to, &copy, &pages).await, (0, count));
        assert_eq!(export(&to, &copy, limit).await, again);
        // And what has come over lives: it is found, changed, deleted.
        let found = copy
            .filter("/Users", "emails.value eq \"ADA@example.com\"")
            .await;
        let ada = found.resources()[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/Users/{ada}");
        let on = json!([{"op": "replace", "path": "active", "value": true}]);
        copy.patch(&path, on).await.is(200);
        copy.delete(&path).await.is(204);
        assert_eq!(findings(&embedded, &copy).await, []);
        let total = copy.get("/Users?count=0").await.is(200)["totalResults"].clone();
        assert_eq!(total, width - 1);
    }
}

#[tokio::test]
async fn no_tag_of_another_table_fits() {
    let from = crate::server();
    let realm = Realm::create(from, "x-tags").await;
    let id = realm.user("ada").await;
    let path = format!("/Users/{id}");
    let mut tags = BTreeSet::from([realm.get(&path).await.header("etag").to_owned()]);
    for n in 0..3 {
        let title = json!([{"op": "replace", "path": "title", "value": format!("{n}")}]);
        realm.patch(&path, title).await.is(200);
        tags.insert(realm.get(&path).await.header("etag").to_owned());
    }
    let pages = export(from, &realm, 100).await;
    let copy = Realm::create(from, "x-tags-copy").await;
    import_all(from, &copy, &pages).await;
    for n in 3..10 {
        let answer = copy.get(&path).await;
        assert!(!tags.contains(answer.header("etag")), "{answer:?}");
        let title = json!([{"op": "replace", "path": "title", "value": format!("{n}")}]);
        copy.patch(&path, title).await.is(200);
    }
}

const ADA: &str = "0a6c3b0e-5a35-4d5e-9e0a-111111111111";
const BOB: &str = "0a6c3b0e-5a35-4d5e-9e0a-222222222222";
const CREW: &str = "0a6c3b0e-5a35-4d5e-9e0a-333333333333";

fn resource(sort: &str, id: &str, attributes: Value) -> Value {
    json!({sort: {
        "id": id, "created": "2026-01-02T03:04:05.006Z", "lastModified": "2026-01-02T03:04:05.006Z",
        "state": "provisioned", "attributes": attributes,
    }})
}

fn with(mut item: Value, sort: &str, name: &str, value: Value) -> Value {
    item[sort][name] = value;
    item
}

#[tokio::test]
async fn what_is_there_is_not_written_over() {
    let server = crate::server();
    let realm = Realm::create(server, "x-taken").await;
    let ada = resource("user", ADA, json!({"userName": "ada"}));
    let crew = resource("group", CREW, json!({"displayName": "crew"}));
    let answer = import(server, &realm, &[ada.clone(), crew.clone()]).await;
    assert_eq!(answer.json(), json!({"applied": 2, "unchanged": 0}));
    let bob = resource("user", BOB, json!({"userName": "bob"}));
    for (item, words) in [
        (resource("user", ADA, json!({"userName": "eve"})), ADA),
        (with(ada.clone(), "user", "state", json!("invited")), ADA),
        (
            with(
                ada.clone(),
                "user",
                "created",
                json!("2026-01-02T03:04:05Z"),
            ),
            ADA,
        ),
        (resource("user", NEW, json!({"userName": "ADA"})), "`ADA`"),
        (
            resource("group", NEW, json!({"displayName": "Crew"})),
            "`Crew`",
        ),
        (resource("group", ADA, json!({"displayName": "other"})), ADA),
        (resource("user", CREW, json!({"userName": "other"})), CREW),
        (json!({"members": {"group": NEW, "members": []}}), NEW),
    ] {
        let items = [
            bob.clone(),
            ada.clone(),
            item.clone(),
            resource("user", NEW, json!({"userName": "z"})),
        ];
        let answer = import(server, &realm, &items).await;
        assert_eq!(answer.status, 409, "{item}: {answer:?}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains("item 3 of 4") && detail.contains(words),
            "{detail}"
        );
        let before = detail.contains("after 1 applied and 1 unchanged")
            || detail.contains("after 0 applied and 2 unchanged");
        assert!(before, "{detail}");
    }
    let total = |name| {
        let realm = realm.clone();
        async move { realm.get(name).await.is(200)["totalResults"].clone() }
    };
    assert_eq!(
        (total("/Users").await, total("/Groups").await),
        (json!(2), json!(1))
    );
}

const NEW: &str = "0a6c3b0e-5a35-4d5e-9e0a-444444444444";

#[tokio::test]
async fn a_batch_that_cannot_be_read_changes_nothing() {
    let server = crate::server();
    let realm = Realm::create(server, "x-malformed").await;
    let good = resource("user", ADA, json!({"userName": "ada"}));
    for (item, words) in [
        (json!({"robot": {}}), "one of `realm`"),
        (json!("user"), "one of `realm`"),
        (json!({"user": {}, "group": {}}), "one of `realm`"),
        (json!({"user": 1}), "object"),
        (json!({"user": {"id": ADA}}), "missing field"),
        (with(good.clone(), "user", "id", json!("x")), "UUID"),
        (
            with(good.clone(), "user", "created", json!("yesterday")),
            "`created`",
        ),
        (
            with(good.clone(), "user", "state", json!("deactivated")),
            "`state`",
        ),
        (with(good.clone(), "user", "more", json!(1)), "more"),
        (
            with(good.clone(), "user", "createdBy", json!({})),
            "createdBy",
        ),
        (
            with(good.clone(), "user", "createdBy", json!({"key": "x"})),
            "createdBy.key",
        ),
        (resource("user", BOB, json!({})), "userName"),
        (
            resource("user", BOB, json!({"userName": "b", "active": 7})),
            "active",
        ),
        (
            resource("group", BOB, json!({"displayName": "b", "members": []})),
            "members",
        ),
        (
            with(
                resource("group", BOB, json!({"displayName": "b"})),
                "group",
                "state",
                json!("invited"),
            ),
            "`state`",
        ),
        (json!({"members": {"group": "x", "members": []}}), "UUID"),
        (
            json!({"members": {"group": ADA, "members": [{"id": "x"}]}}),
            "UUID",
        ),
        (json!({"realm": {"name": "other"}}), "name"),
    ] {
        let answer = import(server, &realm, &[good.clone(), item.clone()]).await;
        assert_eq!(answer.status, 400, "{item}: {answer:?}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(
            detail.contains("item 2 of 2") && detail.contains(words),
            "{detail}"
        );
    }
    let many = vec![json!({"members": {"group": ADA, "members": []}}); 101];
    assert_eq!(import(server, &realm, &many).await.status, 400);
    let members = vec![json!({"id": ADA}); 501];
    let item = json!({"members": {"group": ADA, "members": members}});
    assert_eq!(import(server, &realm, &[item]).await.status, 400);
    let answer = ask(server, &realm, "GET", "/export?cursor=x", None).await;
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 0);
}

#[tokio::test]
async fn members_that_are_not_there_are_counted() {
    let server = crate::server();
    let realm = Realm::create(server, "x-unknown").await;
    let items = [
        resource("user", ADA, json!({"userName": "ada"})),
        resource("group", CREW, json!({"displayName": "crew"})),
        json!({"members": {"group": CREW, "members": [{"id": ADA, "type": "User"}, {"id": BOB}]}}),
    ];
    for counts in [(3, 0), (0, 3)] {
        let answer = import(server, &realm, &items).await;
        let expected = json!({"applied": counts.0, "unchanged": counts.1, "unknownMembers": 1});
        assert_eq!(answer.json(), expected, "{answer:?}");
    }
    assert_eq!(realm.members(CREW).await, [ADA]);
}
