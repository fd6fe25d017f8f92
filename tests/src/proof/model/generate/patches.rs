//! PATCH in the dialects of Entra ID and Okta (CLIENTS.md), and wrong ones.

use super::Generator;
use crate::proof::model::filter::{Filter, Op};
use crate::proof::model::op::Act;
use crate::proof::model::patch::{PatchOp, Path, Where};
use crate::proof::model::pools::{EXTERNAL, GROUPS, MAILS, TYPES, USERS, enterprise};
use crate::proof::model::state::Model;
use crate::proof::model::{ENTERPRISE, Kind};
use serde_json::{Value, json};

fn at(name: &str) -> Path {
    Path {
        name: name.to_owned(),
        filter: None,
        sub: None,
    }
}

fn chosen(name: &str, filter: Filter, sub: &str) -> Path {
    Path {
        filter: Some(filter),
        sub: (!sub.is_empty()).then(|| sub.to_owned()),
        ..at(name)
    }
}

pub(super) fn eq(name: &str, value: impl Into<Value>) -> Filter {
    Filter::Compare(name.to_owned(), Op::Eq, value.into())
}

fn op(op: &str, path: Path, value: Value) -> PatchOp {
    PatchOp {
        op: op.to_owned(),
        at: Where::Path(path),
        value: Some(value),
    }
}

fn remove(path: Path) -> PatchOp {
    PatchOp {
        op: "remove".to_owned(),
        at: Where::Path(path),
        value: None,
    }
}

fn keys(op: &str, keys: Vec<(Path, Value)>) -> PatchOp {
    PatchOp {
        op: op.to_owned(),
        at: Where::Keys(keys),
        value: None,
    }
}

impl Generator {
    pub(super) fn patch(&mut self, model: &Model, realm: usize) -> Act {
        let (kind, id) = self.target(model, realm);
        let count = match self.one_in(3) {
            true => self.rng.usize(0..4),
            false => 1,
        };
        let mut one = |_| match kind {
            _ if self.one_in(10) => self.wrong_op(),
            Kind::User => self.user_op(),
            Kind::Group => self.group_op(model, realm, &id),
        };
        let ops = (0..count).map(&mut one).collect();
        let (show, when) = (self.show(), self.when());
        Act::Patch {
            kind,
            id,
            ops,
            show,
            when,
        }
    }

