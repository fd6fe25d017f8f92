//! A realm and its operator.

use muster_tests::{Realm, Server, urn};
use serde_json::{Value, json};

/// A realm on some server, asked as its operator asks.
pub(super) struct Operated<'a> {
    pub(super) server: &'a Server,
    pub(super) realm: Realm,
}

impl<'a> Operated<'a> {
    pub(super) async fn new(server: &'a Server, name: &str) -> Self {
        Self {
            server,
            realm: Realm::create(server, name).await,
        }
    }

    /// A request below the realm's own path that must be answered so; the answer.
    pub(super) async fn ask(
        &self,
        method: &str,
        below: &str,
        body: Option<Value>,
        status: u16,
    ) -> Value {
        let path = format!("/admin/v1/realms/{}{below}", self.realm.name);
        self.ask_at(method, &path, body, status).await
    }

    /// The same of any path.
    pub(super) async fn ask_at(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        status: u16,
    ) -> Value {
        let answer = self.realm.admin(self.server, method, path, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if answer.bytes.is_empty() {
            return Value::Null;
        }
        answer.json()
    }
}

/// A user, all of it made up.
pub(super) fn person(n: usize) -> Value {
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE], "userName": format!("planted-{n}@example.net"),
        "externalId": format!("planted-x{n}"), "displayName": format!("Planted Person {n}"),
        "password": format!("planted-password-{n}"), "title": "planted title",
        "name": {"givenName": format!("planted-given-{n}"), "familyName": "planted-family"},
        "emails": [{"type": "work", "value": format!("planted-mail-{n}@example.net")}],
        "phoneNumbers": [{"type": "work", "value": "planted-555-0100"}],
        "addresses": [{"type": "work", "locality": "Planted-on-Sea"}],
        urn::ENTERPRISE: {"department": "Planted department", "manager": {"value": "planted-manager"}},
    })
}

#[track_caller]
pub(super) fn text(value: &Value, name: &str) -> String {
    let text = value[name].as_str();
    text.unwrap_or_else(|| panic!("no `{name}`: {value}"))
        .to_owned()
}
