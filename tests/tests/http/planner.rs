//! Which filters lead to what they find, and which have to look at everything:
//! a realm of many costs no more than one of few where an equality leads there.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use muster::embedded::{CallInfo, Embedded};
use muster_tests::{Call, Realm, Server, urn};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// How a filter is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By an equality, whatever there is beside.
    Leads,
    /// By reading the whole collection.
    Walks,
}
use Way::{Leads, Walks};

/// A realm, and what its requests have asked the table for.
struct Seen {
    server: Server,
    realm: Realm,
    calls: Arc<Mutex<Vec<CallInfo>>>,
    client: Client,
    ada: String,
    group: String,
}

impl Seen {
    /// A realm of so many users, all of whom share an address and are in one
    /// group, and of half as many other groups.
    async fn of(users: usize) -> Self {
        let calls: Arc<Mutex<Vec<CallInfo>>> = Arc::default();
        let log = Arc::clone(&calls);
        let embedded = Embedded::memory().unwrap();
        let embedded = embedded.with_log(Arc::new(move |call| {
            log.lock().unwrap().push(call.clone());
        }));
        let client = embedded.client();
        let server = Server::over(embedded);
        let realm = Realm::create(&server, "planned").await;
        let mut ids = Vec::new();
        for n in 0..users {
            let name = if n == 0 {
                "ada".to_owned()
            } else {
                format!("u{n}")
            };
            let mail = |of: &str| format!("{of}@example.net");
            let body = json!({
                "schemas": [urn::USER, urn::ENTERPRISE], "userName": mail(&name),
                "externalId": name, "active": true, "title": "t".repeat(1_000),
                "emails": [{"type": "work", "value": mail(&name)}, {"type": "home", "value": mail("all")}],
                urn::ENTERPRISE: {"manager": {"value": "boss"}},
            });
            ids.push(realm.post("/Users", &body).await.created());
        }
        let all: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut group = String::new();
        for some in all.chunks(40) {
            if group.is_empty() {
                group = realm.group("Crew", some).await;
                continue;
            }
            let some: Vec<Value> = some.iter().map(|id| json!({"value": id})).collect();
            let add = json!([{"op": "add", "path": "members", "value": some}]);
            realm.patch(&format!("/Groups/{group}"), add).await.is(204);
        }
        for n in 0..users / 2 {
            realm.group(&format!("Boat {n}"), &[]).await;
        }
        Self {
            server,
            realm,
            calls,
            client,
            ada: ids.swap_remove(0),
            group,
        }
    }

    /// What the filter finds, how, and for how many read units.
    async fn ask(&self, endpoint: &str, filter: &str) -> (u64, Way, f64) {
        let filter = filter
            .replace("ADA", &self.ada)
            .replace("CREW", &self.group);
        let before = self.used(endpoint).await;
        self.calls.lock().unwrap().clear();
        let call = Call::get(&format!("{endpoint}?attributes=id&filter={filter}"));
        let answer = self.realm.send(call).await;
        let found = answer.is(200)["totalResults"].as_u64().unwrap();
        let collection = match endpoint {
            "/Users" => "R#planned#U",
            _ => "R#planned#G",
        };
        let walks = self.calls.lock().unwrap().iter().any(|call| {
            call.operation == "Query" && call.keys.iter().any(|key| key.pk == collection)
        });
        let way = if walks { Walks } else { Leads };
        (found, way, self.used(endpoint).await - before)
    }

    /// The read units of all lists.
    async fn used(&self, endpoint: &str) -> f64 {
        let operation = format!("List{}", &endpoint[1..]);
        let path = format!("/admin/v1/realms/{}/usage", self.realm.name);
        let answer = self.realm.admin(&self.server, "GET", &path, None).await;
        let body = answer.is_admin(200);
        let days = body["days"].as_array().unwrap().iter();
        let used = days.flat_map(|day| day["operations"].as_array().unwrap());
        let lists = used.filter(|used| used["operation"] == operation);
        lists.map(|used| used["readUnits"].as_f64().unwrap()).sum()
    }
}

