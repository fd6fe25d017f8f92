//! What a client asks for, and what the answers must show.

use super::client::{Cut, Worker};
use super::known::User;
use crate::lean::message::read;
use serde_json::Value;
use std::collections::BTreeSet;

const PAGE: usize = 100;

impl Worker<'_> {
    pub(super) async fn get_user(&mut self) -> Result<(), Cut> {
        let (number, _) = self.client.any_user();
        self.get_user_of(number).await
    }

    pub(super) async fn get_user_of(&mut self, number: u32) -> Result<(), Cut> {
        let Some(user) = self.client.known.users.get(&number).cloned() else {
            return Ok(());
        };
        let kind = "get a user";
        let shown = self.read(kind, read(format!("/Users/{}", user.id))).await?;
        self.hold(kind, &user, &User::read(&shown))
    }

    pub(super) async fn find_user(&mut self) -> Result<(), Cut> {
        let (_, user) = self.client.any_user();
        let filter = format!("userName eq \"{}\"", user.user_name);
        self.finds("find by userName", &filter, &user).await
    }

    pub(super) async fn find_by_external_id(&mut self) -> Result<(), Cut> {
        let (number, user) = self.client.any_user();
        let external_id = self.client.external_id('u', number);
        let filter = format!("externalId eq \"{external_id}\"");
        self.finds("find by externalId", &filter, &user).await
    }

    async fn finds(&mut self, kind: &'static str, filter: &str, user: &User) -> Result<(), Cut> {
        let found = self.read(kind, query("/Users", filter)).await?;
        self.hold(kind, &Some(1), &found["totalResults"].as_u64())?;
        self.hold(kind, user, &User::read(&found["Resources"][0]))
    }

    /// Nobody has this name.
    pub(super) async fn misses(&mut self, user_name: &str) -> Result<(), Cut> {
        let kind = "find by userName, none";
        let filter = format!("userName eq \"{user_name}\"");
        let found = self.read(kind, query("/Users", &filter)).await?;
        self.hold(kind, &Some(0), &found["totalResults"].as_u64())
    }

    /// Entra's Test Connection.
    pub(super) async fn test_connection(&mut self) -> Result<(), Cut> {
        let random = uuid::Uuid::from_u128(self.client.rng.u128(..));
        self.misses(&random.to_string()).await
    }

    pub(super) async fn finds_no_group(&mut self, name: &str) -> Result<(), Cut> {
        let kind = "find a group by name, none";
        let filter = format!("displayName eq \"{name}\"");
        let call = read(format!(
            "/Groups?excludedAttributes=members&filter={}",
            encoded(&filter)
        ));
        let found = self.read(kind, call).await?;
        self.hold(kind, &Some(0), &found["totalResults"].as_u64())
    }

    pub(super) async fn is_member(&mut self) -> Result<(), Cut> {
        let kind = "is a user a member";
        let (number, user) = self.client.any_user();
        let (whose, group) = self.any_members();
        let members = self.client.known.members(whose);
        let inside = members.is_some_and(|members| members.contains(&number));
        let filter = format!("id eq \"{group}\" and members eq \"{}\"", user.id);
        let call = read(format!(
            "/Groups?filter={}&excludedAttributes=members",
            encoded(&filter)
        ));
        let found = self.read(kind, call).await?;
        let known = Some(u64::from(inside));
        self.hold(kind, &known, &found["totalResults"].as_u64())
    }

    pub(super) async fn get_group(&mut self) -> Result<(), Cut> {
        let kind = "get a group without members";
        let (_, group) = self.any_members();
        let call = read(format!("/Groups/{group}?excludedAttributes=members"));
        let shown = self.read(kind, call).await?;
        self.hold(kind, &Some(group.as_str()), &shown["id"].as_str())?;
        self.hold(kind, &None, &shown["members"].as_array())
    }

    /// Nobody else changes the members of an own group.
    pub(super) async fn get_members(&mut self) -> Result<(), Cut> {
        let kind = "get a group with its members";
        let Some((_, group)) = self.client.any_group() else {
            return Ok(());
        };
        let shown = self
            .read(kind, read(format!("/Groups/{}", group.id)))
            .await?;
        let members = shown["members"].as_array().into_iter().flatten();
        let shown: BTreeSet<&str> = members.filter_map(|it| it["value"].as_str()).collect();
        let users = &self.client.known.users;
        let members = group.members.iter().filter_map(|it| users.get(it));
        let known: BTreeSet<String> = members.map(|user| user.id.clone()).collect();
        let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        self.hold(kind, &known, &shown)
    }

    pub(super) async fn list_page(&mut self) -> Result<(), Cut> {
        let kind = "list 100 users by startIndex";
        let most = self.client.known.users.len();
        let start = 1 + self.client.rng.usize(..most);
        let call = read(format!("/Users?startIndex={start}&count={PAGE}"));
        let page = self.read(kind, call).await?;
        self.page(kind, &page)
    }

    /// The next page of a walk through all users, which begins anew at its end.
    pub(super) async fn cursor_page(&mut self) -> Result<(), Cut> {
        let kind = "list 100 users by cursor";
        let cursor = self.client.cursor.take().unwrap_or_default();
        let call = read(format!("/Users?cursor={cursor}&count={PAGE}"));
        let page = self.read(kind, call).await?;
        self.client.cursor = page["nextCursor"].as_str().map(str::to_owned);
        self.page(kind, &page)
    }

    /// Everybody of one's own on a page is as one knows them.
    fn page(&mut self, kind: &'static str, page: &Value) -> Result<(), Cut> {
        let Some(users) = page["Resources"].as_array() else {
            return Err(self.wrong(kind, "there are no Resources"));
        };
        let own = format!("c{}-u", self.client.number);
        for user in users {
            let external_id = user["externalId"].as_str().unwrap_or_default();
            let Some(number) = external_id.strip_prefix(&own) else {
                continue;
            };
            let number = number.parse().unwrap_or_default();
            let known = self.client.known.users.get(&number).cloned();
            self.hold(kind, &known, &Some(User::read(user)))?;
        }
        Ok(())
    }
}

fn query(path: &str, filter: &str) -> crate::lean::Call {
    read(format!("{path}?filter={}", encoded(filter)))
}

/// What these filters have in them, as Entra ID encodes it.
fn encoded(filter: &str) -> String {
    filter.replace(' ', "+").replace('"', "%22")
}
