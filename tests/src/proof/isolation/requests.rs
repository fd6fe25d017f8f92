//! Random requests of a realm's routes, made of its own things and another's.

use super::world::Tenant;
use crate::urn;
use crate::urn::CUSTOM;
use fastrand::Rng;
use reqwest::Url;
use serde_json::{Value, json};
use service::{AdminOperation, Operation, ROUTES, Route};
use uuid::Uuid;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The route's method and path.
    pub route: String,
    /// The method.
    pub method: String,
    /// Below the Tenant URL, or from `/admin` on.
    pub path: String,
    /// The body.
    pub body: Option<Value>,
    /// Another token than the realm's.
    pub token: Option<String>,
    /// Whether the token is another realm's.
    pub is_foreign: bool,
}

impl Request {
    /// A request of an operator.
    pub fn admin(method: &str, route: &str, path: String, body: Option<Value>) -> Self {
        Self {
            route: route.to_owned(),
            method: method.to_owned(),
            path,
            body,
            token: None,
            is_foreign: false,
        }
    }
}

/// The routes of one realm: whatever names it in its path. A realm is deleted at the end only.
pub fn routes() -> Vec<&'static Route> {
    let of_a_realm = ROUTES.iter().filter(|route| route.path.contains("{realm}"));
    of_a_realm
        .filter(|route| route.operation != Operation::Admin(AdminOperation::DeleteRealm))
        .collect()
}

/// The next request of `own`, which may name whatever `other` has told.
pub fn next(rng: &mut Rng, own: &Tenant, other: &Tenant) -> Request {
    let mut some = Some { rng, own, other };
    let routes = routes();
    let route = routes[some.rng.usize(..routes.len())];
    let below = route.path.strip_prefix("/realms/{realm}/scim/v2");
    let id = some.id_for(route);
    let key = some.key();
    let path = below.unwrap_or(route.path);
    let path = path
        .replace("{realm}", &own.realm.name)
        .replace("{id}", &id)
        .replace("{key}", &key);
    let query = some.query(route);
    let body = route
        .operation
        .takes_body()
        .then(|| some.body(route.operation));
    let is_foreign = below.is_some() && some.rng.u8(..10) == 0;
    Request {
        route: format!("{} {}", route.method, route.path),
        method: route.method.to_string(),
        path: format!("{path}{query}"),
        body,
        token: is_foreign.then(|| other.realm.token.clone()),
        is_foreign,
    }
}

/// Chance, and what it chooses from.
struct Some<'a> {
    rng: &'a mut Rng,
    own: &'a Tenant,
    other: &'a Tenant,
}

