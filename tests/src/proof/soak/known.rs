//! What a client knows of its own users and groups, from the answers it has had;
//! and what an answer that did not come leaves open.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The users and groups of one client, by number. Nobody else changes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Its users.
    pub users: BTreeMap<u32, User>,
    /// Its groups.
    pub groups: BTreeMap<u32, Group>,
    /// Which of its users are in the group that all clients of the realm share.
    pub crowd: BTreeSet<u32>,
}

/// As much of a user as clients change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The server's id; empty until it is told.
    pub id: String,
    /// The name, which must be found by filter.
    pub user_name: String,
    /// Whether the account is enabled.
    pub active: bool,
    /// A single value.
    pub title: String,
    /// A value below another.
    pub given_name: String,
    /// A value of the extension.
    pub department: String,
}

/// A group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The server's id; empty until it is told.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The numbers of its members.
    pub members: BTreeSet<u32>,
}

/// Whose members a change changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A group of the client's own.
    Own(u32),
    /// The shared one.
    Crowd,
}

/// What a request does if it does it.
#[derive(Debug, Clone)]
pub enum Change {
    /// A user comes, or is another afterwards.
    User(u32, User),
    /// A user goes.
    UserGone(u32),
    /// A group comes.
    Group(u32, Group),
    /// A group goes.
    GroupGone(u32),
    /// Members come; none of them was there.
    Join(Whose, Vec<u32>),
    /// Members go; all of them were there.
    Leave(Whose, Vec<u32>),
}

impl User {
    /// What an answer shows.
    pub fn read(user: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&user["id"]),
            user_name: text(&user["userName"]),
            active: user["active"] == true,
            title: text(&user["title"]),
            given_name: text(&user["name"]["givenName"]),
            department: text(&user[crate::urn::ENTERPRISE]["department"]),
        }
    }
}

impl Known {
    /// The members that this client has in a group.
    pub fn members(&self, whose: Whose) -> Option<&BTreeSet<u32>> {
        match whose {
            Whose::Own(number) => self.groups.get(&number).map(|group| &group.members),
            Whose::Crowd => Some(&self.crowd),
        }
    }

    fn members_mut(&mut self, whose: Whose) -> Option<&mut BTreeSet<u32>> {
        match whose {
            Whose::Own(number) => self.groups.get_mut(&number).map(|group| &mut group.members),
            Whose::Crowd => Some(&mut self.crowd),
        }
    }

    /// After a change.
    pub fn apply(&mut self, change: Change) {
        match change {
            Change::User(number, user) => drop(self.users.insert(number, user)),
            Change::UserGone(number) => {
                self.users.remove(&number);
                self.crowd.remove(&number);
                for group in self.groups.values_mut() {
                    group.members.remove(&number);
                }
            }
            Change::Group(number, group) => drop(self.groups.insert(number, group)),
            Change::GroupGone(number) => drop(self.groups.remove(&number)),
            Change::Join(whose, numbers) => {
                if let Some(members) = self.members_mut(whose) {
                    members.extend(numbers);
                }
            }
            Change::Leave(whose, numbers) => {
                if let Some(members) = self.members_mut(whose) {
                    members.retain(|member| !numbers.contains(member));
                }
            }
        }
    }

    /// Decides what was left open by what the server shows; says what is not as it was answered,
    /// and how much of the open was done. A change is whole or it is not there.
    pub fn settle(&mut self, open: Vec<Change>, shown: &Self) -> (Vec<String>, usize) {
        let mut done = 0;
        for change in open {
            if let Some(change) = shown.made(change) {
                self.apply(change);
                done += 1;
            }
        }
        let mut differences = Vec::new();
        differ(&mut differences, "user", &self.users, &shown.users);
        differ(&mut differences, "group", &self.groups, &shown.groups);
        if self.crowd != shown.crowd {
            let missing: Vec<_> = self.crowd.difference(&shown.crowd).collect();
            let surplus: Vec<_> = shown.crowd.difference(&self.crowd).collect();
            differences.push(format!(
                "the shared group misses {missing:?} and has {surplus:?} too many"
            ));
        }
        (differences, done)
    }

    /// The change, with the server's ids, if it is seen here.
    fn made(&self, change: Change) -> Option<Change> {
        match change {
            Change::User(number, user) => {
                let shown = self.users.get(&number)?;
                let same = User {
                    id: shown.id.clone(),
                    ..user
                };
                (same == *shown).then_some(Change::User(number, same))
            }
            Change::UserGone(number) => {
                (!self.users.contains_key(&number)).then_some(Change::UserGone(number))
            }
            Change::Group(number, group) => {
                let id = self.groups.get(&number)?.id.clone();
                Some(Change::Group(number, Group { id, ..group }))
            }
            Change::GroupGone(number) => {
                (!self.groups.contains_key(&number)).then_some(Change::GroupGone(number))
            }
            Change::Join(whose, numbers) => {
                let members = self.members(whose)?;
                let all = numbers.iter().all(|number| members.contains(number));
                all.then_some(Change::Join(whose, numbers))
            }
            Change::Leave(whose, numbers) => {
                let members = self.members(whose)?;
                let none = numbers.iter().all(|number| !members.contains(number));
                none.then_some(Change::Leave(whose, numbers))
            }
        }
    }
}

fn differ<T: std::fmt::Debug + PartialEq>(
    differences: &mut Vec<String>,
    what: &str,
    known: &BTreeMap<u32, T>,
    shown: &BTreeMap<u32, T>,
) {
    let numbers: BTreeSet<u32> = known.keys().chain(shown.keys()).copied().collect();
    for number in numbers {
        let (known, shown) = (known.get(&number), shown.get(&number));
        if known != shown {
            differences.push(format!("{what} {number}: answered {known:?}, is {shown:?}"));
        }
    }
}
