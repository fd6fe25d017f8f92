//! Bodies of POST and PUT, good ones and others.

use super::Generator;
use crate::proof::model::op::{Act, Show, When};
use crate::proof::model::patch::{PatchOp, Path, Where};
use crate::proof::model::pools::{EXTERNAL, GROUPS, MAILS, TEXTS, TYPES, USERS, odd};
use crate::proof::model::state::Model;
use crate::proof::model::{ENTERPRISE, Kind};
use serde_json::{Value, json};

impl Generator {
    pub(super) fn body(&mut self, model: &Model, realm: usize, kind: Kind) -> Value {
        let mut body = match kind {
            Kind::User => self.user(),
            Kind::Group => self.group(model, realm),
        };
        if self.one_in(12) {
            // One attribute is something else than it should be, or missing.
            let names = [
                "userName",
                "displayName",
                "name",
                "active",
                "emails",
                "members",
                "title",
                "addresses",
                "password",
                ENTERPRISE,
            ];
            let name = self.pick(&names);
            if kind == Kind::User || name != ENTERPRISE {
                body[name] = self.odd();
            }
        }
        if self.one_in(12) {
            for (name, value) in [
                ("id", json!("mine")),
                ("groups", json!([])),
                ("meta", json!({"version": "x"})),
                ("noSuch", json!(1)),
                ("__proto__", json!({"admin": true})),
            ] {
                body[name] = value;
            }
        }
        body
    }

    pub(super) fn odd(&mut self) -> Value {
        let mut all = odd();
        let at = self.rng.usize(0..all.len());
        all.swap_remove(at)
    }

    pub(super) fn text(&mut self) -> Value {
        json!(self.pick(TEXTS))
    }

    fn user(&mut self) -> Value {
        let mut user = json!({"schemas": [Kind::User.urn()], "userName": self.pick(USERS)});
        for name in ["title", "displayName"] {
            if self.one_in(3) {
                user[name] = self.text();
            }
        }
        if self.one_in(2) {
            user["externalId"] = json!(self.pick(EXTERNAL));
        }
        if self.one_in(2) {
            let values = [
                json!(true),
                json!(false),
                json!("True"),
                json!("False"),
                json!(null),
            ];
            user["active"] = values[self.rng.usize(0..values.len())].clone();
        }
        if self.one_in(3) {
            user["name"] = json!({"givenName": self.text(), "familyName": self.text()});
        }
        if self.one_in(2) {
            user["emails"] = self.plural();
        }
        if self.one_in(4) {
            user["addresses"] = json!([{"type": self.pick(TYPES), "streetAddress": "1 Quay", "locality": self.text()}]);
        }
        if self.one_in(6) {
            user["password"] = json!("t1meMa$heen");
        }
        if self.one_in(4) {
            user[ENTERPRISE] = json!({"department": self.text(), "manager": {"value": "m1"}});
        } else if self.one_in(8) {
            user["department"] = self.text();
        }
        if self.one_in(8) {
            user["urn:example:params:scim:schemas:extension:2.0:Own"] = json!({"Tag": 1});
        }
        user
    }

    pub(super) fn plural(&mut self) -> Value {
        let count = self.rng.usize(0..4);
        let mut one = |_| {
            let mut element = json!({"value": self.pick(MAILS)});
            if !self.one_in(4) {
                element["type"] = json!(self.pick(TYPES));
            }
            if self.one_in(3) {
                element["primary"] = json!(self.rng.bool());
            }
            element
        };
        (0..count).map(&mut one).collect()
    }

    fn group(&mut self, model: &Model, realm: usize) -> Value {
        let mut group = json!({"schemas": [Kind::Group.urn()], "displayName": self.pick(GROUPS)});
        if self.one_in(3) {
            group["externalId"] = json!(self.pick(EXTERNAL));
        }
        if !self.one_in(3) {
            group["members"] = self.members(model, realm);
        }
        group
    }

    /// Members in the dialects of clients.
    pub(super) fn members(&mut self, model: &Model, realm: usize) -> Value {
        let count = self.rng.usize(0..4);
        let mut one = |_| {
            let id = self.member(model, realm);
            match self.rng.usize(0..5) {
                0 => json!({"$ref": null, "value": id}),
                1 => json!({"value": id, "display": "x"}),
                2 => json!(id),
                3 => json!({"value": id, "type": "User"}),
                _ => json!({"value": id}),
            }
        };
        (0..count).map(&mut one).collect()
    }

    pub(super) fn member(&mut self, model: &Model, realm: usize) -> String {
        let kind = match self.one_in(4) {
            true => Kind::Group,
            false => Kind::User,
        };
        match self.one_in(25) {
            true => "no id".to_owned(),
            false => self.any(model, realm, kind),
        }
    }

    /// Somebody new in a bulk request: under a name that no other of it gives.
    pub(super) fn bulk_create(&mut self, model: &Model, realm: usize, n: usize) -> Act {
        let name = [
            "Anna@Example.net",
            "bulk-1",
            "bulk-2",
            "Crew",
            "bulk-4",
            "bulk-5",
        ][n];
        let label = format!("{}bulk{n}", ["a", "b"][realm]);
        let show = Show::default();
        if self.rng.bool() {
            let body = json!({"userName": name, "title": self.text()});
            return Act::Create {
                kind: Kind::User,
                label,
                body,
                show,
            };
        }
        let mut members = vec![json!({"value": self.any(model, realm, Kind::User)})];
        for other in 0..n {
            // Whether there will be such an operation is chance: an unknown reference fails.
            if self.one_in(2) {
                members.push(json!({"value": format!("bulkId:n{other}")}));
            }
        }
        let body = json!({"displayName": name, "members": members});
        Act::Create {
            kind: Kind::Group,
            label,
            body,
            show,
        }
    }

    pub(super) fn bulk_patch(&mut self, model: &Model, realm: usize) -> Act {
        let kind = self.kind();
        let id = self.any(model, realm, kind);
        let op = PatchOp {
            op: "replace".to_owned(),
            at: Where::Path(Path {
                name: "externalId".to_owned(),
                filter: None,
                sub: None,
            }),
            value: Some(json!(self.pick(EXTERNAL))),
        };
        let when = self.when();
        let when = When {
            none_matches: None,
            ..when
        };
        Act::Patch {
            kind,
            id,
            ops: vec![op],
            show: Show::default(),
            when,
        }
    }
}
