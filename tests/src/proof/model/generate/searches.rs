//! Lists: filters, orders, what is shown.

use super::Generator;
use super::patches::eq;
use crate::proof::model::Kind;
use crate::proof::model::filter::{Filter, Op};
use crate::proof::model::op::{List, Order, Way};
use crate::proof::model::pools::{
    EXTERNAL, GROUP_TEXT, GROUPS, MAILS, ORDERS, TEXTS, TYPES, USER_TEXT, USERS, enterprise,
};
use crate::proof::model::state::Model;
use serde_json::{Value, json};

impl Generator {
    pub(super) fn list(&mut self, model: &Model, realm: usize) -> List {
        let kinds = match self.rng.usize(0..8) {
            0 => Kind::ALL.to_vec(),
            1..=4 => vec![Kind::User],
            _ => vec![Kind::Group],
        };
        let way = match self.one_in(3) {
            true => Way::Search,
            false => Way::Get,
        };
        let filter = (!self.one_in(4)).then(|| self.filter(model, realm, kinds[0], 2));
        // By an attribute that one of the kinds has.
        let sort_by = self.one_in(3).then(|| self.pick(ORDERS).to_owned());
        let sort_by = sort_by.filter(|by| {
            kinds
                .iter()
                .any(|kind| kind.attr(by.split('.').next().unwrap()).is_some())
        });
        List {
            order: match self.rng.bool() && sort_by.is_some() {
                true => Order::Descending,
                false => Order::Ascending,
            },
            kinds,
            way,
            filter,
            sort_by,
            show: self.show(),
        }
    }

    fn filter(&mut self, model: &Model, realm: usize, kind: Kind, depth: usize) -> Filter {
        let count = self.rng.usize(2..4);
        match self.rng.usize(0..10) {
            0 | 1 if depth > 0 => Filter::And(
                (0..count)
                    .map(|_| self.filter(model, realm, kind, depth - 1))
                    .collect(),
            ),
            2 if depth > 0 => Filter::Or(
                (0..count)
                    .map(|_| self.filter(model, realm, kind, depth - 1))
                    .collect(),
            ),
            3 if depth > 0 => Filter::Not(Box::new(self.filter(model, realm, kind, depth - 1))),
            _ => self.leaf(model, realm, kind),
        }
    }

    /// Some value that there may be.
    fn operand(&mut self) -> Value {
        let all = [
            USERS,
            GROUPS,
            TEXTS,
            EXTERNAL,
            MAILS,
            TYPES,
            &["User", "a", "net", ""],
        ];
        let pool = all[self.rng.usize(0..all.len())];
        json!(self.pick(pool))
    }

    fn leaf(&mut self, model: &Model, realm: usize, kind: Kind) -> Filter {
        let names = match kind {
            Kind::User => USER_TEXT,
            Kind::Group => GROUP_TEXT,
        };
        let name = self.pick(names).to_owned();
        let operand = self.operand();
        let ops = [
            Op::Eq,
            Op::Eq,
            Op::Ne,
            Op::Co,
            Op::Sw,
            Op::Ew,
            Op::Gt,
            Op::Ge,
            Op::Lt,
            Op::Le,
        ];
        let any = ops[self.rng.usize(0..ops.len())];
        let kind_of = json!(self.pick(TYPES));
        match (self.rng.usize(0..20), kind) {
            (0..=3, Kind::User) => eq("userName", self.pick(USERS)),
            (4, Kind::User) => eq("emails.value", self.pick(MAILS)),
            (5, Kind::User) => {
                let both = vec![eq("type", kind_of), eq("value", self.pick(MAILS))];
                Filter::Where("emails".to_owned(), Box::new(Filter::And(both)))
            }
            (6, Kind::User) => Filter::WhereSub(
                "emails".to_owned(),
                Box::new(eq("type", kind_of)),
                "value".to_owned(),
                any,
                json!(self.pick(MAILS)),
            ),
            (7, Kind::User) => {
                let value = [json!(true), json!(false), json!("True"), json!(null)];
                Filter::Compare(
                    "active".to_owned(),
                    self.flip(),
                    value[self.rng.usize(0..4)].clone(),
                )
            }
            (8, Kind::User) => Filter::Compare(enterprise("department"), any, operand),
            (9, Kind::User) => Filter::Where(
                "emails".to_owned(),
                Box::new(Filter::Not(Box::new(eq("type", kind_of)))),
            ),
            (0..=2, Kind::Group) => eq("displayName", self.pick(GROUPS)),
            (3 | 4, Kind::Group) => Filter::And(vec![
                eq("id", self.any(model, realm, Kind::Group)),
                eq("members", self.member(model, realm)),
            ]),
            (5, Kind::Group) => eq("members.value", self.member(model, realm)),
            (6, Kind::Group) => Filter::Where(
                "members".to_owned(),
                Box::new(eq("value", self.member(model, realm))),
            ),
            (7, Kind::Group) => Filter::Compare(
                "members".to_owned(),
                Op::Ne,
                json!(self.member(model, realm)),
            ),
            (10, _) => eq("id", self.any(model, realm, kind)),
            (11, _) => eq("externalId", self.pick(EXTERNAL)),
            (12, _) => Filter::Present(name),
            (13, _) => Filter::Compare(name, self.flip(), json!(null)),
            (14, _) if self.one_in(3) => self.senseless(operand),
            _ => Filter::Compare(name, any, operand),
        }
    }

    fn flip(&mut self) -> Op {
        match self.rng.bool() {
            true => Op::Eq,
            false => Op::Ne,
        }
    }

    /// Filters that make no sense (RFC 7644 table 9, `invalidFilter`).
    fn senseless(&mut self, operand: Value) -> Filter {
        let name = |name: &str| name.to_owned();
        match self.rng.usize(0..7) {
            0 => Filter::Compare(name("noSuch"), Op::Eq, operand),
            1 => Filter::Compare(name("password"), Op::Sw, operand),
            2 => Filter::Compare(name("active"), Op::Gt, json!(true)),
            3 => Filter::Compare(name("active"), Op::Eq, json!("maybe")),
            4 => Filter::Compare(name("name"), Op::Eq, operand),
            5 => Filter::Where(name("emails"), Box::new(eq("noSuch", operand))),
            _ => Filter::Present(name("emails.noSuch")),
        }
    }
}
