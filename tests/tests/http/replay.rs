//! Every captured or documented request of an identity provider, sent to a
//! fresh realm: the answer, and what a GET shows afterwards.
//!
//! The status must be the fixture's preferred one; what `expect/` says of a
//! fixture must hold exactly. The two lists beside it are data: `setup.json`
//! and what waits: `waiting.json`, which names fixtures of features that are not
//! built, and where requests come by the gateway `gateway.json`, which names
//! those whose path it sends elsewhere.

use muster_tests::fixture::{self, Fixture, Placeholders};
use muster_tests::json::{lacks, unlike};
use muster_tests::{Answer, Realm};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

#[tokio::test]
async fn every_fixture_is_answered_as_its_client_expects() {
    let wrong = replayed().await;
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Replays all of them, each in a realm of its own, and says what was wrong;
/// once a process, because other tests look at what they left.
pub(crate) async fn replayed() -> &'static [String] {
    static WRONG: OnceCell<Vec<String>> = OnceCell::const_new();
    WRONG.get_or_init(replay_all).await
}

async fn replay_all() -> Vec<String> {
    let waiting = crate::waiting();
    let mut wrong = Vec::new();
    let fixtures = fixture::all();
    assert!(
        fixtures.len() >= 105,
        "only {} fixtures were found",
        fixtures.len()
    );
    for fixture in fixtures {
        let (name, issue) = (fixture.name.clone(), waiting[&fixture.name].as_str());
        // A task of its own, so that one failure does not hide the others.
        let outcome = tokio::spawn(replay(fixture)).await;
        match (outcome, issue) {
            (Ok(()), None) | (Err(_), Some(_)) => {}
            (Ok(()), Some(issue)) => {
                wrong.push(format!(
                    "{name} passes: it need not wait any more ({issue})"
                ));
            }
            (Err(error), None) => wrong.push(format!("{name}: {}", message(error))),
        }
    }
    wrong
}

#[test]
fn every_list_names_fixtures_that_exist() {
    let fixtures = fixture::all();
    let exists = |name: &str| fixtures.iter().any(|fixture| fixture.name == name);
    let listed = [&crate::waiting(), &fixture::read("setup.json")["fixtures"]];
    let listed = listed
        .iter()
        .flat_map(|list| list.as_object().unwrap().keys().cloned());
    let expected = std::fs::read_dir(fixture::file("expect"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .replace(".json", "")
        });
    let unknown: Vec<String> = listed
        .chain(expected)
        .filter(|name| !exists(name))
        .collect();
    assert!(unknown.is_empty(), "no fixture is called {unknown:?}");
    let blind: Vec<&str> = fixtures
        .iter()
        .filter(|fixture| fixture.changes() && fixture.after["get"].is_null())
        .map(|fixture| fixture.name.as_str())
        .collect();
    assert!(blind.is_empty(), "what must a GET show after {blind:?}?");
}

async fn replay(fixture: Fixture) {
    let server = crate::server_of(&fixture.name);
    let realm = Realm::create(server, &format!("replay-{}", &fixture.name[..3])).await;
    replay_in(&realm, &fixture, &[], |_| false).await;
}

/// Replays a fixture in a realm that is arranged by these requests of the
/// administration, once what the fixture needs is there. An answer that is
/// `excused` is not looked at.
pub(crate) async fn replay_in(
    realm: &Realm,
    fixture: &Fixture,
    arrange: &[(&str, &str, Value)],
    excused: impl Fn(&Answer) -> bool,
) {
    let server = crate::server_of(&fixture.name);
    let names = fixture::prepare(fixture, server, realm).await;
    for (method, path, body) in arrange {
        let path = format!("/admin/v1/realms/{}{path}", realm.name);
        let answer = realm.admin(server, method, &path, Some(body.clone())).await;
        assert!(answer.status < 300, "{answer:?}");
    }
    let unchanged = fixture.after["unchanged"]
        .as_str()
        .map(|path| names.fill(&json!(path)));
    let before = match &unchanged {
        Some(path) => Some(realm.get(path.as_str().unwrap()).await.is(200)),
        None => None,
    };

    let answer = fixture::exceeded(fixture, realm, &names).await;
    if excused(&answer) {
        return;
    }
    check_answer(fixture, &names, &answer);
    check_after(&fixture.after, realm, &names, &answer).await;
    if !fixture.after["also"].is_null() {
        check_after(&fixture.after["also"], realm, &names, &answer).await;
    }
    if let (Some(path), Some(before)) = (&unchanged, before) {
        // `meta` holds version and lastModified: nothing was written (CLIENTS.md 10).
        let after = realm.get(path.as_str().unwrap()).await.is(200);
        assert_eq!(
            unlike(&before, &after),
            None,
            "{path} should not have changed"
        );
    }
}

