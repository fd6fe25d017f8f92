//! The life of a small directory in two realms, in one of them with faults:
//! nobody can tell which.

use super::{Faulty, Plan, READS, REFUSALS, WRITE, every, nth, reads_fail_once};
use muster::embedded::Fault;
use muster_tests::json::unlike;
use muster_tests::{Answer, Call, Realm, urn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// A request, and the status it is answered with. `<x>` stands for the id of
/// the resource that was created with the externalId `x`.
type Step = (&'static str, &'static str, Value, u16);

/// The life of a small directory: every operation, the refusals it knows too.
fn steps() -> Vec<Step> {
    let user = |external: &str, name: &str, mail: &str| {
        json!({"schemas": [urn::USER], "externalId": external, "userName": name,
               "emails": [{"type": "work", "value": mail}]})
    };
    let group = |external: &str, name: &str, members: &[&str]| {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        json!({"schemas": [urn::GROUP], "externalId": external, "displayName": name,
               "members": members})
    };
    let patch = |op: &str, path: &str, value: Value| json!({"schemas": [urn::PATCH], "Operations": [{"op": op, "path": path, "value": value}]});
    let mail = json!([{"type": "home", "value": "ada@home.example"}]);
    let both = json!([{"value": "<bob>"}, {"value": "<eve>"}]);
    vec![
        ("POST", "/Users", user("ada", "ada", "a@x.example"), 201),
        ("POST", "/Users", user("bob", "bob", "b@x.example"), 201),
        ("POST", "/Users", user("no", "ADA", "n@x.example"), 409),
        (
            "PATCH",
            "/Users/<ada>",
            patch("replace", "userName", json!("ada.l")),
            200,
        ),
        // The old name is free.
        ("POST", "/Users", user("eve", "ada", "e@x.example"), 201),
        ("PATCH", "/Users/<ada>", patch("add", "emails", mail), 200),
        (
            "PUT",
            "/Users/<bob>",
            user("bob", "bobby", "b2@x.example"),
            200,
        ),
        (
            "POST",
            "/Groups",
            group("team", "Team", &["<ada>", "<bob>"]),
            201,
        ),
        ("POST", "/Groups", group("no", "TEAM", &["<ada>"]), 409),
        (
            "PATCH",
            "/Groups/<team>",
            patch("add", "members", json!([{"value": "<eve>"}])),
            204,
        ),
        (
            "PATCH",
            "/Groups/<team>",
            patch("remove", "members[value eq \"<bob>\"]", Value::Null),
            204,
        ),
        (
            "PATCH",
            "/Groups/<team>",
            patch("replace", "members", both),
            204,
        ),
        (
            "PUT",
            "/Groups/<team>",
            group("team", "Team", &["<ada>", "<bob>"]),
            200,
        ),
        (
            "PATCH",
            "/Groups/<team>",
            patch("replace", "displayName", json!("Crew")),
            204,
        ),
        (
            "POST",
            "/Groups",
            group("outer", "Outer", &["<team>", "<ada>"]),
            201,
        ),
        (
            "GET",
            "/Users?filter=emails.value%20eq%20%22ada@home.example%22",
            Value::Null,
            200,
        ),
        (
            "GET",
            "/Users?filter=userName%20eq%20%22bob%22",
            Value::Null,
            200,
        ),
        (
            "GET",
            "/Groups?filter=members.value%20eq%20%22<bob>%22",
            Value::Null,
            200,
        ),
        (
            "GET",
            "/Users?startIndex=1&count=50&attributes=meta",
            Value::Null,
            200,
        ),
        (
            "POST",
            "/Users/.search",
            json!({"schemas": [urn::SEARCH], "filter": "groups pr"}),
            200,
        ),
        ("DELETE", "/Users/<ada>", Value::Null, 204),
        ("DELETE", "/Users/<ada>", Value::Null, 404),
        ("DELETE", "/Groups/<team>", Value::Null, 204),
        ("DELETE", "/Groups/<team>", Value::Null, 404),
        ("GET", "/Groups/<outer>", Value::Null, 200),
    ]
}

/// Whether a step changes something.
fn writes((method, path, _, status): &Step) -> bool {
    *method != "GET" && !path.ends_with(".search") && *status < 300
}

/// A realm in which steps are taken, and the ids that came of them.
struct Walk {
    realm: Realm,
    ids: BTreeMap<String, String>,
}

impl Walk {
    async fn new(faulty: &Faulty, name: &str) -> Self {
        let realm = faulty.realm(name).await;
        let ids = BTreeMap::new();
        Self { realm, ids }
    }

    fn with_ids(&self, text: &str) -> String {
        let named =
            |text: String, (name, id): (&String, &String)| text.replace(&format!("<{name}>"), id);
        self.ids.iter().fold(text.to_owned(), named)
    }

    async fn take(&mut self, (method, path, body, _): &Step) -> Answer {
        let mut call = Call::new(method, &self.with_ids(path));
        if !body.is_null() {
            call = call.bytes(self.with_ids(&body.to_string()));
        }
        let answer = self.realm.send(call).await;
        if answer.status == 201 {
            let name = body["externalId"].as_str().unwrap().to_owned();
            self.ids.insert(name, answer.created());
        }
        answer
    }

    /// The body without what differs from realm to realm and from time to time.
    fn face(&self, answer: &Answer) -> Value {
        let blank =
            |text: String, (name, id): (&String, &String)| text.replace(id, &format!("<{name}>"));
        let text = self.ids.iter().fold(answer.json().to_string(), blank);
        let mut face = serde_json::from_str(&text).unwrap();
        forget(&mut face);
        face
    }

    /// Everything a client can see.
    async fn state(&self) -> Value {
        let mut lists = Vec::new();
        for path in ["/Users", "/Groups"] {
            let answer = self.realm.get(path).await;
            answer.is(200);
            lists.push(self.face(&answer));
        }
        Value::Array(lists)
    }
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for name in ["created", "lastModified", "location", "$ref"] {
                object.remove(name);
            }
            object.values_mut().for_each(forget);
        }
        Value::Array(list) => list.iter_mut().for_each(forget),
        _ => {}
    }
}

