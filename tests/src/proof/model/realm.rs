//! What requests do inside one realm of the model.

use super::op::{Act, Scope, Show, Tag, When};
use super::schema::{self, Doc, fold};
use super::state::{Body, Expected, Hints, Key, Moment, Realm, Resource, tag_of};
use super::view::{shows_names, view};
use super::{Fault, Kind, refuse};
use super::{members, patch};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Realm {
    pub(super) fn add_key(&mut self, label: &str, scope: Scope, hints: &Hints) {
        let (id, token) = hints.key.clone().unwrap_or_default();
        self.keys.push(Key {
            label: label.to_owned(),
            id,
            token,
            scope,
            works: true,
            revoked: false,
        });
        self.writes += 1;
    }

    /// The resource of that kind and id.
    pub fn find(&self, kind: Kind, id: &str) -> Result<&Resource, Fault> {
        let there = self.resources.get(id).filter(|it| it.kind == kind);
        there.ok_or(Fault::of(404, ""))
    }

    /// Those of a kind, by id.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = (&String, &Resource)> {
        self.resources.iter().filter(move |(_, it)| it.kind == kind)
    }

    /// The groups that a resource is directly in.
    pub fn groups_of(&self, id: &str) -> Vec<String> {
        let has =
            |(group, it): (&String, &Resource)| it.members.contains(id).then(|| group.clone());
        self.of(Kind::Group).filter_map(has).collect()
    }

    /// POST, PUT, PATCH and DELETE (RFC 7644 sections 3.3, 3.5 and 3.6).
    pub(super) fn write(
        &mut self,
        act: &Act,
        new_id: Option<&String>,
        between: (i64, i64),
    ) -> Result<Expected, Fault> {
        let exists = |id: &str| self.resources.get(id).map(|it| it.kind);
        let known = |value: &Value, own: &str| -> Result<BTreeSet<String>, Fault> {
            let ids = members::ids(value)?;
            match ids.iter().any(|id| id == own) {
                true => refuse(400, "invalidValue"),
                false => Ok(ids.into_iter().filter(|id| exists(id).is_some()).collect()),
            }
        };
        if let Act::Put { kind, id, .. } | Act::Patch { kind, id, .. } = act
            && !is_id(id)
        {
            // What can be no id is no resource, whatever else the request says.
            self.find(*kind, id)?;
        }
        let now = Moment::Between(between.0, between.1);
        match act {
            Act::Create {
                kind, body, show, ..
            } => {
                let (doc, members) = schema::body(*kind, body)?;
                let members = match members.filter(|_| *kind == Kind::Group) {
                    Some(members) => known(&members, "")?,
                    None => BTreeSet::new(),
                };
                self.unique(*kind, "", &doc)?;
                let id = new_id.cloned().unwrap_or_default();
                let resource = Resource {
                    kind: *kind,
                    doc,
                    version: 1,
                    moves: 0,
                    created: now.clone(),
                    modified: now,
                    members: BTreeSet::new(),
                };
                self.resources.insert(id.clone(), resource);
                self.join(&id, members);
                self.writes += 1;
                let location = format!("{}{}/{id}", self.base, kind.endpoint());
                Ok(Expected {
                    status: 201,
                    location: Some(location),
                    ..self.shown(&id, show)
                })
            }
            Act::Put {
                kind,
                id,
                body,
                show,
                when,
            } => {
                let there = self.find(*kind, id)?;
                when.check(there)?;
                let (doc, members) = schema::body(*kind, body)?;
                // A PUT without members is a rename (CLIENTS.md, "What matters most" 7).
                let members = match members.filter(|_| *kind == Kind::Group) {
                    Some(members) => known(&members, id)?,
                    None => there.members.clone(),
                };
                self.unique(*kind, id, &doc)?;
                self.change(id, doc, members, now);
                Ok(self.shown(id, show))
            }
            Act::Patch {
                kind,
                id,
                ops,
                show,
                when,
            } => {
                let checked = patch::check(*kind, ops)?;
                let there = self.find(*kind, id)?;
                when.check(there)?;
                let (doc, members) =
                    patch::apply(*kind, id, &there.doc, &there.members, &checked, exists)?;
                self.unique(*kind, id, &doc)?;
                self.change(id, doc, members, now);
                // CLIENTS.md, "What matters most" 7; RFC 7644 section 3.5.2 for `attributes`.
                match kind {
                    Kind::Group if show.attributes.is_empty() => Ok(Expected {
                        status: 204,
                        body: Body::None,
                        ..self.shown(id, show)
                    }),
                    _ => Ok(self.shown(id, show)),
                }
            }
            Act::Delete { kind, id, when } => {
                when.check(self.find(*kind, id)?)?;
                self.remove(id, &now);
                Ok(Expected {
                    status: 204,
                    ..Expected::default()
                })
            }
            _ => refuse(500, ""),
        }
    }

    /// GET of one, with what If-Match and If-None-Match say (RFC 7644 section 3.14).
    pub(super) fn read(
        &self,
        kind: Kind,
        id: &str,
        show: &Show,
        when: &When,
    ) -> Result<Expected, Fault> {
        let there = self.find(kind, id)?;
        if when.matches.as_ref().is_some_and(|tag| !tag.holds(there)) {
            return refuse(412, "");
        }
        let tag = tag_of(there.version, there.moves);
        // Names of groups and members can change without the tag (README, "ETag").
        let same = |asked: &Tag| matches!(asked, Tag::Text(text) if *text == tag || text == "*");
        if when.none_matches.as_ref().is_some_and(same) && !shows_names(self, id, show) {
            return Ok(Expected {
                status: 304,
                etag: Some(tag),
                ..Expected::default()
            });
        }
        Ok(self.shown(id, show))
    }

    fn shown(&self, id: &str, show: &Show) -> Expected {
        let there = &self.resources[id];
        Expected {
            status: 200,
            etag: Some(tag_of(there.version, there.moves)),
            body: Body::Resource(view(self, id, show)),
            ..Expected::default()
        }
    }

    /// No two share it, whatever their case (README, "Unique").
    fn unique(&self, kind: Kind, id: &str, doc: &Doc) -> Result<(), Fault> {
        let name = |doc: &Doc| doc.get(kind.unique()).and_then(Value::as_str).map(fold);
        let own = name(doc);
        match self
            .of(kind)
            .any(|(other, it)| other != id && name(&it.doc) == own)
        {
            true => refuse(409, "uniqueness"),
            false => Ok(()),
        }
    }

    /// What changes nothing is no change (CLIENTS.md, "What matters most" 10).
    fn change(&mut self, id: &str, doc: Doc, members: BTreeSet<String>, now: Moment) {
        let Some(there) = self.resources.get_mut(id) else {
            return;
        };
        if there.doc == doc && there.members == members {
            return;
        }
        there.doc = doc;
        there.version += 1;
        there.modified = now;
        self.join(id, members);
        self.writes += 1;
    }

    /// Gives a group these members; who comes or goes has moved, and is no newer for it.
    fn join(&mut self, group: &str, members: BTreeSet<String>) {
        let Some(there) = self.resources.get_mut(group) else {
            return;
        };
        let before = std::mem::replace(&mut there.members, members.clone());
        for id in before.symmetric_difference(&members) {
            if let Some(member) = self.resources.get_mut(id) {
                member.moves += 1;
            }
        }
    }

    /// A resource goes, and with it every membership it has: its groups have
    /// changed, its members have moved.
    fn remove(&mut self, id: &str, now: &Moment) {
        for group in self.groups_of(id) {
            if let Some(group) = self.resources.get_mut(&group) {
                group.members.remove(id);
                group.version += 1;
                group.modified = now.clone();
            }
        }
        self.join(id, BTreeSet::new());
        self.resources.remove(id);
        self.writes += 1;
    }
}

/// Whether it looks like an id: a UUID.
fn is_id(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

impl Tag {
    /// If-Match compares the version (README, "ETag").
    fn holds(&self, there: &Resource) -> bool {
        let Self::Text(text) = self else { return false };
        let version = text
            .strip_prefix("W/\"")
            .and_then(|it| it.split('.').next());
        text == "*" || version == Some(&there.version.to_string())
    }
}

impl When {
    /// Of a write (RFC 9110 sections 13.1.1 and 13.1.2).
    fn check(&self, there: &Resource) -> Result<(), Fault> {
        let matches = self.matches.as_ref().is_none_or(|tag| tag.holds(there));
        let none = !self
            .none_matches
            .as_ref()
            .is_some_and(|tag| tag.holds(there));
        match matches && none {
            true => Ok(()),
            false => refuse(412, ""),
        }
    }
}

/// A moment as `meta` shows it; null while it is not known.
pub(super) fn shown(moment: &Moment) -> Value {
    match moment {
        Moment::Between(..) => Value::Null,
        Moment::Shown(text) => json!(text),
    }
}
