//! What operators do: every operation of the administration, and whatever of the
//! table it can come to.

use super::operated::{Operated, person, text};
use muster_tests::{Call, Realm, Server, urn};
use serde_json::{Value, json};

/// The extension that the realm declares.
const TAGS: &str = "urn:ietf:params:scim:schemas:extension:planted:2.0:User";
/// Another, of groups.
const CREWS: &str = "urn:example:planted:2.0:Group";

pub(super) async fn play(server: &Server) {
    let own = Operated::new(server, "l-operated").await;
    own.everywhere().await;
    own.settings().await;
    own.keys().await;
    own.schemas().await;
    own.mappers().await;
    own.members().await;
    own.carried().await;
    own.recorded().await;
}

impl Operated<'_> {
    /// What is of no realm.
    async fn everywhere(&self) {
        for path in ["openapi.json", "profiles", "realms"] {
            let path = format!("/admin/v1/{path}");
            for method in ["GET", "HEAD"] {
                self.ask_at(method, &path, None, 200).await;
            }
        }
        let page = self.ask_at("GET", "/admin/v1/realms?limit=1", None, 200);
        let cursor = text(&page.await, "nextCursor");
        let next = format!("/admin/v1/realms?limit=1&cursor={cursor}");
        self.ask_at("GET", &next, None, 200).await;
    }

    /// The realm's own item, made and changed.
    async fn settings(&self) {
        let new = json!({"name": "l-operated-2", "displayName": "Planted Corporation"});
        for status in [201, 200] {
            let body = Some(new.clone());
            self.ask_at("POST", "/admin/v1/realms", body, status).await;
        }
        let other = json!({"name": "l-operated-2", "displayName": "planted otherwise"});
        self.ask_at("POST", "/admin/v1/realms", Some(other), 409)
            .await;
        for change in [
            json!({"displayName": "Planted Incorporated", "entraTenantId": "planted-tenant"}),
            json!({"events": {"retentionDays": 7, "values": true}, "invitation": true}),
            json!({"limits": {"users": 1_000, "groups": 1_000, "requestsPerSecond": 10_000}}),
            json!({"profile": "azure"}),
            json!({"entraTenantId": null}),
        ] {
            self.ask("PATCH", "", Some(change), 200).await;
        }
        let url = format!("{}/admin/v1/realms/l-operated", self.server.origin());
        for (tag, status) in [("W/\"planted\"", 412), ("*", 200)] {
            let call = Call::new("PATCH", &url).header("if-match", tag);
            let call = call.header("content-type", "application/json");
            let call = call.json(&json!({"displayName": "Planted & Sons"}));
            let answer = self.realm.send(call.by(self.server.operator())).await;
            assert_eq!(answer.status, status, "{answer:?}");
        }
    }

    /// A key's whole life.
    async fn keys(&self) {
        let url = format!("{}/admin/v1/realms/l-operated/keys", self.server.origin());
        for (name, status) in [("planted", 201), ("planted", 200), ("planted anew", 409)] {
            let call = Call::new("POST", &url).header("idempotency-key", "planted-once");
            let call = call.header("content-type", "application/json");
            let call = call.json(&json!({"name": name}));
            let answer = self.realm.send(call.by(self.server.operator())).await;
            assert_eq!(answer.status, status, "{answer:?}");
        }
        // Each with a warning before its end, which goes when that moves.
        let ends = json!({"name": "planted for a year", "expiresIn": "365d"});
        let (old, _) = self.realm.key(self.server, ends).await;
        let path = format!("/keys/{old}");
        let named = json!({"name": "planted successor", "overlap": "1h"});
        let rotate = format!("{path}/rotate");
        let rotated = self.ask("POST", &rotate, Some(named), 201).await;
        let new = self.realm.with_token(&text(&rotated, "token"));
        new.get("/Users?count=0").await.is(200);
        for method in ["GET", "HEAD"] {
            self.ask(method, &path, None, 200).await;
        }
        let page = self.ask("GET", "/keys?limit=1", None, 200).await;
        let cursor = text(&page, "nextCursor");
        self.ask("GET", &format!("/keys?cursor={cursor}"), None, 200)
            .await;
        self.ask("DELETE", &path, None, 204).await;
        self.ask("POST", &rotate, Some(json!({})), 409).await;
    }

    /// Extensions declared, taken part in, and judged by what is stored.
    async fn schemas(&self) {
        let of = |of: &str, kind: &str| {
            let attributes = json!([
                {"name": "plantedTag", "type": kind},
                {"name": "plantedSecret", "type": "string", "returned": "never", "mutability": "writeOnly"},
            ]);
            json!({"name": "Planted", "description": "planted words", "resourceType": of,
                "attributes": attributes})
        };
        let (tags, crews) = (format!("/schemas/{TAGS}"), format!("/schemas/{CREWS}"));
        self.ask("PUT", &tags, Some(of("User", "string")), 201)
            .await;
        self.ask("PUT", &crews, Some(of("Group", "string")), 201)
            .await;
        let tagged = json!({"plantedTag": "planted tag", "plantedSecret": "planted s3cret"});
        let mut user = person(0);
        user[TAGS] = tagged.clone();
        let user = self.realm.post("/Users", &user).await.created();
        let crew = json!({"schemas": [urn::GROUP], "displayName": "Planted crew", CREWS: tagged,
            "members": [{"value": user}]});
        self.realm.post("/Groups", &crew).await.created();
        let filter = format!("{TAGS}:plantedTag eq \"planted tag\"");
        self.realm.filter("/Users", &filter).await.is(200);
        let shown = json!({"filter": filter, "attributes": [TAGS]});
        self.realm.post("/Users/.search", &shown).await.is(200);
        // A type does not change under data.
        self.ask("PUT", &tags, Some(of("User", "integer")), 409)
            .await;
        self.ask("PUT", &crews, Some(of("Group", "boolean")), 409)
            .await;
        for below in ["/schemas", &tags] {
            for method in ["GET", "HEAD"] {
                self.ask(method, below, None, 200).await;
            }
        }
        self.realm.get(&format!("/Schemas/{TAGS}")).await.is(200);
        self.ask("DELETE", &crews, None, 204).await;
        self.ask("GET", &crews, None, 404).await;
    }

    /// The company's own names.
    async fn mappers(&self) {
        let row = |path: &str| json!([{"name": "plantedName", "attribute": "plantedAttribute", "path": path, "type": "String"}]);
        let rows = json!({"mappers": row(&format!("{TAGS}:plantedTag"))});
        self.ask("PUT", "/mappers", Some(rows), 200).await;
        let unknown = json!({"mappers": row("plantedPath")});
        self.ask("PUT", "/mappers", Some(unknown), 400).await;
        for method in ["GET", "HEAD"] {
            self.ask(method, "/mappers", None, 200).await;
        }
        let found = self
            .realm
            .filter("/Users", "externalId eq \"planted-x0\"")
            .await
            .resources();
        let member = json!({"member": text(&found[0], "id")});
        let tried = self.ask("POST", "/mappers/try", Some(member), 200).await;
        assert_eq!(tried["profile"]["plantedName"], "planted tag", "{tried}");
        let tried = json!({"user": person(1), "mappers": row("displayName")});
        let tried = self.ask("POST", "/mappers/try", Some(tried), 200).await;
        assert_eq!(tried["profile"]["plantedName"], "Planted Person 1");
        self.ask("DELETE", "/mappers", None, 204).await;
    }

    /// Users and groups, found, moved along, brought in.
    async fn members(&self) {
        let users = json!([
            person(2), person(3), person(2), {"userName": "", "planted": 1},
            {"profile": {"userName": "planted-4@example.net", "displayName": "Planted Person 4"}},
            {"profile": {"plantedNobody": "planted"}},
        ]);
        for dry in [true, false] {
            let body = json!({"users": users, "dryRun": dry});
            let told = self.ask("POST", "/members/import", Some(body), 200).await;
            assert_eq!(told["created"], 3, "{told}");
        }
        let found = self.ask("GET", "/members?q=planted-2@", None, 200).await;
        let id = text(&found["members"][0], "id");
        let path = format!("/members/{id}");
        for (to, status) in [("invited", 200), ("confirmed", 409), ("accepted", 200)] {
            let step = Some(json!({"state": to}));
            self.ask("PATCH", &path, step, status).await;
        }
        let body = json!({"schemas": [urn::GROUP], "displayName": "Planted club",
            "members": [{"value": id}]});
        let group = self.realm.post("/Groups", &body).await.created();
        self.realm.group("Planted circle", &[&group]).await;
        for path in [&path, &format!("/members/{group}")] {
            for method in ["GET", "HEAD"] {
                self.ask(method, path, None, 200).await;
            }
        }
        let by_member = format!("type=group&filter=members eq \"{id}\"");
        for query in [
            "",
            "limit=2",
            "type=group&limit=1",
            "state=accepted&q=planted",
            "filter=userName eq \"planted-3@example.net\"",
            "filter=externalId eq \"planted-x2\"",
            "filter=displayName sw \"Planted\"",
            "filter=groups.display eq \"Planted club\"",
            "type=group&filter=displayName eq \"Planted club\"",
            "type=group&filter=members pr",
            "type=group&filter=members.display eq \"Planted Person 2\"",
            &by_member,
        ] {
            let path = format!("/members?{query}");
            let page = self.ask("GET", &path, None, 200).await;
            let members = page["members"].as_array().unwrap();
            assert!(!members.is_empty(), "{query}: {page}");
            if let Some(cursor) = page["nextCursor"].as_str() {
                let next = format!("/members?{query}&cursor={cursor}");
                self.ask("GET", &next, None, 200).await;
            }
        }
    }

    /// The realm carried into another.
    async fn carried(&self) {
        let to = Operated::new(self.server, "l-carried").await;
        // What a realm holds cannot be written over.
        let taken = json!({"userName": "planted-2@example.net"});
        let taken = to.realm.post("/Users", &taken).await.created();
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/export?limit=3{cursor}");
            let page = self.ask("GET", &path, None, 200).await;
            pages.push(json!({"items": page["items"]}));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        self.ask("HEAD", "/export", None, 200).await;
        let everything: Vec<&Value> = pages.iter().collect();
        assert!(json!(everything).to_string().contains("planted tag"));
        let mut refused = 0;
        for page in &pages {
            let body = Some(page.clone());
            let path = "/admin/v1/realms/l-carried/import";
            let answer = self.realm.admin(self.server, "POST", path, body).await;
            refused += usize::from(answer.status == 409);
        }
        assert!(refused > 0);
        to.realm.delete(&format!("/Users/{taken}")).await.is(204);
        for _ in 0..2 {
            for page in &pages {
                to.ask("POST", "/import", Some(page.clone()), 200).await;
            }
        }
        assert!(to.realm.get("/Users").await.resources().len() >= 4);
    }

    /// What is on record, and what was used.
    async fn recorded(&self) {
        let all = self.ask("GET", "/events?limit=100", None, 200).await;
        let events = all["events"].as_array().unwrap();
        // This realm keeps values.
        assert!(all.to_string().contains("planted-2@example.net"), "{all}");
        let one = format!("/events/{}", text(&events[0], "id"));
        for below in [one.as_str(), "/events", "/usage"] {
            for method in ["GET", "HEAD"] {
                self.ask(method, below, None, 200).await;
            }
        }
        for query in [
            "kind=write&order=asc&limit=1",
            "status=4xx",
            "from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z",
            "resource=planted",
        ] {
            self.ask("GET", &format!("/events?{query}"), None, 200)
                .await;
        }
        let used = self.ask("GET", "/usage?from=2020-01-01", None, 200).await;
        assert!(used["total"]["requests"].as_u64().unwrap() > 0, "{used}");
    }
}

