//! The members of a realm as its operator sees them: shown and found here,
//! moved along and imported beside.

mod import;
mod states;

use muster_tests::{Answer, Call, Realm, Server, urn};
use serde_json::{Value, json};

/// An operator in a realm.
struct Members<'a> {
    server: &'a Server,
    realm: Realm,
    base: String,
}

impl<'a> Members<'a> {
    async fn of(server: &'a Server, name: &str) -> Self {
        Self {
            server,
            realm: Realm::create(server, name).await,
            base: format!("/admin/v1/realms/{name}"),
        }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let path = format!("{}{path}", self.base);
        self.realm.admin(self.server, method, &path, body).await
    }

    /// All pages of a list; every one but the last is told by its cursor.
    async fn pages(&self, query: &str) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/members?{query}{cursor}");
            let body = ok(&self.ask("GET", &path, None).await);
            pages.push(body["members"].as_array().unwrap().clone());
            match body["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return pages,
            }
            assert!(pages.len() < 100, "{query}: without an end");
        }
    }

    /// What the members of a list are called, sorted.
    async fn found(&self, query: &str) -> Vec<String> {
        let members = self.pages(query).await.concat();
        let mut names: Vec<String> = members.iter().map(name).collect();
        names.sort();
        names
    }

    async fn state(&self, id: &str) -> Value {
        ok(&self.ask("GET", &format!("/members/{id}"), None).await)["state"].clone()
    }

    async fn step(&self, id: &str, to: &str) -> Answer {
        let body = json!({"state": to});
        self.ask("PATCH", &format!("/members/{id}"), Some(body))
            .await
    }

    async fn import(&self, body: Value) -> Value {
        ok(&self.ask("POST", "/members/import", Some(body)).await)
    }

    async fn activate(&self, id: &str, active: Value) {
        let operations = json!([{"op": "replace", "path": "active", "value": active}]);
        let path = format!("/Users/{id}");
        self.realm.patch(&path, operations).await.is(200);
    }
}

#[track_caller]
fn ok(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

#[track_caller]
fn problem(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains(words), "{detail}");
}

