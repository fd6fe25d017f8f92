//! The captured requests in `fixtures/`, the setup they need (`setup.json`),
//! what must be true after them (`expect/`), and their placeholders.

use crate::answer::Answer;
use crate::client::{Call, Realm};
use crate::server::Server;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use uuid::Uuid;

/// One interaction.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// The file's name without `.json`.
    pub name: String,
    /// The file.
    pub data: Value,
    /// `expect/{name}.json`; null when there is none.
    pub after: Value,
}

/// Every fixture, by name.
pub fn all() -> Vec<Fixture> {
    let mut names: Vec<String> = std::fs::read_dir(file("fixtures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    names.sort_unstable();
    names.into_iter().map(Fixture::read).collect()
}

/// A JSON file of this package.
#[track_caller]
pub fn read(name: &str) -> Value {
    let text =
        std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The path of a file of this package.
pub fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

impl Fixture {
    fn read(name: String) -> Self {
        let data = read(&format!("fixtures/{name}.json"));
        let after = format!("expect/{name}.json");
        let after = if file(&after).exists() {
            read(&after)
        } else {
            Value::Null
        };
        Self { name, data, after }
    }

    /// Whether it may change something.
    pub fn changes(&self) -> bool {
        let request = &self.data["request"];
        let path = request["path"].as_str().unwrap();
        let method = request["method"].as_str().unwrap();
        path.starts_with('/') && !path.ends_with("/.search") && method != "GET"
    }

    /// The request, its placeholders filled in.
    pub fn call(&self, names: &Placeholders) -> Call {
        let request = names.fill(&self.data["request"]);
        let mut call = Call::new(
            request["method"].as_str().unwrap(),
            request["path"].as_str().unwrap(),
        )
        .anonymous();
        for (name, value) in request["headers"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            call = match name.as_str() {
                "Authorization" => call.authorization(value),
                _ => call.header(name, value),
            };
        }
        match (&request["body"], &request["raw_body"]) {
            (Value::Null, Value::String(raw)) => call.bytes(raw.as_str()),
            (Value::Null, _) => call,
            (body, _) => call.json(body),
        }
    }
}

/// What the placeholders of a fixture stand for in one realm.
#[derive(Debug, Clone)]
pub struct Placeholders(BTreeMap<String, String>);

impl Placeholders {
    /// Those that need nothing to exist.
    pub fn new(server: &Server, realm: &Realm) -> Self {
        let texts = [
            ("token", realm.token.clone()),
            ("url", realm.url.clone()),
            ("host", server.addr().to_string()),
            ("random_guid", Uuid::new_v4().to_string()),
            ("uuid", Uuid::new_v4().to_string()),
            // No referential check on managers: validators send random ids.
            ("manager_id", Uuid::new_v4().to_string()),
            ("old_manager_id", Uuid::new_v4().to_string()),
            ("user_name", "p.voss@example.net".to_owned()),
            ("test_email", "jumpcloud.test@example.net".to_owned()),
            (
                "token_endpoint",
                format!("{}/realms/{}/token", server.origin(), realm.name),
            ),
            ("client_id", "client".to_owned()),
            (
                "b64(client_id:client_secret)",
                "Y2xpZW50OnNlY3JldA==".to_owned(),
            ),
            ("entra_jwt", "e30.e30.e30".to_owned()),
        ];
        Self(texts.map(|(name, text)| (name.to_owned(), text)).into())
    }

    /// Names something that was made.
    pub fn name(&mut self, name: &str, text: String) {
        self.0.insert(name.to_owned(), text);
    }

    /// The value with every `{{name}}` replaced.
    #[track_caller]
    pub fn fill(&self, value: &Value) -> Value {
        let mut text = value.to_string();
        for (name, filled) in &self.0 {
            text = text.replace(&format!("{{{{{name}}}}}"), filled);
        }
        assert!(!text.contains("{{"), "a placeholder is unknown: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// Makes in the realm what the fixture finds there: the steps `setup.json`
/// gives it, and a user or group for each of its placeholders that no step made.
pub async fn prepare(fixture: &Fixture, server: &Server, realm: &Realm) -> Placeholders {
    let setup = read("setup.json");
    let mut names = Placeholders::new(server, realm);
    let steps = setup["fixtures"][&fixture.name]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let asked = fixture.data["request"].to_string();
    if asked.contains("{{expired_token}}") {
        names.name("expired_token", realm.expired(server).await);
    }
    // The first steps' own users come first: they may be members of its groups.
    for (name, body) in setup["defaults"].as_object().unwrap() {
        let made = steps.iter().any(|step| step["as"] == name.as_str());
        let wanted = asked.contains(&format!("{{{{{name}}}}}"))
            || steps
                .iter()
                .any(|step| step.to_string().contains(&format!("{{{{{name}}}}}")));
        if wanted && !made {
            let step = json!({"as": name, "body": body});
            run(&step, &setup, server, realm, &mut names).await;
        }
    }
    for step in &steps {
        run(step, &setup, server, realm, &mut names).await;
    }
    names
}

/// One step: `{as, body, with?, without?}` makes a resource (`body` may be the
/// name of one in `bodies`); `{times, body}` makes that many, numbered by `{{n}}`;
/// `{patch, operations}` changes one; `{realm}` changes the realm itself.
/// `{exceed}` is [`exceeded`]'s.
async fn run(
    step: &Value,
    setup: &Value,
    server: &Server,
    realm: &Realm,
    names: &mut Placeholders,
) {
    if let Some(path) = step["patch"].as_str() {
        let path = names.fill(&json!(path));
        let answer = realm
            .patch(path.as_str().unwrap(), names.fill(&step["operations"]))
            .await;
        assert!(answer.status < 300, "{answer:?}");
    } else if step["realm"].is_object() {
        let path = format!("/admin/v1/realms/{}", realm.name);
        let change = Some(step["realm"].clone());
        let answer = realm.admin(server, "PATCH", &path, change).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    } else if step["exceed"].is_null() {
        for n in 1..=step["times"].as_u64().unwrap_or(1) {
            names.name("n", n.to_string());
            let body = names.fill(&Value::Object(body(step, setup)));
            let group = body["schemas"][0] == crate::urn::GROUP;
            let id = realm
                .post(if group { "/Groups" } else { "/Users" }, &body)
                .await
                .created();
            if let Some(name) = step["as"].as_str() {
                names.name(name, id);
            }
        }
    }
}

/// The answer to the fixture's request when it has been sent so often that it
/// goes beyond a limit: until it is answered with the status of an `{exceed}`
/// step. One after the other first, then, for a slow machine, many at once.
pub async fn exceeded(fixture: &Fixture, realm: &Realm, names: &Placeholders) -> Answer {
    let mut answer = realm.send(fixture.call(names)).await;
    let setup = read("setup.json");
    let steps = setup["fixtures"][&fixture.name].as_array();
    let status = |step: &Value| step["exceed"].as_u64();
    let Some(status) = steps.into_iter().flatten().find_map(status) else {
        return answer;
    };
    for at_once in std::iter::repeat_n(1, 100).chain([40; 20]) {
        let calls: Vec<_> = (0..at_once)
            .map(|_| {
                let (realm, call) = (realm.clone(), fixture.call(names));
                tokio::spawn(async move { realm.send(call).await })
            })
            .collect();
        for call in calls {
            if u64::from(answer.status) == status {
                return answer;
            }
            answer = call.await.unwrap();
        }
    }
    answer
}

fn body(step: &Value, setup: &Value) -> Map<String, Value> {
    let body = match &step["body"] {
        Value::String(name) => &setup["bodies"][name],
        body => body,
    };
    let mut body = body
        .as_object()
        .unwrap_or_else(|| panic!("{step}: no body"))
        .clone();
    for name in step["without"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        body.remove(name)
            .unwrap_or_else(|| panic!("{step}: `{name}` is not in the body"));
    }
    body.extend(step["with"].as_object().cloned().unwrap_or_default());
    body
}