/// Realms and keys, as simply as they are asked for.
pub(super) async fn realms_and_keys(server: &Server, realm: &Realm) {
    let keys = realm.keys(server).await;
    realm.with_token(&keys.revoked).get("/Users").await.is(401);
    let name = &realm.name;
    let (key, _) = realm.key(server, json!({"name": "shown"})).await;
    for (method, path, body, status) in [
        ("GET", "/admin/v1/realms?limit=2".to_owned(), None, 200),
        ("GET", format!("/admin/v1/realms/{name}"), None, 200),
        ("HEAD", format!("/admin/v1/realms/{name}"), None, 200),
        ("GET", format!("/admin/v1/realms/{name}/keys"), None, 200),
        (
            "GET",
            format!("/admin/v1/realms/{name}/keys/{key}"),
            None,
            200,
        ),
        (
            "POST",
            "/admin/v1/realms".to_owned(),
            Some(json!({"name": name, "displayName": "Planted"})),
            409,
        ),
        (
            "PATCH",
            format!("/admin/v1/realms/{name}"),
            Some(json!({"displayName": "Planted Scenario"})),
            200,
        ),
        (
            "PATCH",
            format!("/admin/v1/realms/{name}"),
            Some(json!({"state": "disabled"})),
            200,
        ),
        (
            "PATCH",
            format!("/admin/v1/realms/{name}"),
            Some(json!({"state": "enabled"})),
            200,
        ),
        (
            "GET",
            "/admin/v1/realms/l-there-is-none".to_owned(),
            None,
            404,
        ),
        (
            "POST",
            "/admin/v1/realms/l-there-is-none/keys".to_owned(),
            Some(json!({"name": "x"})),
            404,
        ),
    ] {
        let answer = realm.admin(server, method, &path, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}
