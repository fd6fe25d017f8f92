//! What a client changes of groups: its own, and the one that all share.

use super::client::{Client, Cut, Worker};
use super::known::{Change, Group, Whose};
use crate::lean::message::{self, add, delete, patch, post, remove};
use http::StatusCode;
use serde_json::json;

/// How many groups a client keeps.
const GROUPS: usize = 4;
/// How many members a group has at first, at most.
const AT_FIRST: usize = 10;
/// How many come or go together.
const TOGETHER: usize = 20;

impl Worker<'_> {
    pub(super) async fn group_comes_or_goes(&mut self) -> Result<(), Cut> {
        let groups = self.client.known.groups.len();
        if groups == GROUPS {
            return self.group_goes().await;
        }
        let number = self.client.fresh();
        let members = self.client.outside(None, AT_FIRST);
        let name = format!("Group {}", self.client.external_id('g', number));
        let mut body = message::group(&name, self.client.ids(&members));
        body["externalId"] = json!(self.client.external_id('g', number));
        let group = Group {
            id: String::new(),
            name: name.clone(),
            members: members.into_iter().collect(),
        };
        self.finds_no_group(&name).await?;
        let change = Change::Group(number, group);
        let call = post("/Groups", &body);
        self.change("create a group", call, StatusCode::CREATED, change)
            .await?;
        Ok(())
    }

    async fn group_goes(&mut self) -> Result<(), Cut> {
        let Some((number, group)) = self.client.any_group() else {
            return Ok(());
        };
        let call = delete(format!("/Groups/{}", group.id));
        let change = Change::GroupGone(number);
        self.change("delete a group", call, StatusCode::NO_CONTENT, change)
            .await?;
        Ok(())
    }

    pub(super) async fn one_member(&mut self) -> Result<(), Cut> {
        self.members("add or remove a member", 1).await
    }

    pub(super) async fn many_members(&mut self) -> Result<(), Cut> {
        self.members("add or remove 20 members", TOGETHER).await
    }

    /// Who is in goes, and who is not comes, so that each request changes something.
    async fn members(&mut self, kind: &'static str, count: usize) -> Result<(), Cut> {
        let (whose, id) = self.any_members();
        let inside = self.client.known.members(whose).map_or(0, |set| set.len());
        let outside = self.client.outside(Some(whose), count);
        let leave = outside.is_empty() || inside >= count && self.client.rng.bool();
        let numbers = if leave {
            let members = self.client.known.members(whose).into_iter().flatten();
            let members: Vec<u32> = members.copied().collect();
            self.client.rng.choose_multiple(members, count)
        } else {
            outside
        };
        if numbers.is_empty() {
            return Ok(());
        }
        let ids = self.client.ids(&numbers);
        let (operation, change) = if leave {
            (remove(ids), Change::Leave(whose, numbers.clone()))
        } else {
            (add(ids), Change::Join(whose, numbers.clone()))
        };
        let call = patch(format!("/Groups/{id}"), operation);
        self.change(kind, call, StatusCode::NO_CONTENT, change)
            .await?;
        Ok(())
    }

    /// The shared group half of the time.
    pub(super) fn any_members(&mut self) -> (Whose, String) {
        let own = self.client.any_group();
        match own {
            Some((number, group)) if self.client.rng.bool() => (Whose::Own(number), group.id),
            _ => (Whose::Crowd, self.crowd.to_owned()),
        }
    }
}

impl Client {
    /// One of its groups, if there are any.
    pub(super) fn any_group(&mut self) -> Option<(u32, Group)> {
        let place = self.rng.usize(..self.known.groups.len().max(1));
        let (number, group) = self.known.groups.iter().nth(place)?;
        Some((*number, group.clone()))
    }

    /// Users who are not members.
    fn outside(&mut self, of: Option<Whose>, count: usize) -> Vec<u32> {
        let members = of.and_then(|whose| self.known.members(whose));
        let users = self.known.users.keys().copied();
        let others: Vec<u32> = users
            .filter(|user| members.is_none_or(|members| !members.contains(user)))
            .collect();
        self.rng.choose_multiple(others, count)
    }

    fn ids(&self, numbers: &[u32]) -> Vec<&str> {
        let users = numbers.iter().filter_map(|it| self.known.users.get(it));
        users.map(|user| user.id.as_str()).collect()
    }
}
