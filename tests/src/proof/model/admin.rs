//! What an operator does to a realm and its keys in the model (README, "Administer it").

use super::op::{Act, Overlap, Step, Switch};
use super::state::{Body, Expected, Hints, Life, Model};
use super::{Fault, refuse};
use serde_json::{Value, json};

impl Model {
    /// What an operator does (README, "Administer it").
    pub(super) fn administer(&mut self, step: &Step, hints: &Hints) -> Result<Expected, Fault> {
        let realm = &mut self.realms[step.realm];
        let with = |status: u16, fields: Value| Expected {
            status,
            body: Body::Fields(fields),
            ..Expected::default()
        };
        match (&step.act, realm.life) {
            (Act::MakeRealm, Life::Absent) => {
                (realm.life, realm.writes) = (Life::Enabled, 1);
                return Ok(with(201, json!({"state": "enabled"})));
            }
            // The same wish again finds the realm made; of another state it is another.
            (Act::MakeRealm, Life::Enabled) => return Ok(with(200, json!({"state": "enabled"}))),
            (Act::MakeRealm, Life::Disabled) => return refuse(409, ""),
            (_, Life::Absent) => return refuse(404, ""),
            _ => {}
        }
        let find = |label: &str| {
            realm
                .keys
                .iter()
                .rposition(|key| key.label == label && !key.id.is_empty())
        };
        match &step.act {
            Act::SwitchRealm(switch) => {
                let (life, word) = match switch {
                    Switch::Enabled => (Life::Enabled, "enabled"),
                    Switch::Disabled => (Life::Disabled, "disabled"),
                };
                realm.writes += usize::from(realm.life != life);
                realm.life = life;
                Ok(with(200, json!({"state": word})))
            }
            Act::DeleteRealm => {
                realm.life = Life::Absent;
                realm.resources.clear();
                realm
                    .keys
                    .iter_mut()
                    .for_each(|key| (key.works, key.id) = (false, String::new()));
                Ok(Expected {
                    status: 204,
                    ..Expected::default()
                })
            }
            Act::MakeKey { label, scope } => {
                realm.add_key(label, *scope, hints);
                Ok(with(201, json!({"name": label})))
            }
            Act::RotateKey { label, new, old } => {
                let at = find(label).ok_or(Fault::of(404, ""))?;
                let key = &mut realm.keys[at];
                if !key.works {
                    return refuse(409, "");
                }
                key.works = *old == Overlap::WorksOn;
                let scope = key.scope;
                realm.add_key(new, scope, hints);
                Ok(with(201, json!({"name": new})))
            }
            Act::RevokeKey { label } => {
                let at = find(label).ok_or(Fault::of(404, ""))?;
                realm.writes += usize::from(!realm.keys[at].revoked);
                realm.keys[at].revoked = true;
                realm.keys[at].works = false;
                Ok(Expected {
                    status: 204,
                    ..Expected::default()
                })
            }
            _ => refuse(500, ""),
        }
    }
}
