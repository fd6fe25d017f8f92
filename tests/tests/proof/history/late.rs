//! What the checker has found, each as the one order of events that shows it.

use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::{Realm, Server};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Throttles the first transaction of a user's rename until it is let go.
#[derive(Default)]
struct Gate {
    user: Option<String>,
    token: Option<String>,
}

impl Gate {
    fn fault(&mut self, call: &CallInfo) -> Fault {
        let Some(user) = &self.user else {
            return Fault::None;
        };
        let names = |part: &str, sk: Option<&str>| {
            let of = |key: &muster::embedded::ItemKey| {
                key.pk.ends_with(part) && sk.is_none_or(|sk| key.sk.as_deref() == Some(sk))
            };
            call.keys.iter().any(of)
        };
        if self.token.is_none() && names("#UQ", None) && names("#U", Some(user)) {
            self.token.clone_from(&call.token);
        }
        if self.token.is_some() && self.token == call.token {
            return Fault::ErrorBefore("ThrottlingException");
        }
        Fault::None
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_renamed_when_it_is_gone_is_not_told_that_the_name_is_taken() {
    let gate: Arc<Mutex<Gate>> = Arc::default();
    let hook = gate.clone();
    let table = Embedded::memory()
        .unwrap()
        .with_faults(Arc::new(move |call| hook.lock().unwrap().fault(call)));
    let server = Server::patient(table, Duration::from_secs(100));
    let realm = Realm::create(&server, "late").await;
    let ada = realm.user("ada").await;
    gate.lock().unwrap().user = Some(ada.clone());
    let (renaming, path) = (realm.clone(), format!("/Users/{ada}"));
    let rename = json!([{"op": "replace", "path": "userName", "value": "eve"}]);
    let late = tokio::spawn(async move { renaming.patch(&path, rename).await });
    while gate.lock().unwrap().token.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The name goes to another only after the user has gone: at no instant was it
    // there and the name another's.
    realm.delete(&format!("/Users/{ada}")).await.is(204);
    realm.user("eve").await;
    *gate.lock().unwrap() = Gate::default();
    late.await.unwrap().is(404);
}
