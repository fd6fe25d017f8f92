//! What a client of a round asks for, over HTTP, and what it makes of the answer.

use super::record::{Ask, By, Members, Name, Seen, Tag, View};
use crate::json::values;
use crate::{Answer, Call, Realm, urn};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What the clients of a round know of each other's work.
#[derive(Debug)]
pub struct World {
    /// Where they work.
    pub realm: Realm,
    /// The ids of those who can be members.
    pub members: Vec<String>,
    /// The ids of the groups.
    pub groups: Vec<String>,
    users: Mutex<BTreeMap<Tag, Known>>,
    versions: Mutex<BTreeMap<usize, Tagged>>,
}

#[derive(Debug, Clone)]
struct Known {
    id: String,
    last: Tagged,
}

/// A version and the ETag that it came with.
type Tagged = (u64, String);

impl World {
    /// A realm with these members and groups, whose users nobody knows yet.
    pub fn new(realm: Realm, members: Vec<String>, groups: Vec<String>) -> Self {
        Self {
            realm,
            members,
            groups,
            users: Mutex::default(),
            versions: Mutex::default(),
        }
    }

    /// The users that somebody has seen, in the order of their creation.
    pub fn known(&self) -> Vec<Tag> {
        locked(&self.users).keys().copied().collect()
    }

    /// The version of a user that was seen last.
    pub fn version_of(&self, tag: Tag) -> Option<u64> {
        locked(&self.users).get(&tag).map(|known| known.last.0)
    }

    /// The version of a group that was seen last.
    pub fn version_of_group(&self, group: usize) -> Option<u64> {
        locked(&self.versions).get(&group).map(|last| last.0)
    }

    /// Asks, and reads the answer; none where it leaves open whether it was done.
    ///
    /// # Errors
    /// What no server may answer to this.
    pub async fn ask(&self, ask: &Ask) -> Result<Option<Seen>, String> {
        let answer = self.realm.send(self.call(ask)).await;
        self.read(ask, &answer)
            .ok_or_else(|| format!("{ask:?}: {answer:?}"))
    }

    /// Asks without hearing the answer: nobody learns a version from it, which the
    /// specifications count on.
    ///
    /// # Errors
    /// What no server may answer.
    pub async fn ask_unheard(&self, ask: &Ask) -> Result<(), String> {
        let answer = self.realm.send(self.call(ask)).await;
        match answer.status {
            200 | 201 | 204 | 404 | 409 | 412 | 429 | 503 => Ok(()),
            _ => Err(format!("{ask:?}: {answer:?}")),
        }
    }

    fn call(&self, ask: &Ask) -> Call {
        let patch = |path: String, operation: Value| {
            let body = json!({"schemas": [urn::PATCH], "Operations": [operation]});
            Call::new("PATCH", &path).json(&body)
        };
        match ask {
            Ask::Create(tag, name) => Call::new("POST", "/Users").json(&user(*tag, *name)),
            Ask::Read(tag) => Call::get(&self.path_of(*tag)),
            Ask::Find(name) => {
                let filter = format!("/Users?filter=userName%20eq%20%22{}%22", called(*name));
                Call::get(&filter)
            }
            Ask::Put(tag, name, title, condition) => {
                let mut body = user(*tag, *name);
                body["title"] = json!(title.to_string());
                let call = Call::new("PUT", &self.path_of(*tag)).json(&body);
                self.when(call, *tag, *condition)
            }
            Ask::Retitle(tag, title, condition) => {
                let value = json!({"op": "replace", "path": "title", "value": title.to_string()});
                self.when(patch(self.path_of(*tag), value), *tag, *condition)
            }
            Ask::Rename(tag, name) => {
                let value = json!({"op": "replace", "path": "userName", "value": called(*name)});
                patch(self.path_of(*tag), value)
            }
            Ask::Delete(tag, condition) => {
                self.when(Call::new("DELETE", &self.path_of(*tag)), *tag, *condition)
            }
            Ask::Join(group, some) => {
                let value = self.written(*some);
                patch(
                    self.path_of_group(*group),
                    json!({"op": "add", "path": "members", "value": value}),
                )
            }
            Ask::Leave(group, some) => {
                let value = self.written(*some);
                patch(
                    self.path_of_group(*group),
                    json!({"op": "remove", "path": "members", "value": value}),
                )
            }
            Ask::Fill(group, all, by, condition) => {
                let (path, value) = (self.path_of_group(*group), self.written(*all));
                let call = match by {
                    By::Patch => patch(
                        path,
                        json!({"op": "replace", "path": "members", "value": value}),
                    ),
                    By::Put => Call::new("PUT", &path).json(&json!({
                        "schemas": [urn::GROUP], "displayName": group_name(*group), "members": value,
                    })),
                };
                match condition {
                    Some(version) => call.header("if-match", &format!("W/\"{version}.0\"")),
                    None => call,
                }
            }
            Ask::ReadGroup(group) => Call::get(&self.path_of_group(*group)),
            Ask::IsIn(group, member) => Call::get(&format!(
                "/Groups?filter=id%20eq%20%22{}%22%20and%20members%20eq%20%22{}%22&attributes=id",
                self.groups[*group], self.members[*member]
            )),
            Ask::DeleteGroup(group) => Call::new("DELETE", &self.path_of_group(*group)),
            Ask::ReadMember(member) => Call::get(&self.path_of_member(*member)),
            Ask::DeleteMember(member) => Call::new("DELETE", &self.path_of_member(*member)),
        }
    }

