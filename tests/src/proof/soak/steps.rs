//! What a client does next, and what it changes of users: as Entra ID does it,
//! which looks before it creates and sends what has changed.

use super::client::{Client, Cut, Worker};
use super::known::{Change, User};
use crate::lean::message::{self, delete, patches, post};
use crate::urn;
use http::StatusCode;
use serde_json::{Value, json};

impl Worker<'_> {
    /// One of the things a client does, by their shares.
    pub(super) async fn step(&mut self) -> Result<(), Cut> {
        let (live, share) = (self.client.known.users.len(), self.client.share);
        let begins = live < share / 2 && self.client.rng.u8(..3) == 0;
        if live == 0 || begins {
            return self.user_comes().await;
        }
        match self.client.rng.u8(..100) {
            0..10 if live < share => self.user_comes().await,
            0..10 => self.user_goes().await,
            10..22 => self.get_user().await,
            22..32 => self.find_user().await,
            32..46 => self.change_user().await,
            46..52 => self.switch_user().await,
            52..56 => self.rename_user().await,
            56..59 => self.group_comes_or_goes().await,
            59..72 => self.one_member().await,
            72..77 => self.many_members().await,
            77..82 => self.is_member().await,
            82..88 => self.get_group().await,
            88..90 => self.get_members().await,
            90..92 => self.list_page().await,
            92..94 => self.cursor_page().await,
            94..96 => self.find_by_external_id().await,
            96..98 => self.test_connection().await,
            _ => self.bulk().await,
        }
    }

    /// Looks for the name, which nobody has, and creates.
    async fn user_comes(&mut self) -> Result<(), Cut> {
        let (number, user) = self.client.new_user();
        self.misses(&user.user_name).await?;
        let body = self.client.body(number, &user);
        let change = Change::User(number, user);
        let call = post("/Users", &body);
        self.change("create a user", call, StatusCode::CREATED, change)
            .await?;
        if self.client.rng.u8(..4) == 0 {
            self.get_user_of(number).await?;
        }
        Ok(())
    }

    async fn user_goes(&mut self) -> Result<(), Cut> {
        let (number, user) = self.client.any_user();
        let call = delete(format!("/Users/{}", user.id));
        let change = Change::UserGone(number);
        self.change("delete a user", call, StatusCode::NO_CONTENT, change)
            .await?;
        Ok(())
    }

    async fn change_user(&mut self) -> Result<(), Cut> {
        let (number, mut user) = self.client.any_user();
        let value = self.client.fresh();
        user.title = format!("Engineer {value}");
        user.given_name = format!("Barbara {value}");
        user.department = format!("Department {value}");
        let department = format!("{}:department", urn::ENTERPRISE);
        let operations = vec![
            json!({"op": "Replace", "path": "title", "value": user.title}),
            json!({"op": "Replace", "path": "name.givenName", "value": user.given_name}),
            json!({"op": "Add", "path": department, "value": user.department}),
            json!({
                "op": "Add",
                "path": "phoneNumbers[type eq \"fax\"].value",
                "value": format!("+1 555 {value}"),
            }),
        ];
        self.patch("patch a user", number, user, operations).await
    }

    async fn switch_user(&mut self) -> Result<(), Cut> {
        let (number, mut user) = self.client.any_user();
        user.active = !user.active;
        let value = if user.active { "True" } else { "False" };
        let operation = json!({"op": "Replace", "path": "active", "value": value});
        let kind = "disable or enable a user";
        self.patch(kind, number, user, vec![operation]).await
    }

    /// The old name is free then.
    async fn rename_user(&mut self) -> Result<(), Cut> {
        let (number, mut user) = self.client.any_user();
        let name = self.client.user_name(number);
        let old = std::mem::replace(&mut user.user_name, name);
        let operations = vec![
            json!({"op": "Replace", "path": "userName", "value": user.user_name}),
            json!({
                "op": "Replace",
                "path": "emails[type eq \"work\"].value",
                "value": user.user_name,
            }),
        ];
        self.patch("rename a user", number, user, operations)
            .await?;
        self.misses(&old).await
    }

    /// The answer shows the user as it is then.
    async fn patch(
        &mut self,
        kind: &'static str,
        number: u32,
        user: User,
        operations: Vec<Value>,
    ) -> Result<(), Cut> {
        let call = patches(format!("/Users/{}", user.id), operations);
        let change = Change::User(number, user.clone());
        let answer = self.change(kind, call, StatusCode::OK, change).await?;
        let shown = serde_json::from_slice(&answer).unwrap_or_default();
        self.hold(kind, &user, &User::read(&shown))
    }

    /// Some users come, and some are changed. No two operations are about one resource.
    async fn bulk(&mut self) -> Result<(), Cut> {
        let (mut operations, mut changes) = (Vec::new(), Vec::new());
        let room = self
            .client
            .share
            .saturating_sub(self.client.known.users.len());
        for _ in 0..room.min(3) {
            let (number, user) = self.client.new_user();
            operations.push(json!({
                "method": "POST",
                "path": "/Users",
                "bulkId": format!("b{number}"),
                "data": self.client.body(number, &user),
            }));
            changes.push(Change::User(number, user));
        }
        let (number, mut user) = self.client.any_user();
        user.title = format!("Engineer {}", self.client.fresh());
        operations.push(json!({
            "method": "PATCH",
            "path": format!("/Users/{}", user.id),
            "data": {
                "schemas": [urn::PATCH],
                "Operations": [{"op": "Replace", "path": "title", "value": user.title}],
            },
        }));
        changes.push(Change::User(number, user));
        let body = json!({"schemas": [urn::BULK], "Operations": operations});
        let call = post("/Bulk", &body);
        let answer = self.exchange("bulk", call, StatusCode::OK, changes).await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        for (place, change) in std::mem::take(&mut self.client.open)
            .into_iter()
            .enumerate()
        {
            let entry = &answer["Operations"][place];
            self.entry(change, entry)?;
        }
        Ok(())
    }

    /// What came of one operation of a bulk request.
    fn entry(&mut self, change: Change, entry: &Value) -> Result<(), Cut> {
        let Change::User(number, mut user) = change else {
            return Err(self.wrong("bulk", "an operation that was not sent"));
        };
        let expected = if user.id.is_empty() { "201" } else { "200" };
        let location = entry["location"].as_str().unwrap_or_default();
        let id = location.rsplit('/').next().unwrap_or_default();
        if entry["status"] != expected || id.is_empty() {
            self.client.doubtful.push(Change::User(number, user));
            return Err(self.wrong("bulk", &entry.to_string()));
        }
        user.id = id.to_owned();
        self.done(Change::User(number, user));
        Ok(())
    }
}

