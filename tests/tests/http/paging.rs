//! Pages, order and filters of lists, and `/.search` (RFC 7644 sections 3.4.2
//! and 3.4.3).

use muster_tests::{Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

#[tokio::test]
async fn pages_follow_the_rules() {
    let realm = realm("pages").await;
    for n in 0..7 {
        realm.user(&format!("p{n}@example.net")).await;
    }
    // query, startIndex answered, resources answered
    let rows = [
        ("", 1, 7),
        ("count=3", 1, 3),
        ("startIndex=6&count=3", 6, 2),
        ("count=0", 1, 0),
        ("count=-5", 1, 0),
        ("count=1000000", 1, 7),
        ("startIndex=0", 1, 7),
        ("startIndex=-3&count=2", 1, 2),
        ("startIndex=8", 8, 0),
        ("startIndex=500000&count=2", 500_000, 0),
        ("STARTINDEX=2&Count=2", 2, 2),
        ("count=2&filter=userName%20sw%20%22p%22", 1, 2),
        ("startIndex=7&count=2&filter=userName%20sw%20%22p%22", 7, 1),
        ("count=0&filter=userName%20sw%20%22p%22", 1, 0),
    ];
    for (query, start, resources) in rows {
        let answer = realm.get(&format!("/Users?{query}")).await;
        assert_eq!(answer.resources().len(), resources, "{answer:?}");
        let body = answer.json();
        assert_eq!(body["totalResults"], 7, "{answer:?}");
        assert_eq!(body["startIndex"], start, "{answer:?}");
    }
    for query in ["count=many", "startIndex=1.5", "count=99999999999999999999"] {
        let answer = realm.get(&format!("/Users?{query}")).await;
        assert!(answer.status == 200 || answer.status == 400, "{answer:?}");
        answer.is(answer.status);
    }
    let empty = realm.get("/Groups").await;
    assert!(empty.resources().is_empty());
    assert_eq!(empty.json()["totalResults"], 0);
}

#[tokio::test]
async fn totals_follow_creation_and_deletion() {
    let realm = realm("totals").await;
    let total = async |expected: usize| {
        let answer = realm.get("/Users?count=0").await;
        assert_eq!(answer.is(200)["totalResults"], expected);
    };
    total(0).await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(realm.user(&format!("t{n}@example.net")).await);
        total(n + 1).await;
    }
    let refused = json!({"userName": "T0@example.net"});
    realm.post("/Users", &refused).await.is(409);
    total(6).await;
    for (n, id) in ids.iter().enumerate() {
        realm.delete(&format!("/Users/{id}")).await.is(204);
        realm.delete(&format!("/Users/{id}")).await.is(404);
        total(5 - n).await;
    }
}

