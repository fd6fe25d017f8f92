//! Pages by cursor (RFC 9865): what they hold, and what a cursor is bound to.

mod bound;

use muster_tests::{Answer, Call, Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

/// One page of a walk.
pub(crate) struct Page {
    pub(crate) ids: Vec<String>,
    pub(crate) total: Option<u64>,
    pub(crate) next: Option<String>,
}

impl Page {
    #[track_caller]
    fn of(answer: &Answer) -> Self {
        let body = answer.is(200);
        assert_eq!(body["schemas"], json!([urn::LIST]), "{answer:?}");
        assert!(body.get("startIndex").is_none(), "{answer:?}");
        assert!(body.get("previousCursor").is_none(), "{answer:?}");
        let resources = body["Resources"].as_array().expect("no Resources");
        assert_eq!(body["itemsPerPage"], resources.len(), "{answer:?}");
        let next = body.get("nextCursor");
        let next = next.map(|next| next.as_str().unwrap().to_owned());
        // RFC 9865 section 2: the unreserved characters of RFC 3986.
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(
            next.iter().all(|next| next.chars().all(unreserved)),
            "{answer:?}"
        );
        let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
        let total = body.get("totalResults");
        Self {
            ids: resources.iter().map(id).collect(),
            total: total.map(|total| total.as_u64().unwrap()),
            next,
        }
    }
}

/// A query: by POST where it goes to `/.search`, else by GET.
pub(crate) fn ask(endpoint: &str, query: &Value) -> Call {
    let mut query = query.as_object().unwrap().clone();
    if endpoint.ends_with("/.search") {
        query.insert("schemas".to_owned(), json!([urn::SEARCH]));
        return Call::new("POST", endpoint).json(&Value::Object(query));
    }
    let mut url = reqwest::Url::parse("http://host").unwrap();
    for (name, value) in &query {
        let value = value.as_str().map_or(value.to_string(), str::to_owned);
        url.query_pairs_mut().append_pair(name, &value);
    }
    Call::get(&format!("{endpoint}?{}", url.query().unwrap_or_default()))
}

/// The query with another value for a parameter; without it for null.
pub(crate) fn with(query: &Value, name: &str, value: Value) -> Value {
    let mut query = query.as_object().unwrap().clone();
    query.remove(name);
    if !value.is_null() {
        query.insert(name.to_owned(), value);
    }
    Value::Object(query)
}

async fn page(realm: &Realm, endpoint: &str, query: &Value, cursor: &str) -> Page {
    let query = with(query, "cursor", json!(cursor));
    Page::of(&realm.send(ask(endpoint, &query)).await)
}

/// All pages; `between` happens before each but the first.
pub(crate) async fn walk(
    realm: &Realm,
    endpoint: &str,
    query: &Value,
    mut between: impl AsyncFnMut(&Page),
) -> Vec<Page> {
    let mut pages = vec![page(realm, endpoint, query, "").await];
    loop {
        let last = pages.last().unwrap();
        let Some(next) = &last.next else {
            return pages;
        };
        between(last).await;
        let next = page(realm, endpoint, query, next).await;
        pages.push(next);
        assert!(pages.len() < 100, "{query}: without an end");
    }
}

pub(crate) fn ids(pages: &[Page]) -> Vec<String> {
    let ids = pages.iter().flat_map(|page| page.ids.clone());
    ids.collect()
}

/// The ids in the order of the list by index.
pub(crate) async fn by_index(realm: &Realm, endpoint: &str, query: &Value) -> Vec<String> {
    let query = with(query, "count", json!(1_000));
    let answer = realm.send(ask(endpoint, &query)).await;
    let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
    answer.resources().iter().map(id).collect()
}

/// Seven users, of whom four are captains and three share an address, and three groups.
pub(crate) async fn crew(name: &str) -> Realm {
    let realm = realm(name).await;
    let mut users = Vec::new();
    for n in 0..7 {
        let title = ["Captain", "Mate"][n % 2];
        let mail = match n {
            0..3 => "crew@example.net".to_owned(),
            _ => format!("u{n}@example.net"),
        };
        let body = json!({
            "schemas": [urn::USER], "userName": format!("u{n}@example.net"), "title": title,
            "displayName": format!("Crew {}", 9 - n), "emails": [{"type": "work", "value": mail}],
        });
        users.push(realm.post("/Users", &body).await.created());
    }
    for n in 0..3 {
        realm.group(&format!("Crew {n}"), &[&users[0]]).await;
    }
    realm
}

#[tokio::test]
async fn walks_meet_everything_once() {
    let realm = crew("c-walks").await;
    let captains = "title eq \"Captain\"";
    let shared = "emails[type eq \"work\" and value eq \"CREW@example.net\"]";
    let named = "displayName sw \"crew\"";
    // endpoint, query, resources on each page, totalResults on each
    #[rustfmt::skip]
    let rows = [
        ("/Users", json!({}), vec![7], Some(7)),
        ("/Users", json!({"count": 3}), vec![3, 3, 1], Some(7)),
        ("/Users", json!({"count": 7}), vec![7], Some(7)),
        ("/Users", json!({"count": 6}), vec![6, 1], Some(7)),
        ("/Users", json!({"count": 100_000}), vec![7], Some(7)),
        ("/Groups", json!({"count": 2}), vec![2, 1], Some(3)),
        ("/Users", json!({"filter": captains}), vec![4], Some(4)),
        ("/Users", json!({"count": 3, "filter": captains}), vec![3, 1], None),
        ("/Users", json!({"count": 2, "filter": shared}), vec![2, 1], Some(3)),
        ("/Users", json!({"filter": "title eq \"Cook\""}), vec![0], Some(0)),
        ("/Groups", json!({"count": 1, "filter": "members.type eq \"User\""}), vec![1; 3], None),
        ("/Groups", json!({"count": 2, "filter": "members.type eq \"Group\""}), vec![0], Some(0)),
        ("/Users", json!({"count": 3, "sortBy": "userName"}), vec![3, 3, 1], Some(7)),
        ("/Users", json!({"count": 1, "sortBy": "title", "filter": captains}), vec![1; 4], Some(4)),
        ("/Users", json!({"count": 2, "sortBy": "title", "sortOrder": "descending"}), vec![2, 2, 2, 1], Some(7)),
        ("/Users/.search", json!({"count": 3}), vec![3, 3, 1], Some(7)),
        ("/Groups/.search", json!({"count": 3}), vec![3], Some(3)),
        ("/.search", json!({"count": 4}), vec![4, 4, 2], Some(10)),
        ("/.search", json!({"count": 7}), vec![7, 3], Some(10)),
        ("/.search", json!({"filter": named}), vec![10], Some(10)),
        ("/.search", json!({"count": 4, "filter": named}), vec![4, 4, 2], None),
        ("/.search", json!({"count": 7, "filter": named}), vec![7, 3], None),
        ("/.search", json!({"count": 4, "filter": "title pr"}), vec![4, 3], None),
        ("/.search", json!({"count": 4, "sortBy": "displayName"}), vec![4, 4, 2], Some(10)),
        ("/.search", json!({"count": 3, "sortBy": "title"}), vec![3, 3, 3, 1], Some(10)),
    ];
    for (endpoint, query, sizes, total) in rows {
        let pages = walk(&realm, endpoint, &query, async |_| {}).await;
        let seen: Vec<usize> = pages.iter().map(|page| page.ids.len()).collect();
        assert_eq!(seen, sizes, "{endpoint} {query}");
        let totals = pages.iter().map(|page| page.total);
        assert!(
            totals.clone().all(|seen| seen == total),
            "{endpoint} {query}: {:?}",
            totals.collect::<Vec<_>>()
        );
        // The same in the same order as by index.
        assert_eq!(
            ids(&pages),
            by_index(&realm, endpoint, &query).await,
            "{endpoint} {query}"
        );
    }
}

#[tokio::test]
async fn a_page_of_none_tells_how_many_there_are() {
    let realm = crew("c-none").await;
    for (query, total) in [
        (json!({"count": 0}), 7),
        (json!({"count": -3}), 7),
        (json!({"count": 0, "filter": "title eq \"Mate\""}), 3),
        (json!({"count": 0, "sortBy": "title"}), 7),
    ] {
        let page = page(&realm, "/Users", &query, "").await;
        assert_eq!((page.ids.len(), page.total), (0, Some(total)), "{query}");
        assert!(page.next.is_none(), "{query}");
    }
}

#[tokio::test]
async fn index_stays_the_default() {
    let realm = crew("c-default").await;
    for call in [
        Call::get("/Users?count=2"),
        ask("/.search", &json!({"count": 2})),
        ask("/.search", &json!({"count": 2, "cursor": null})),
    ] {
        let body = realm.send(call).await.is(200);
        assert_eq!(body["startIndex"], 1, "{body}");
        assert!(body.get("nextCursor").is_none(), "{body}");
    }
}

/// What is shown may change from page to page: only what is found is the walk's.
#[tokio::test]
async fn a_walk_goes_on_with_other_attributes_and_by_another_way() {
    let realm = crew("c-shown").await;
    let first = page(&realm, "/Users", &json!({"count": 5}), "").await;
    let rest = json!({"count": 5, "attributes": ["userName"]});
    let rest = page(&realm, "/Users/.search", &rest, &first.next.unwrap()).await;
    assert_eq!(rest.ids.len(), 2);
    assert!(rest.next.is_none());
    let bare = realm.get("/Users?cursor&count=5").await;
    assert_eq!(Page::of(&bare).ids, first.ids);
}