    fn when(&self, call: Call, tag: Tag, condition: Option<u64>) -> Call {
        let Some(version) = condition else {
            return call;
        };
        let users = locked(&self.users);
        let last = users.get(&tag).map(|known| known.last.clone());
        match last {
            Some((seen, etag)) if seen == version => call.header("if-match", &etag),
            // If-Match compares the version alone.
            _ => call.header("if-match", &format!("W/\"{version}.0\"")),
        }
    }

    /// What the answer says; none, if it is none that may be given.
    fn read(&self, ask: &Ask, answer: &Answer) -> Option<Option<Seen>> {
        match answer.status {
            429 | 503 => return Some(None),
            404 => return Some(Some(Seen::Gone)),
            409 => return Some(Some(Seen::Taken)),
            412 => return Some(Some(Seen::Moved)),
            204 => return Some(Some(Seen::Done)),
            200 | 201 => {}
            _ => return None,
        }
        let body = answer.json();
        let seen = match ask {
            Ask::Find(_) => match body["Resources"].as_array()?.as_slice() {
                [] => Seen::Nobody,
                [user] => Seen::User(self.learn(user)?),
                _ => return None,
            },
            Ask::IsIn(group, _) => match body["Resources"].as_array()?.as_slice() {
                [] => Seen::Nobody,
                [found] if found["id"] == self.groups[*group] => Seen::Hit,
                _ => return None,
            },
            Ask::Fill(group, ..) | Ask::ReadGroup(group) => self.group(*group, &body)?,
            Ask::ReadMember(_) => {
                let mut groups = 0;
                for id in values(&body, "groups") {
                    groups |= 1 << self.groups.iter().position(|group| *group == id)?;
                }
                Seen::Groups(groups)
            }
            _ => Seen::User(self.learn(&body)?),
        };
        Some(Some(seen))
    }

    /// A user as it is shown; its id is known from then on.
    fn learn(&self, user: &Value) -> Option<View> {
        let tag = user["externalId"].as_str()?.parse().ok()?;
        let etag = user["meta"]["version"].as_str()?;
        let version = version(etag)?;
        let title = match &user["title"] {
            Value::Null => 0,
            title => title.as_str()?.parse().ok()?,
        };
        let name = user["userName"].as_str()?.strip_prefix("name-")?;
        let known = Known {
            id: user["id"].as_str()?.to_owned(),
            last: (version, etag.to_owned()),
        };
        locked(&self.users).insert(tag, known);
        Some(View {
            tag,
            name: name.parse().ok()?,
            title,
            version,
        })
    }

    fn group(&self, group: usize, body: &Value) -> Option<Seen> {
        let etag = body["meta"]["version"].as_str()?;
        let version = version(etag)?;
        let mut members: Members = 0;
        for id in values(body, "members") {
            let bit = 1 << self.members.iter().position(|member| *member == id)?;
            // Nobody is a member twice.
            if members & bit != 0 {
                return None;
            }
            members |= bit;
        }
        locked(&self.versions).insert(group, (version, etag.to_owned()));
        Some(Seen::Group(version, members))
    }

    fn written(&self, some: Members) -> Value {
        let all = self.members.iter().enumerate();
        all.filter(|(n, _)| some & (1 << n) != 0)
            .map(|(_, id)| json!({"value": id}))
            .collect()
    }

    fn path_of(&self, tag: Tag) -> String {
        format!("/Users/{}", locked(&self.users)[&tag].id)
    }

    fn path_of_group(&self, group: usize) -> String {
        format!("/Groups/{}", self.groups[group])
    }

    fn path_of_member(&self, member: usize) -> String {
        format!("/Users/{}", self.members[member])
    }
}

/// The body of a user's POST and PUT.
fn user(tag: Tag, name: Name) -> Value {
    json!({"schemas": [urn::USER], "userName": called(name), "externalId": tag.to_string()})
}

fn called(name: Name) -> String {
    format!("name-{name}")
}

/// What a group of a round is called.
pub fn group_name(group: usize) -> String {
    format!("Group {group}")
}

/// The version in `W/"{version}.{memberships}"`.
fn version(etag: &str) -> Option<u64> {
    etag.strip_prefix("W/\"")?.split('.').next()?.parse().ok()
}

fn locked<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
