//! Acts as HTTP requests (RFC 7644 sections 3.2 to 3.9).

use super::Kind;
use super::op::{Act, BulkOp, List, Order, Overlap, Page, Scope, Show, Switch, Tag, Way, When};
use super::patch::{PatchOp, Where};
use crate::Call;
use crate::urn;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// A request before anybody says who asks.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Request {
    pub method: String,
    /// Below the Tenant URL, an operator's below the realm's own path.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

impl Request {
    fn new(method: &str, path: String) -> Self {
        Self {
            method: method.to_owned(),
            path,
            ..Self::default()
        }
    }

    fn json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string());
        self
    }

    fn when(mut self, when: &When) -> Self {
        for (name, tag) in [
            ("if-match", &when.matches),
            ("if-none-match", &when.none_matches),
        ] {
            if let Some(Tag::Text(text)) = tag {
                self.headers.push((name.to_owned(), text.clone()));
            }
        }
        self
    }

    /// As it is sent to `base`.
    pub fn call(&self, base: &str) -> Call {
        let mut call = Call::new(&self.method, &format!("{base}{}", self.path)).anonymous();
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        match &self.body {
            Some(body) => call.bytes(body.clone()),
            None => call,
        }
    }
}

/// The request of a resolved act to the realm `name`; `other` is the other
/// realm's name, `key` the id of the key that the act is about.
pub fn request(act: &Act, name: &str, other: &str, key: &str) -> Request {
    let one = |kind: &Kind, id: &str, show: &Show| {
        format!("{}/{id}{}", kind.endpoint(), query(parameters(show)))
    };
    match act {
        Act::Create {
            kind, body, show, ..
        } => {
            let path = format!("{}{}", kind.endpoint(), query(parameters(show)));
            Request::new("POST", path).json(body)
        }
        Act::Get {
            kind,
            id,
            show,
            when,
        } => Request::new("GET", one(kind, id, show)).when(when),
        Act::Put {
            kind,
            id,
            body,
            show,
            when,
        } => Request::new("PUT", one(kind, id, show))
            .when(when)
            .json(body),
        Act::Patch {
            kind,
            id,
            ops,
            show,
            when,
        } => Request::new("PATCH", one(kind, id, show))
            .when(when)
            .json(&message(ops)),
        Act::Delete { kind, id, when } => {
            Request::new("DELETE", one(kind, id, &Show::default())).when(when)
        }
        Act::List(list, page) => search(list, *page, None),
        Act::Walk(list, ..) => search(list, Page::default(), None),
        Act::Bulk {
            fail_on_errors,
            operations,
        } => {
            let operations: Vec<Value> = operations.iter().map(bulk).collect();
            let mut body = json!({"schemas": [urn::BULK], "Operations": operations});
            if let Some(most) = fail_on_errors {
                body["failOnErrors"] = json!(most);
            }
            Request::new("POST", "/Bulk".to_owned()).json(&body)
        }
        Act::Hostile(name) => super::hostile::request(name, other),
        Act::MakeRealm => Request::new("POST", String::new()).json(&json!({"name": name})),
        Act::SwitchRealm(switch) => {
            let state = match switch {
                Switch::Enabled => "enabled",
                Switch::Disabled => "disabled",
            };
            Request::new("PATCH", format!("/{name}")).json(&json!({"state": state}))
        }
        Act::DeleteRealm => Request::new("DELETE", format!("/{name}")),
        Act::MakeKey { label, scope } => {
            let scope = match scope {
                Scope::All => "scim",
                Scope::Read => "scim:read",
            };
            Request::new("POST", format!("/{name}/keys"))
                .json(&json!({"name": label, "scopes": [scope]}))
        }
        Act::RotateKey { new, old, .. } => {
            let overlap = match old {
                Overlap::WorksOn => "1h",
                Overlap::Ends => "0s",
            };
            let path = format!("/{name}/keys/{key}/rotate");
            Request::new("POST", path).json(&json!({"name": new, "overlap": overlap}))
        }
        Act::RevokeKey { .. } => Request::new("DELETE", format!("/{name}/keys/{key}")),
    }
}