fn check_answer(fixture: &Fixture, names: &Placeholders, answer: &Answer) {
    let expect = names.fill(&fixture.data["expect"]);
    let status = u16::try_from(expect["status"].as_u64().unwrap()).unwrap();
    if fixture.data["request"]["path"] == "{{token_endpoint}}" {
        // OAuth speaks plain JSON (RFC 6749 section 5.1).
        assert_eq!(answer.status, status, "{answer:?}");
    } else {
        answer.is(status);
    }
    let body = answer.json();
    for subset in [&expect["body"], &names.fill(&fixture.after)["answer"]] {
        if !subset.is_null() {
            assert_eq!(lacks(subset, &body), None, "{answer:?}");
        }
    }
    for name in fixture.after["has"].as_array().into_iter().flatten() {
        assert!(
            body.get(name.as_str().unwrap()).is_some(),
            "{answer:?}: no {name}"
        );
    }
    for (name, start) in fixture.after["header"].as_object().into_iter().flatten() {
        assert!(
            answer.header(name).starts_with(start.as_str().unwrap()),
            "{answer:?}: {name}"
        );
    }
    if let Some(only) = fixture.after["only"].as_array() {
        let one = std::slice::from_ref(&body);
        for resource in body["Resources"].as_array().map_or(one, Vec::as_slice) {
            let mut keys: Vec<&String> = resource.as_object().unwrap().keys().collect();
            let mut only: Vec<&str> = only.iter().map(|name| name.as_str().unwrap()).collect();
            keys.sort_unstable();
            only.sort_unstable();
            assert_eq!(keys, only, "{answer:?}");
        }
    }
    check_secrets(fixture, answer);
}

/// A password is never in an answer (RFC 7643 section 7, `returned: never`).
fn check_secrets(fixture: &Fixture, answer: &Answer) {
    let request = fixture.data["request"]["body"].to_string();
    for password in ["1mz050nq", "n3w-secret"] {
        let answered = String::from_utf8_lossy(&answer.bytes);
        assert!(
            !answered.contains(password),
            "{answer:?}: a password in clear"
        );
        assert!(
            !request.contains(password) || !answered.contains("\"password\""),
            "{answer:?}"
        );
    }
}

/// What `expect/{fixture}.json` says of a resource: `status` of its GET,
/// `whole` but for id and meta, or a `subset`.
async fn check_after(after: &Value, realm: &Realm, names: &Placeholders, answer: &Answer) {
    let path = match after["get"].as_str() {
        None => return,
        Some("the created resource") => answer.header("location").to_owned(),
        Some(path) => names.fill(&json!(path)).as_str().unwrap().to_owned(),
    };
    let status = after["status"].as_u64().unwrap_or(200);
    let shown = realm.get(&path).await;
    let resource = shown.is(u16::try_from(status).unwrap());
    if !after["whole"].is_null() {
        let mut rest = resource.clone();
        let rest_map = rest.as_object_mut().unwrap();
        let (id, meta) = (
            rest_map.remove("id").unwrap(),
            rest_map.remove("meta").unwrap(),
        );
        assert_eq!(
            unlike(&names.fill(&after["whole"]), &rest),
            None,
            "{shown:?}"
        );
        assert!(
            meta["location"]
                .as_str()
                .unwrap()
                .ends_with(id.as_str().unwrap()),
            "{shown:?}"
        );
        // What an answer to a write shows of the same resource is what a GET shows.
        let written = answer.json();
        if answer.status < 300 && written["id"] == id {
            assert_eq!(unlike(&resource, &written), None, "{answer:?}");
            assert_eq!(answer.header("etag"), meta["version"], "{answer:?}");
        }
    }
    if !after["subset"].is_null() {
        assert_eq!(
            lacks(&names.fill(&after["subset"]), &resource),
            None,
            "{shown:?}"
        );
    }
}

pub(crate) fn message(error: tokio::task::JoinError) -> String {
    let panic = error.into_panic();
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}