    /// `add` or `replace`, as clients spell it.
    fn sets(&mut self) -> &'static str {
        self.pick(&["add", "Add", "replace", "Replace", "REPLACE"])
    }

    fn user_op(&mut self) -> PatchOp {
        let (sets, text) = (self.sets(), self.text());
        let kind = self.pick(TYPES);
        let mail = json!(self.pick(MAILS));
        match self.rng.usize(0..22) {
            0 => op(sets, at("active"), json!(self.pick(&["True", "False"]))),
            1 => op(sets, at("active"), json!(self.rng.bool())),
            2 | 3 => op(sets, chosen("emails", eq("type", kind), "value"), mail),
            4 => op(
                sets,
                chosen("emails", eq("type", kind), "primary"),
                json!("True"),
            ),
            5 => op(
                sets,
                chosen("addresses", eq("type", kind), "streetAddress"),
                text,
            ),
            6 => op(
                sets,
                chosen("emails", eq("value", mail), ""),
                json!({"display": text}),
            ),
            7 => self.manager(sets),
            8 => op(sets, at(&enterprise("department")), text),
            9 => op(sets, at("userName"), json!(self.pick(USERS))),
            10 => op(sets, at("externalId"), json!(self.pick(EXTERNAL))),
            11 => {
                let name = self.pick(&[
                    "title",
                    "displayName",
                    "name.givenName",
                    "name.familyName",
                    "DISPLAYNAME",
                    "department",
                    "employeeNumber",
                ]);
                op(sets, at(name), text)
            }
            12 => {
                let name = self.pick(&[
                    "title",
                    "name",
                    "emails",
                    "name.givenName",
                    "department",
                    "manager",
                    "active",
                    "userName",
                    "externalId",
                ]);
                let empty = [json!(null), json!(""), json!([])];
                op(sets, at(name), empty[self.rng.usize(0..3)].clone())
            }
            13 => op(sets, at("emails"), self.plural()),
            14 => {
                let mut listed = op("Remove", at("emails"), json!([{"value": mail}]));
                match self.rng.usize(0..4) {
                    0 => {}
                    1 => listed.value = Some(json!([{"value": mail, "type": kind}])),
                    2 => listed.at = Where::Path(chosen("emails", eq("type", kind), "")),
                    _ => listed = op("remove", at("emails.value"), mail),
                }
                listed
            }
            15 => remove(chosen(
                "emails",
                eq("type", kind),
                self.pick(&["", "value", "primary", "type"]),
            )),
            16 => remove(at(self.pick(&[
                "title",
                "name",
                "emails",
                "addresses",
                "manager",
                "department",
                "emails.type",
                "name.familyName",
                "userName",
                "active",
            ]))),
            17 => op(
                sets,
                at("name"),
                json!({"givenName": text, "formatted": ""}),
            ),
            18 => op(sets, at("password"), json!("secret")),
            19 => remove(chosen(
                "emails",
                Filter::Not(Box::new(eq("type", kind))),
                "",
            )),
            _ => self.pathless(sets),
        }
    }

    /// Keys that are paths, as Entra ID's flag and Okta send them.
    fn pathless(&mut self, sets: &str) -> PatchOp {
        let mut all = Vec::new();
        for name in [
            "active",
            "title",
            "name.givenName",
            "userName",
            "id",
            "noSuch",
            "emails",
            "name",
        ] {
            if self.one_in(5) {
                let value = match name {
                    "active" => json!(self.rng.bool()),
                    "userName" => json!(self.pick(USERS)),
                    "emails" => self.plural(),
                    "name" => json!({"familyName": self.text()}),
                    _ => self.text(),
                };
                all.push((at(name), value));
            }
        }
        if self.one_in(4) {
            all.push((at(&enterprise("department")), self.text()));
        }
        if self.one_in(4) {
            let path = chosen("emails", eq("type", self.pick(TYPES)), "value");
            all.push((path, json!(self.pick(MAILS))));
        }
        keys(sets, all)
    }

    fn manager(&mut self, sets: &str) -> PatchOp {
        let path = match self.rng.usize(0..4) {
            0 => at("manager"),
            1 => at(&format!("{ENTERPRISE}.manager")),
            2 => at(&enterprise("manager.value")),
            _ => at(&enterprise("manager")),
        };
        let id = self.pick(&["m1", "m2"]);
        let values = [
            json!(id),
            json!({"value": id}),
            json!({"value": id, "$ref": format!("../Users/{id}")}),
            json!([{"$ref": null, "value": id}]),
            json!(""),
            json!({"value": ""}),
        ];
        op(sets, path, values[self.rng.usize(0..values.len())].clone())
    }

    fn group_op(&mut self, model: &Model, realm: usize, own: &str) -> PatchOp {
        let (members, member) = (self.members(model, realm), self.member(model, realm));
        let one = eq("value", member.clone());
        match self.rng.usize(0..16) {
            0..=2 => op(self.pick(&["add", "Add"]), at("members"), members),
            3 => op("add", at("members"), json!(member)),
            4 => keys("add", vec![(at("members"), members)]),
            5 | 6 => remove(chosen("members", one, "")),
            7 => op("Remove", at("members"), members),
            8 => op("replace", at("members"), members),
            9 => keys(
                "replace",
                vec![(at("id"), json!(own)), (at("members"), members)],
            ),
            10 => remove(at("members")),
            11 => remove(chosen(
                "members",
                eq("type", self.pick(&["User", "group"])),
                "",
            )),
            12 => op("add", at("members"), json!([{"value": own}])),
            13 => op("replace", chosen("members", one, ""), members),
            14 => op(self.sets(), at("displayName"), json!(self.pick(GROUPS))),
            _ => keys(
                "replace",
                vec![
                    (at("externalId"), json!(self.pick(EXTERNAL))),
                    (at("displayName"), json!(self.pick(GROUPS))),
                ],
            ),
        }
    }

    fn wrong_op(&mut self) -> PatchOp {
        let value = self.odd();
        match self.rng.usize(0..14) {
            0 => op(
                "replace",
                at(self.pick(&[
                    "noSuch",
                    "emails.noSuch",
                    "__proto__",
                    "constructor",
                    "name.x.y",
                ])),
                value,
            ),
            1 => op(
                "replace",
                at(self.pick(&["id", "meta", "groups", "meta.version", "groups.value"])),
                json!("x"),
            ),
            2 => remove(at(self.pick(&["id", "meta", "groups"]))),
            3 => PatchOp {
                op: "remove".to_owned(),
                at: Where::Nowhere,
                value: None,
            },
            4 => PatchOp {
                op: "replace".to_owned(),
                at: Where::Path(at("title")),
                value: None,
            },
            5 => PatchOp {
                op: "add".to_owned(),
                at: Where::Nowhere,
                value: Some(value),
            },
            6 => op(
                self.pick(&["move", "copy", "addMember", ""]),
                at("title"),
                value,
            ),
            7 => op(
                "replace",
                chosen(
                    "emails",
                    Filter::Compare("value".to_owned(), Op::Co, json!("zz")),
                    "display",
                ),
                json!("x"),
            ),
            8 => op(
                "replace",
                chosen("emails", eq("noSuch", "x"), "value"),
                json!("x"),
            ),
            9 => op(
                "replace",
                chosen(
                    "emails",
                    Filter::Compare("primary".to_owned(), Op::Gt, json!(true)),
                    "value",
                ),
                json!("x"),
            ),
            10 => op("add", at("members.value"), json!("x")),
            11 => op(
                "replace",
                chosen("members", eq("type", "User"), ""),
                json!([]),
            ),
            _ => op(
                self.sets(),
                at(self.pick(&[
                    "active",
                    "emails",
                    "name",
                    "title",
                    "displayName",
                    "manager",
                    "members",
                    "addresses",
                    "password",
                ])),
                value,
            ),
        }
    }
}