fn bulk(operation: &BulkOp) -> Value {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("method", json!(operation.act.method()));
    if let Some(id) = &operation.bulk_id {
        put("bulkId", json!(id));
    }
    match &operation.act {
        Act::Create { kind, body, .. } => {
            put("path", json!(kind.endpoint()));
            put("data", body.clone());
        }
        Act::Put {
            kind,
            id,
            body,
            when,
            ..
        } => {
            put("path", json!(format!("{}/{id}", kind.endpoint())));
            put("data", body.clone());
            version(when, &mut put);
        }
        Act::Patch {
            kind,
            id,
            ops,
            when,
            ..
        } => {
            put("path", json!(format!("{}/{id}", kind.endpoint())));
            put("data", message(ops));
            version(when, &mut put);
        }
        Act::Delete { kind, id, when } => {
            put("path", json!(format!("{}/{id}", kind.endpoint())));
            version(when, &mut put);
        }
        _ => {}
    }
    Value::Object(object)
}

fn version(when: &When, put: &mut impl FnMut(&str, Value)) {
    if let Some(Tag::Text(text)) = &when.matches {
        put("version", json!(text));
    }
}

/// A PATCH message (figure 6).
fn message(ops: &[PatchOp]) -> Value {
    let each = ops.iter().map(|op| {
        let mut shown = json!({"op": op.op});
        match &op.at {
            Where::Path(path) => shown["path"] = json!(path.to_string()),
            Where::Keys(keys) => {
                let keys = keys
                    .iter()
                    .map(|(path, value)| (path.to_string(), value.clone()));
                shown["value"] = Value::Object(keys.collect());
            }
            Where::Nowhere => {}
        }
        if let Some(value) = &op.value {
            shown["value"] = value.clone();
        }
        shown
    });
    json!({"schemas": [urn::PATCH], "Operations": each.collect::<Vec<_>>()})
}

/// One page of a list: by its index, or by a cursor.
pub fn search(list: &List, page: Page, cursor: Option<&str>) -> Request {
    let endpoint = match list.of() {
        [one] => one.endpoint(),
        _ => "",
    };
    let mut fields: Vec<(&str, Value)> = Vec::new();
    fields.extend(
        list.filter
            .as_ref()
            .map(|it| ("filter", json!(it.to_string()))),
    );
    fields.extend(list.sort_by.as_ref().map(|it| ("sortBy", json!(it))));
    if list.order == Order::Descending {
        fields.push(("sortOrder", json!("descending")));
    }
    fields.extend(page.start_index.map(|it| ("startIndex", json!(it))));
    fields.extend(page.count.map(|it| ("count", json!(it))));
    fields.extend(cursor.map(|it| ("cursor", json!(it))));
    for (name, names) in [
        ("attributes", &list.show.attributes),
        ("excludedAttributes", &list.show.excluded),
    ] {
        if !names.is_empty() {
            fields.push((name, json!(names)));
        }
    }
    match list.way {
        Way::Get => Request::new("GET", format!("{endpoint}{}", query(fields))),
        Way::Search => {
            let mut body = json!({"schemas": [urn::SEARCH]});
            for (name, value) in fields {
                body[name] = value;
            }
            Request::new("POST", format!("{endpoint}/.search")).json(&body)
        }
    }
}

fn parameters(show: &Show) -> Vec<(&'static str, Value)> {
    let both = [
        ("attributes", &show.attributes),
        ("excludedAttributes", &show.excluded),
    ];
    let given = both.into_iter().filter(|(_, names)| !names.is_empty());
    given.map(|(name, names)| (name, json!(names))).collect()
}

fn query(fields: Vec<(&str, Value)>) -> String {
    let encoded = fields.into_iter().map(|(name, value)| {
        let text = match value {
            Value::String(text) => text,
            Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                items.join(",")
            }
            other => other.to_string(),
        };
        format!("{name}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC))
    });
    let encoded: Vec<String> = encoded.collect();
    match encoded.is_empty() {
        true => String::new(),
        false => format!("?{}", encoded.join("&")),
    }
}
