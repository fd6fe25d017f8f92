//! The members of a realm as its operator sees them: found, moved along, imported.

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
    let members = Members::of(crate::server(), "m-race").await;
    for n in 0..5 {
        let id = members.realm.user(&format!("u{n}")).await;
        ok(&members.step(&id, "invited").await);
        ok(&members.step(&id, "accepted").await);
        let (on, back) = tokio::join!(members.step(&id, "confirmed"), members.step(&id, "invited"));
        let state = members.state(&id).await;
        match (on.status, back.status) {
            // From `confirmed` a new invitation is allowed, from `invited` no confirmation.
            (200, 200) | (409, 200) => assert_eq!(state, "invited"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn users_are_imported() {
    let members = Members::of(crate::server(), "m-import").await;
    ok(&members
        .ask("PATCH", "", Some(json!({"invitation": true})))
        .await);
    let there = members.realm.user("There@example.com").await;
    let users = json!([
        user("new@example.com", json!({"externalId": "1"})),
        user("there@example.com", json!({"displayName": "Another"})),
        {"displayName": "nameless"},
        user("typed@example.com", json!({"active": "perhaps"})),
        {"profile": {"loginName": "flat@example.com"}},
        {"profile": {"userName": "mapped@example.com", "email": "m@example.com"}},
        user("NEW@example.com", json!({})),
        "no object",
        user("last@example.com", json!({})),
    ]);
    let expected = [
        ("new@example.com", "created", ""),
        ("there@example.com", "exists", ""),
        ("", "invalid", "userName"),
        ("typed@example.com", "invalid", "active"),
        ("", "invalid", "loginName"),
        ("mapped@example.com", "created", ""),
        ("NEW@example.com", "exists", ""),
        ("", "invalid", "object"),
        ("last@example.com", "created", ""),
    ];
    let check = |answer: &Value| {
        assert_eq!(answer["created"], 3, "{answer}");
        assert_eq!(answer["exists"], 2, "{answer}");
        assert_eq!(answer["invalid"], 4, "{answer}");
        let results = answer["results"].as_array().unwrap();
        assert_eq!(results.len(), expected.len());
        for (result, (name, outcome, detail)) in results.iter().zip(expected) {
            let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
            assert_eq!(text("userName"), name, "{result}");
            assert_eq!(text("outcome"), outcome, "{result}");
            assert_eq!(
                detail.is_empty(),
                result.get("detail").is_none(),
                "{result}"
            );
            assert!(text("detail").contains(detail), "{result}");
        }
        results[1]["id"].clone()
    };
    let dry = members
        .import(json!({"users": users, "dryRun": true}))
        .await;
    assert_eq!(check(&dry), there.as_str());
    assert_eq!(members.found("").await, ["There@example.com"]);
    let real = members.import(json!({"users": users})).await;
    assert_eq!(check(&real), there.as_str());
    let results = &real["results"];
    assert_eq!(results[0]["id"], results[6]["id"]);
    let shown = members.found("").await;
    assert_eq!(
        shown,
        [
            "There@example.com",
            "last@example.com",
            "mapped@example.com",
            "new@example.com"
        ]
    );
    // A client's match finds them, and they were never invited.
    let found = members
        .realm
        .filter("/Users", "userName eq \"new@example.com\"")
        .await;
    let found = found.resources();
    assert_eq!(found[0]["id"], results[0]["id"]);
    assert_eq!(found[0]["externalId"], "1");
    let path = format!("/members/{}", found[0]["id"].as_str().unwrap());
    let shown = ok(&members.ask("GET", &path, None).await);
    assert_eq!(shown["state"], "provisioned");
    assert!(shown["createdBy"]["operator"].is_string(), "{shown}");
    // Once more: all are there.
    let again = members.import(json!({"users": users})).await;
    assert_eq!(
        (&again["created"], &again["exists"]),
        (&json!(0), &json!(4))
    );
    let there = members.realm.get(&format!("/Users/{there}")).await.is(200);
    assert_eq!(there.get("displayName"), None);
    let many: Vec<Value> = (0..101)
        .map(|n| user(&format!("m{n}"), json!({})))
        .collect();
    let answer = members
        .ask("POST", "/members/import", Some(json!({"users": many})))
        .await;
    problem(&answer, 400, "100");
    let answer = members
        .ask("POST", "/members/import", Some(json!({"user": []})))
        .await;
    problem(&answer, 400, "user");
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