impl Client {
    /// A user who is not there yet.
    fn new_user(&mut self) -> (u32, User) {
        let number = self.fresh();
        let user = User {
            id: String::new(),
            user_name: self.user_name(number),
            active: true,
            title: "Engineer".to_owned(),
            given_name: "Barbara".to_owned(),
            department: "Tour Operations".to_owned(),
        };
        (number, user)
    }

    /// A name that nobody has had.
    fn user_name(&mut self, number: u32) -> String {
        let (client, times) = (self.number, self.fresh());
        format!("u{number}.{times}.c{client}@example.com")
    }

    /// A user as it is created.
    fn body(&self, number: u32, user: &User) -> Value {
        let mut body = message::user(&user.user_name);
        body["externalId"] = json!(self.external_id('u', number));
        body["title"] = json!(user.title);
        body["name"]["givenName"] = json!(user.given_name);
        body[urn::ENTERPRISE]["department"] = json!(user.department);
        body
    }

    /// By this the server's answers are told apart.
    pub(super) fn external_id(&self, kind: char, number: u32) -> String {
        format!("c{}-{kind}{number}", self.number)
    }

    /// One of its users, of whom there must be some.
    pub(super) fn any_user(&mut self) -> (u32, User) {
        let place = self.rng.usize(..self.known.users.len());
        let (number, user) = self.known.users.iter().nth(place).unwrap();
        (*number, user.clone())
    }
}