impl Some<'_> {
    fn of(&mut self, own: fn(&Tenant) -> &Vec<String>) -> Option<String> {
        let tenant = if self.rng.u8(..5) < 3 {
            self.own
        } else {
            self.other
        };
        self.rng.choice(own(tenant)).cloned()
    }

    /// An id of its own, also of those that nobody else names; one of the other's; nobody's.
    fn id(&mut self) -> String {
        let found = match self.rng.u8(..10) {
            0..4 => self.rng.choice(&self.own.secret).cloned(),
            4..9 => self.of(|tenant| &tenant.told),
            _ => None,
        };
        found.unwrap_or_else(|| Uuid::from_u128(self.rng.u128(..)).to_string())
    }

    fn key(&mut self) -> String {
        self.of(|tenant| &tenant.keys).unwrap_or_default()
    }

    fn value(&mut self) -> String {
        self.of(|tenant| &tenant.values).unwrap_or_default()
    }

    fn id_for(&mut self, route: &Route) -> String {
        match route.operation {
            Operation::ResourceType => "User".to_owned(),
            Operation::Schema => urn::USER.to_owned(),
            Operation::Admin(
                AdminOperation::GetSchema
                | AdminOperation::PutSchema
                | AdminOperation::DeleteSchema,
            ) => CUSTOM.to_owned(),
            Operation::Admin(AdminOperation::GetEvent) => {
                let event = self.of(|tenant| &tenant.events);
                event.unwrap_or_else(|| self.id())
            }
            _ => self.id(),
        }
    }

    fn filter(&mut self) -> String {
        let (id, value) = (self.id(), self.value());
        let simple = match self.rng.u8(..11) {
            0 => format!("id eq \"{id}\""),
            1 => format!("members eq \"{id}\""),
            2 => format!("id eq \"{}\" and members eq \"{id}\"", self.id()),
            3 => format!("groups.value eq \"{id}\""),
            4 => format!("externalId eq \"{value}\""),
            5 => format!("emails.value eq \"{value}\""),
            6 => format!("displayName eq \"{value}\""),
            7 => format!("manager.value eq \"{id}\""),
            8 => "meta.created gt \"2001-01-01T00:00:00Z\"".to_owned(),
            _ => format!("userName eq \"{value}\""),
        };
        match self.rng.u8(..5) {
            0 => format!("{simple} or userName sw \"{}\"", self.value()),
            1 => format!("not ({simple})"),
            _ => simple,
        }
    }

    fn query(&mut self, route: &Route) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        let is_list = matches!(
            route.operation,
            Operation::List(_)
                | Operation::Query(_)
                | Operation::Admin(
                    AdminOperation::ListMembers
                        | AdminOperation::ListEvents
                        | AdminOperation::ListKeys
                        | AdminOperation::ExportRealm
                )
        );
        if is_list {
            let is_admin = matches!(route.operation, Operation::Admin(_));
            if self.rng.bool() {
                pairs.push(("filter", self.filter()));
            }
            if self.rng.u8(..3) == 0 {
                let cursor = self.of(|tenant| &tenant.cursors);
                pairs.push(("cursor", cursor.unwrap_or_default()));
            }
            if self.rng.bool() {
                let name = if is_admin { "limit" } else { "count" };
                pairs.push((name, self.rng.u8(1..4).to_string()));
            }
            match self.rng.u8(..8) {
                0 if is_admin => pairs.push(("resource", self.id())),
                1 if is_admin => pairs.push(("key", self.key())),
                2 if is_admin => pairs.push(("q", self.value())),
                0 => pairs.push(("sortBy", "displayName".to_owned())),
                1 => pairs.push(("startIndex", self.rng.u8(..9).to_string())),
                _ => {}
            }
        }
        if pairs.is_empty() {
            return String::new();
        }
        let mut url = Url::parse("http://host").unwrap();
        url.query_pairs_mut().extend_pairs(&pairs);
        format!("?{}", url.query().unwrap_or_default())
    }

    fn resource(&mut self) -> Value {
        let n = self.rng.u32(..);
        let (user, group) = (self.value(), self.value());
        json!({
            "userName": if self.rng.bool() { user } else { format!("new-{n}") },
            "displayName": if self.rng.u8(..4) == 0 { group } else { format!("New {n}") },
            "externalId": self.value(),
            "emails": [{"value": self.value(), "type": "work"}],
            "title": self.own.marker,
            "members": self.members(),
            urn::ENTERPRISE: {"manager": {"value": self.id()}},
        })
    }

    fn members(&mut self) -> Value {
        (0..self.rng.usize(..4))
            .map(|_| json!({"value": self.id()}))
            .collect()
    }

    fn operations(&mut self) -> Value {
        let (id, value) = (self.id(), self.value());
        let one = match self.rng.u8(..8) {
            0 => json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}),
            1 => json!({"op": "replace", "path": "members", "value": self.members()}),
            2 => {
                json!({"op": "replace", "path": format!("{}:manager", urn::ENTERPRISE), "value": id})
            }
            3 => json!({"op": "replace", "path": "userName", "value": value}),
            4 => json!({"op": "replace", "path": "displayName", "value": value}),
            5 => json!({"op": "replace", "path": "externalId", "value": value}),
            _ => json!({"op": "add", "path": "members", "value": self.members()}),
        };
        json!([one])
    }

    fn bulk(&mut self) -> Value {
        let mut operations = Vec::new();
        for n in 0..self.rng.usize(1..5) {
            let path = if self.rng.bool() { "/Users" } else { "/Groups" };
            let at = format!("{path}/{}", self.id());
            operations.push(match self.rng.u8(..5) {
                0 => json!({"method": "DELETE", "path": at}),
                1 => json!({"method": "PUT", "path": at, "data": self.resource()}),
                2 => {
                    json!({"method": "PATCH", "path": at, "data": {"Operations": self.operations()}})
                }
                _ => {
                    let id = format!("b{n}");
                    json!({"method": "POST", "path": path, "bulkId": id, "data": self.resource()})
                }
            });
        }
        json!({"schemas": [urn::BULK], "Operations": operations})
    }

    fn body(&mut self, operation: Operation) -> Value {
        match operation {
            Operation::Patch(_) => {
                json!({"schemas": [urn::PATCH], "Operations": self.operations()})
            }
            Operation::Search(_) => {
                let mut body =
                    json!({"schemas": [urn::SEARCH], "filter": self.filter(), "count": 3});
                if let (0, Some(cursor)) = (self.rng.u8(..3), self.of(|tenant| &tenant.cursors)) {
                    body["cursor"] = json!(cursor);
                }
                body
            }
            Operation::Bulk => self.bulk(),
            Operation::Admin(operation) => self.of_an_operator(operation),
            _ => self.resource(),
        }
    }

    fn of_an_operator(&mut self, operation: AdminOperation) -> Value {
        match operation {
            AdminOperation::UpdateRealm => json!({"displayName": self.value()}),
            AdminOperation::CreateKey => json!({"name": format!("key {}", self.rng.u32(..))}),
            AdminOperation::RotateKey => json!({"overlap": "1h"}),
            AdminOperation::PutSchema => {
                json!({"name": "Custom", "resourceType": "User", "attributes": [{"name": "tag", "type": "string"}]})
            }
            AdminOperation::PutMappers => json!({"mappers": [
                {"name": "login", "attribute": "upn", "path": "userName", "type": "String"},
            ]}),
            AdminOperation::TryMappers => json!({"user": self.resource()}),
            AdminOperation::ImportMembers => json!({"users": [self.resource()]}),
            AdminOperation::MoveMember => {
                let states = ["invited", "accepted", "confirmed", "provisioned"];
                json!({"state": states[self.rng.usize(..states.len())]})
            }
            AdminOperation::ImportRealm => {
                let (id, time) = (self.id(), "2026-01-02T03:04:05.006Z");
                json!({"items": [{"user": {
                    "id": id, "created": time, "lastModified": time, "state": "provisioned",
                    "attributes": {"userName": self.value(), "title": self.own.marker},
                }}]})
            }
            _ => json!({}),
        }
    }
}