#[tokio::test]
async fn lists_are_sorted() {
    let realm = realm("sorted").await;
    for (name, title) in [("b", Some("Mate")), ("C", None), ("a", Some("captain"))] {
        let mut body = json!({"userName": name, "name": {"familyName": format!("f{name}")}});
        if let Some(title) = title {
            body["title"] = json!(title);
        }
        realm.post("/Users", &body).await.created();
    }
    // RFC 7644 section 3.4.2.3: caseExact false sorts without case; resources
    // without the value are last ascending and first descending.
    let rows = [
        ("sortBy=userName", "a b C"),
        ("sortBy=USERNAME&sortOrder=ascending", "a b C"),
        ("sortBy=userName&sortOrder=descending", "C b a"),
        ("sortBy=userName&sortOrder=Descending&count=2", "C b"),
        ("sortBy=userName&startIndex=2", "b C"),
        ("sortBy=title", "a b C"),
        ("sortBy=title&sortOrder=descending", "C b a"),
        ("sortBy=name.familyName", "a b C"),
        ("sortBy=meta.created", "b C a"),
        ("sortBy=userName&filter=title%20pr", "a b"),
    ];
    for (query, expected) in rows {
        let answer = realm.get(&format!("/Users?{query}")).await;
        let names: Vec<String> = answer
            .resources()
            .iter()
            .map(|user| user["userName"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names.join(" "), expected, "{query}");
    }
}

#[tokio::test]
async fn filters_match_what_they_say() {
    let realm = realm("filters").await;
    let mut bodies = [
        json!({"userName": "anna", "active": true, "title": "Mate", "name": {"familyName": "Zimmer"},
            "emails": [{"type": "work", "value": "anna@example.net"}, {"type": "home", "value": "a@home.example"}],
            urn::ENTERPRISE: {"department": "Yard"}}),
        json!({"userName": "bernd", "active": false, "name": {"familyName": "Öztürk"},
            "emails": [{"type": "work", "value": "bernd@example.org"}]}),
        json!({"userName": "cleo \"the\" cat", "title": "Captain"}),
    ];
    for body in &mut bodies {
        realm.post("/Users", body).await.created();
    }
    let rows = [
        (r#"userName eq "ANNA""#, "anna"),
        (r#"userName ne "anna""#, "bernd cleo"),
        (r#"userName co "N""#, "anna bernd"),
        (r#"userName sw "b" or title ew "TAIN""#, "bernd cleo"),
        (r#"userName eq "cleo \"the\" cat""#, "cleo"),
        (r#"userName gt "b""#, "bernd cleo"),
        (r#"userName le "anna""#, "anna"),
        ("title pr", "anna cleo"),
        ("not (title pr)", "bernd"),
        ("active eq true", "anna"),
        ("active eq false", "bernd"),
        (r#"name.familyName eq "öZTÜRK""#, "bernd"),
        (r#"emails[type eq "home" and value co "home"]"#, "anna"),
        (r#"emails[type eq "home" and value co "example.net"]"#, ""),
        (
            r#"emails.type eq "home" and emails.value co "example.net""#,
            "anna",
        ),
        (r#"emails co "example.org""#, "bernd"),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "yard""#,
            "anna",
        ),
        (r#"department eq "Yard""#, "anna"),
        (r#"meta.resourceType eq "User""#, "anna bernd cleo"),
        (
            r#"meta.created gt "2020-01-01T00:00:00Z""#,
            "anna bernd cleo",
        ),
        (r#"meta.lastModified lt "2020-01-01T00:00:00Z""#, ""),
        (
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            "anna",
        ),
        (
            r#"title pr and (userName eq "anna" or userName sw "cleo") and not (active eq true)"#,
            "cleo",
        ),
    ];
    for (filter, expected) in rows {
        let answer = realm.filter("/Users", filter).await;
        let mut names: Vec<String> = answer
            .resources()
            .iter()
            .map(|user| {
                user["userName"]
                    .as_str()
                    .unwrap()
                    .split(' ')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        names.sort_unstable();
        assert_eq!(names.join(" "), expected, "{filter}");
        assert_eq!(answer.json()["totalResults"], names.len(), "{filter}");
        let search = json!({"schemas": [urn::SEARCH], "filter": filter});
        let searched = realm.post("/Users/.search", &search).await;
        assert_eq!(searched.json()["totalResults"], names.len(), "{filter}");
    }
}

#[tokio::test]
async fn a_bad_filter_is_refused() {
    let realm = realm("bad-filters").await;
    realm.user("someone@example.net").await;
    for filter in [
        "userName",
        "userName eq",
        "eq \"x\"",
        "userName xx \"x\"",
        "noSuch eq \"x\"",
        "userName.sub eq \"x\"",
        "active gt true",
        "userName eq \"x",
        "(userName eq \"x\"",
        "userName eq \"x\")",
        "userName eq \"x\" and",
        "emails[type eq \"work\"",
        "urn:example:1.0:Unknown:thing eq \"x\"",
        "userName eq \"x\" junk more",
        "not userName pr",
        "emails[noSuch eq \"x\"]",
        " ",
    ] {
        let answer = realm.filter("/Users", filter).await;
        if filter == " " {
            answer.is(answer.status);
            continue;
        }
        answer.fails(400, "invalidFilter");
        realm
            .post("/Users/.search", &json!({"filter": filter}))
            .await
            .fails(400, "invalidFilter");
    }
}

#[tokio::test]
async fn a_search_looks_at_users_and_groups() {
    let realm = realm("search").await;
    let user = realm
        .post("/Users", &json!({"userName": "s", "displayName": "Same"}))
        .await
        .created();
    let group = realm.group("Same", &[]).await;
    realm.user("other").await;
    let ids = |answer: &muster_tests::Answer| -> Vec<Value> {
        answer
            .resources()
            .iter()
            .map(|resource| resource["id"].clone())
            .collect()
    };
    let both = realm
        .post("/.search", &json!({"filter": "displayName eq \"same\""}))
        .await;
    let found = ids(&both);
    assert!(
        found.contains(&json!(user)) && found.contains(&json!(group)),
        "{both:?}"
    );
    let users = realm
        .post(
            "/Users/.search",
            &json!({"filter": "displayName eq \"same\""}),
        )
        .await;
    assert_eq!(ids(&users), [json!(user)]);
    let groups = realm
        .post(
            "/Groups/.search",
            &json!({"Filter": "displayName eq \"same\""}),
        )
        .await;
    assert_eq!(ids(&groups), [json!(group)]);
    let page = realm
        .post(
            "/.search",
            &json!({"startIndex": 2, "count": 1, "unknown": 1}),
        )
        .await;
    assert_eq!(page.resources().len(), 1);
    assert_eq!(page.json()["totalResults"], 3);
    assert_eq!(page.json()["startIndex"], 2);
    let body = json!({"sortBy": "userName", "sortOrder": "descending", "attributes": ["userName"]});
    let sorted = realm.post("/Users/.search", &body).await.resources();
    assert_eq!(sorted[0]["userName"], "s");
    for bad in [
        json!([]),
        json!("x"),
        json!({"count": "many"}),
        json!({"filter": 7}),
    ] {
        let answer = realm.post("/.search", &bad).await;
        assert_eq!(answer.status, 400, "{bad}: {answer:?}");
        answer.is(400);
    }
}