fn name(member: &Value) -> String {
    let name = member.get("userName").or(member.get("displayName"));
    name.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn user(name: &str, more: Value) -> Value {
    let mut user = json!({"schemas": [urn::USER], "userName": name, "active": true});
    let object = user.as_object_mut().unwrap();
    object.extend(more.as_object().unwrap().clone());
    user
}

#[tokio::test]
async fn a_member_shows_what_is_known_of_it() {
    let members = Members::of(crate::server(), "m-shown").await;
    let realm = &members.realm;
    let (key, token) = realm.key(members.server, json!({"name": "Entra ID"})).await;
    let client = realm.with_token(&token);
    let ada = user("ada", json!({"displayName": "Ada", "externalId": "7"}));
    let answer = client.post("/Users", &ada).await;
    let (id, scim) = (answer.created(), answer.json());
    let group = client.group("Analysts", &[&id]).await;
    let outer = client.group("Everyone", &[&group]).await;
    let after = client.get(&format!("/Users/{id}")).await.is(200);
    let shown = ok(&members.ask("GET", &format!("/members/{id}"), None).await);
    let by = json!({"key": key, "name": "Entra ID"});
    let expected = json!({
        "id": id, "type": "User", "userName": "ada", "displayName": "Ada", "externalId": "7",
        "state": "provisioned", "active": true, "created": scim["meta"]["created"],
        "createdBy": by, "lastModified": scim["meta"]["lastModified"],
        "version": after["meta"]["version"],
        "profile": {"userName": "ada", "displayName": "Ada", "active": true},
        "groups": [{"id": group, "displayName": "Analysts"}],
    });
    assert_eq!(shown, expected);
    let shown = ok(&members.ask("GET", &format!("/members/{group}"), None).await);
    assert_eq!(shown["type"], "Group");
    assert_eq!(shown["state"], "provisioned");
    assert_eq!(shown["createdBy"], by);
    assert_eq!(shown.get("active"), None);
    assert_eq!(
        shown["groups"],
        json!([{"id": outer, "displayName": "Everyone"}])
    );
    for id in ["nobody", "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"] {
        let answer = members.ask("GET", &format!("/members/{id}"), None).await;
        problem(&answer, 404, "no member");
    }
    // Another realm's member is nobody here.
    let other = Members::of(crate::server(), "m-shown-other").await;
    let answer = other.ask("GET", &format!("/members/{id}"), None).await;
    problem(&answer, 404, "no member");
}

#[tokio::test]
async fn members_are_found() {
    let members = Members::of(crate::server(), "m-found").await;
    let realm = &members.realm;
    let with_email = |email: &str| json!({"emails": [{"type": "work", "value": email}]});
    let mut ids = Vec::new();
    for (name, more) in [
        ("ada", json!({"displayName": "Ada LOVELACE"})),
        ("bob", with_email("robert@lovelace.example")),
        ("cyd", json!({"active": false})),
        ("dee", with_email("dee@example.com")),
    ] {
        ids.push(realm.post("/Users", &user(name, more)).await.created());
    }
    realm.group("Lovelace fans", &[&ids[0]]).await;
    realm.group("Others", &[]).await;
    for (query, expected) in [
        ("", "Lovelace fans,Others,ada,bob,cyd,dee"),
        ("type=user", "ada,bob,cyd,dee"),
        ("type=Group", "Lovelace fans,Others"),
        ("q=lovelace", "Lovelace fans,ada,bob"),
        ("q=LoveLace&type=user", "ada,bob"),
        ("q=example.com", "dee"),
        ("q=%20", "Lovelace fans,Others,ada,bob,cyd,dee"),
        ("state=deactivated", "cyd"),
        ("state=provisioned", "Lovelace fans,Others,ada,bob,dee"),
        ("state=provisioned&q=d&type=user", "ada,dee"),
        ("state=invited", ""),
        ("filter=userName eq \"BOB\"", "bob"),
        ("filter=userName eq \"bob\"&q=ada", ""),
        ("filter=userName eq \"nobody\"", ""),
        ("filter=emails.value eq \"dee@example.com\"", "dee"),
        ("filter=active eq false", "cyd"),
        ("filter=displayName pr", "ada"),
        ("filter=groups.display eq \"Lovelace fans\"", "ada"),
        ("filter=displayName sw \"O\"&type=group", "Others"),
        ("filter=members pr&type=group", "Lovelace fans"),
        (
            "filter=members.display eq \"Ada LOVELACE\"&type=group",
            "Lovelace fans",
        ),
    ] {
        assert_eq!(members.found(query).await.join(","), expected, "{query}");
    }
    let filter = format!("type=group&filter=members eq \"{}\"", ids[0]);
    assert_eq!(members.found(&filter).await, ["Lovelace fans"]);
    for (query, words) in [
        ("type=robot", "`type`"),
        ("state=gone", "`state`"),
        ("filter=userName", "position"),
        ("filter=members pr", "members"),
        ("limit=0", "`limit`"),
        ("cursor=x", "`cursor`"),
        ("cursor=User.x", "`cursor`"),
    ] {
        let answer = members.ask("GET", &format!("/members?{query}"), None).await;
        problem(&answer, 400, words);
    }
}

#[tokio::test]
async fn pages_hold_every_member_once() {
    let members = Members::of(crate::server(), "m-pages").await;
    let mut expected = Vec::new();
    for n in 0..7 {
        let email = json!({"externalId": "same", "displayName": format!("{}", n % 2)});
        let user = user(&format!("u{n}"), email);
        members.realm.post("/Users", &user).await.created();
        expected.push(format!("u{n}"));
    }
    let users = expected.clone();
    for n in 0..3 {
        members.realm.group(&format!("g{n}"), &[]).await;
        expected.insert(n, format!("g{n}"));
    }
    let odd = ["u1", "u3", "u5"].map(str::to_owned);
    for (query, expected) in [
        ("", &expected[..]),
        ("type=user", &users),
        // By the index, and by a walk.
        ("filter=externalId eq \"same\"", &users),
        ("filter=userName sw \"u\"", &users),
        ("filter=displayName eq \"1\"", &odd),
        ("q=u", &users),
    ] {
        for limit in [1, 2, 3, 5, 7, 10, 100] {
            let query = format!("{query}&limit={limit}");
            let pages = members.pages(&query).await;
            assert!(pages.iter().all(|page| page.len() <= limit), "{query}");
            // Nothing is read for one member at a time, nor for the sake of an empty page.
            assert!(pages.len() <= expected.len() / limit + 3, "{query}");
            let mut names: Vec<String> = pages.concat().iter().map(name).collect();
            names.sort();
            assert_eq!(names, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn a_filter_that_reads_too_much_ends_its_page() {
    let members = Members::of(crate::server(), "m-large").await;
    // 24 MiB: more than one request may read.
    let filling = "x".repeat(240 * 1024);
    for n in 0..100 {
        let user = user(&format!("u{n}"), json!({"nickName": filling}));
        members.realm.post("/Users", &user).await.created();
    }
    let scim = Call::get("/Users?filter=displayName eq \"nobody\"");
    members.realm.send(scim).await.fails(400, "tooMany");
    let pages = members.pages("filter=displayName eq \"nobody\"").await;
    assert!(
        pages.len() > 1 && pages.concat().is_empty(),
        "{}",
        pages.len()
    );
    let pages = members.pages("q=u99&type=user").await;
    assert_eq!(pages.concat().len(), 1);
}
