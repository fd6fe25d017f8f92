//! A query of the root (RFC 7644 section 3.4.2.1): every resource, whatever its
//! type, as `/.search` finds it.

use muster_tests::{Answer, Call, Realm, urn};
use serde_json::{Value, json};

/// Parameters, and the names of what is found.
type Row<'a> = (&'a [(&'a str, Value)], &'a [&'a str]);

#[track_caller]
fn names(answer: &Answer) -> Vec<String> {
    let named = |resource: &Value| {
        let name = resource["userName"].as_str();
        name.or(resource["displayName"].as_str())
            .unwrap()
            .to_owned()
    };
    let mut names: Vec<String> = answer.resources().iter().map(named).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn the_root_is_queried_like_any_endpoint() {
    let realm = Realm::create(crate::server(), "root").await;
    let ada = realm.user("ada").await;
    realm.user("bert").await;
    realm.group("crew", &[&ada]).await;
    realm.group("Ada", &[]).await;
    #[rustfmt::skip]
    let rows: [Row<'_>; 15] = [
        (&[], &["Ada", "ada", "bert", "crew"]),
        (&[("filter", json!("meta.resourceType eq \"Group\""))], &["Ada", "crew"]),
        (&[("filter", json!("(meta.resourceType eq \"User\") or (meta.resourceType eq \"Group\")"))],
            &["Ada", "ada", "bert", "crew"]),
        (&[("filter", json!("userName eq \"BERT\""))], &["bert"]),
        // What a type has not, its resources have no value for.
        (&[("filter", json!("userName pr"))], &["ada", "bert"]),
        (&[("filter", json!("userName eq \"bert\" or displayName eq \"crew\""))], &["bert", "crew"]),
        (&[("filter", json!("not (userName pr)"))], &["Ada", "crew"]),
        (&[("filter", json!("not (userName pr) and displayName sw \"a\""))], &["Ada"]),
        (&[("filter", json!("userName ne \"bert\""))], &["Ada", "ada", "crew"]),
        (&[("filter", json!("userName eq null"))], &["Ada", "crew"]),
        (&[("filter", json!("emails[type eq \"work\"] or members pr"))], &["crew"]),
        (&[("filter", json!("userName pr and members pr"))], &[]),
        (&[("filter", json!("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department pr or displayName pr"))],
            &["Ada", "crew"]),
        (&[("filter", json!("externalId eq \"nobody\""))], &[]),
        (&[("startIndex", json!(3)), ("count", json!(2))], &["Ada", "crew"]),
    ];
    for (parameters, expected) in rows {
        let mut query = reqwest::Url::parse("http://host").unwrap();
        let mut search = json!({"schemas": [urn::SEARCH]});
        for (name, value) in parameters {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            query.query_pairs_mut().append_pair(name, &text);
            search[*name] = value.clone();
        }
        let query = query
            .query()
            .map_or_else(String::new, |it| format!("?{it}"));
        let found = realm.get(&query).await;
        assert_eq!(names(&found), expected, "{found:?}");
        let with_slash = realm.get(&format!("/{query}")).await;
        assert_eq!(with_slash.json(), found.json(), "{with_slash:?}");
        let searched = realm.post("/.search", &search).await;
        assert_eq!(searched.json(), found.json(), "{searched:?}");
    }
    let shown = realm.get("?attributes=displayName&count=1").await;
    let keys: Vec<String> = shown.resources()[0]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["schemas", "id"], "a user without one: {shown:?}");
    realm
        .get("?filter=nonsense")
        .await
        .fails(400, "invalidFilter");
    realm
        .get("?filter=wrong eq 1")
        .await
        .fails(400, "invalidFilter");
}

#[tokio::test]
async fn the_root_is_closed_to_strangers_and_cannot_be_written() {
    let server = crate::server();
    let realm = Realm::create(server, "root-closed").await;
    realm.user("ada").await;
    let reader = realm.with_token(&realm.keys(server).await.read_only);
    for path in ["", "/"] {
        realm.send(Call::get(path).anonymous()).await.is(401);
        assert_eq!(names(&reader.get(path).await), ["ada"]);
        let head = realm.send(Call::new("HEAD", path)).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0), "{head:?}");
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = realm.send(Call::new(method, path).json(&json!({}))).await;
            answer.is(405);
            assert_eq!(answer.header("allow"), "GET, HEAD", "{answer:?}");
        }
    }
}