/// Takes every step in two realms, in one of them with the faults: the answers
/// and everything that can be seen afterwards are the same. How many faults struck.
async fn check_twins(plan: impl Fn() -> Plan) -> Vec<(Step, usize)> {
    let faulty = Faulty::patient();
    let mut plain = Walk::new(&faulty, "plain").await;
    let mut struck = Walk::new(&faulty, "struck").await;
    let mut fired = Vec::new();
    for step in steps() {
        let expected = plain.take(&step).await;
        assert_eq!(expected.status, step.3, "{expected:?}");
        faulty.plan(plan());
        let answer = struck.take(&step).await;
        let (faults, calls) = faulty.calm();
        assert_eq!(answer.status, step.3, "{answer:?}");
        let differs = unlike(&plain.face(&expected), &struck.face(&answer));
        assert_eq!(differs, None, "{answer:?}");
        let differs = unlike(&plain.state().await, &struck.state().await);
        assert_eq!(differs, None, "the state after {answer:?}");
        for call in calls {
            assert_ne!(call.operation, "Scan");
            let own = |pk: &str| pk.starts_with("R#struck#");
            assert!(call.keys.iter().all(|key| own(&key.pk)), "{call:?}");
        }
        fired.push((step, faults));
    }
    fired
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_no_second_write() {
    for (step, faults) in check_twins(|| nth(WRITE, 1, Fault::LostAnswer)).await {
        assert!(faults == 1 || !writes(&step), "{step:?}: {faults} faults");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_are_repeated() {
    for (step, faults) in check_twins(reads_fail_once).await {
        assert!(faults > 0, "{step:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_use_that_cannot_be_noted_fails_nobody() {
    for fault in [
        Fault::ErrorBefore("InternalServerError"),
        Fault::ErrorBefore("AccessDeniedException"),
        Fault::LostAnswer,
        Fault::Latency(Duration::from_secs(30)),
    ] {
        let fired = check_twins(|| every(&["UpdateItem"], fault)).await;
        assert!(fired[0].1 > 0, "{fault:?} never struck");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_the_deadline_is_refused_and_not_done() {
    const BUDGET: Duration = Duration::from_millis(1_000);
    let faulty = Faulty::new(BUDGET);
    let mut walk = Walk::new(&faulty, "late").await;
    let slow = Fault::Latency(BUDGET * 3);
    for (n, step) in steps().into_iter().enumerate() {
        let before = walk.state().await;
        let (plan, expected): (Plan, &[u16]) = match n % 4 {
            _ if !writes(&step) => (every(&READS, slow), &[503]),
            3 => (every(&[WRITE], slow), &[503]),
            // The last pause may end with another reason than the throttling.
            n => (
                every(&[WRITE], Fault::ErrorBefore(REFUSALS[n])),
                &[429, 503],
            ),
        };
        faulty.plan(plan);
        let refused = walk.take(&step).await;
        let (faults, _) = faulty.calm();
        assert!(faults > 0, "{refused:?}: no fault struck");
        assert!(expected.contains(&refused.status), "{refused:?}");
        refused.is(refused.status);
        assert_eq!(refused.header("retry-after"), "1", "{refused:?}");
        let differs = unlike(&before, &walk.state().await);
        assert_eq!(differs, None, "the state after {refused:?}");
        let answer = walk.take(&step).await;
        assert_eq!(answer.status, step.3, "{answer:?}");
    }
}