#[tokio::test]
async fn equalities_lead_to_what_they_find() {
    let (few, many) = tokio::join!(Seen::of(10), Seen::of(120));
    // Of some requests the key's first use is noted: not of those that follow.
    few.realm.get("/Users?count=0").await.is(200);
    many.realm.get("/Users?count=0").await.is(200);
    // endpoint, filter, resources found where it leads
    #[rustfmt::skip]
    let rows = [
        ("/Users", "id eq \"ADA\"", Leads, 1),
        ("/Users", "id eq \"ada\"", Leads, 0),
        ("/Users", "userName eq \"Ada@example.net\"", Leads, 1),
        ("/Users", "userName eq \"nobody\"", Leads, 0),
        ("/Users", "externalId eq \"ada\"", Leads, 1),
        ("/Users", "emails eq \"ada@example.net\"", Leads, 1),
        ("/Users", "emails.value eq \"ADA@example.net\"", Leads, 0),
        ("/Users", "emails.value eq \"ada@EXAMPLE.net\"", Leads, 1),
        ("/Users", "emails[type eq \"work\" and value eq \"ada@example.net\"]", Leads, 1),
        ("/Users", "emails[type eq \"home\" and (value eq \"ada@example.net\")]", Leads, 0),
        ("/Users", "emails[type eq \"work\"].value eq \"ada@example.net\"", Leads, 1),
        ("/Users", "title pr and (active eq true and (externalId eq \"ada\" and title sw \"t\"))", Leads, 1),
        ("/Users", "title sw \"x\" and externalId eq \"ada\"", Leads, 0),
        ("/Users", "id eq \"ADA\" and manager eq \"boss\"", Leads, 1),
        ("/Users", "manager eq \"other\" and id eq \"ADA\"", Leads, 0),
        // The narrowest of several, wherever it stands.
        ("/Users", "emails eq \"all@example.net\" and userName eq \"ada@example.net\"", Leads, 1),
        ("/Users", "emails eq \"all@example.net\" and active eq true and id eq \"ADA\"", Leads, 1),
        ("/Groups", "displayName eq \"crew\"", Leads, 1),
        ("/Groups", "members eq \"ADA\"", Leads, 1),
        ("/Groups", "members.value eq \"ADA\" and displayName pr", Leads, 1),
        ("/Groups", "members[value eq \"ADA\"]", Leads, 1),
        ("/Groups", "members[type eq \"User\" and value eq \"ADA\"]", Leads, 1),
        ("/Groups", "members[type eq \"Group\" and value eq \"ADA\"]", Leads, 0),
        ("/Groups", "members eq \"nobody\"", Leads, 0),
        ("/Groups", "id eq \"CREW\" and members eq \"ADA\"", Leads, 1),
        ("/Groups", "id eq \"CREW\" and members[type eq \"User\" and (value eq \"ADA\")]", Leads, 1),
        ("/Groups", "id eq \"CREW\" and members eq \"CREW\"", Leads, 0),
        ("/Groups", "id eq \"CREW\" and members eq \"nobody\"", Leads, 0),
        ("/Users", "userName sw \"ada\"", Walks, 1),
        ("/Users", "userName eq \"ada@example.net\" or externalId eq \"ada\"", Walks, 1),
        ("/Users", "not (userName ne \"ada@example.net\")", Walks, 1),
        ("/Users", "title eq \"x\"", Walks, 0),
        ("/Users", "emails[type eq \"work\" or value eq \"ada@example.net\"] and emails.type eq \"other\"", Walks, 0),
        ("/Users", "manager eq \"other\"", Walks, 0),
        ("/Groups", "displayName ew \"crew\"", Walks, 1),
        ("/Groups", "members.type eq \"User\"", Walks, 1),
    ];
    for (endpoint, filter, way, found) in rows {
        let (in_few, way_of_few, cost_of_few) = few.ask(endpoint, filter).await;
        let (in_many, way_of_many, cost_of_many) = many.ask(endpoint, filter).await;
        assert_eq!((in_few, in_many), (found, found), "{filter}");
        assert_eq!((way_of_few, way_of_many), (way, way), "{filter}");
        let costs = format!("{filter}: {cost_of_few} units, then {cost_of_many}");
        match way {
            Leads => assert!(
                cost_of_few == cost_of_many && cost_of_many <= 7.0,
                "{costs}"
            ),
            Walks => assert!(cost_of_few < cost_of_many, "{costs}"),
        }
    }
}

/// An address that thousands share leads nowhere: another equality does, or the walk.
#[tokio::test]
async fn a_value_that_too_many_share_is_no_way() {
    let seen = Seen::of(10).await;
    let shared_by_all = "emails eq \"all@example.net\"";
    assert_eq!(seen.ask("/Users", shared_by_all).await.1, Leads);
    let partition = AttributeValue::S("R#planned#IX".to_owned());
    let entries = seen.client.query().table_name("muster");
    let entries = entries.key_condition_expression("pk = :pk AND begins_with(sk, :sk)");
    let entries = entries
        .expression_attribute_values(":pk", partition)
        .expression_attribute_values(":sk", AttributeValue::S("U.emails.value#".to_owned()));
    let entries = entries.send().await.unwrap();
    let hash = |sk: &str| sk.rsplit_once('#').unwrap().0.to_owned();
    let mut sks: Vec<String> = entries
        .items()
        .iter()
        .map(|item| hash(item["sk"].as_s().unwrap()))
        .collect();
    sks.sort_unstable();
    let shared = sks
        .chunk_by(|a, b| a == b)
        .max_by_key(|same| same.len())
        .unwrap()[0]
        .clone();
    for _ in 0..5_000 / 25 {
        let puts = (0..25).map(|_| {
            let mut item = entries.items()[0].clone();
            let sk = format!("{shared}#{}", Uuid::new_v4());
            item.insert("sk".to_owned(), AttributeValue::S(sk));
            let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        let batch = seen
            .client
            .batch_write_item()
            .request_items("muster", puts.collect());
        batch.send().await.unwrap();
    }
    let (found, way, _) = seen.ask("/Users", shared_by_all).await;
    assert_eq!((found, way), (10, Walks));
    let (found, way, _) = seen
        .ask(
            "/Users",
            &format!("{shared_by_all} and externalId eq \"ada\""),
        )
        .await;
    assert_eq!((found, way), (1, Leads));
}
