//! What the checks of one visit share: the names they use, the resources they
//! made, and the steps that many of them take.

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, List};
use super::call::{Call, GROUPS, USERS};
use super::check::{Halt, Told};
use super::ledger::{Ledger, State};
use super::scim::Scim;

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// How many requests are under way at once. Entra ID sends in bursts.
pub(super) const ABREAST: usize = 8;

#[derive(Debug)]
pub(super) struct Visit {
    pub(super) scim: Scim,
    pub(super) ledger: Ledger,
    /// In every name that is used, so that nobody mistakes one for his own.
    run: String,
    /// How many members the large group has.
    pub(super) members: usize,
    /// The id of the user with every attribute.
    pub(super) full: String,
    /// The ids of plain users, for groups and pages.
    pub(super) crowd: Vec<String>,
}

impl Visit {
    pub(super) fn new(scim: Scim, members: usize) -> Self {
        let random = Uuid::new_v4().simple().to_string();
        Self {
            scim,
            ledger: Ledger::default(),
            run: random.chars().take(12).collect(),
            members,
            full: String::new(),
            crowd: Vec::new(),
        }
    }

    /// A userName or e-mail address of this visit.
    pub(super) fn address(&self, label: &str) -> String {
        format!("muster-doctor-{}-{label}@example.com", self.run)
    }

    /// A displayName or externalId of this visit.
    pub(super) fn name(&self, label: &str) -> String {
        format!("muster-doctor-{}-{label}", self.run)
    }

    /// POST, remembered before it is sent.
    pub(super) async fn create(&self, endpoint: &'static str, body: Value) -> Told<Answer> {
        let name = body.get(naming(endpoint)).and_then(Value::as_str);
        let number = self.ledger.open(endpoint, name.unwrap_or_default());
        let answer = self.scim.send(&Call::post(endpoint, body)).await?;
        let state = match (&answer.resource(), answer.status) {
            (Ok((_, id)), 200..300) => State::Made((*id).to_owned()),
            (_, 400..500) => State::Gone,
            _ => State::Unknown,
        };
        self.ledger.settle(number, state);
        Ok(answer)
    }

    /// A user with nothing but a name; its id.
    pub(super) async fn plain_user(&self, label: &str) -> Told<String> {
        self.user_with(label, json!({})).await
    }

    /// A user with a name and these attributes; its id.
    pub(super) async fn user_with(&self, label: &str, more: Value) -> Told<String> {
        let mut body = json!({
            "schemas": [USER, ENTERPRISE],
            "userName": self.address(label),
            "externalId": self.name(label),
            "active": true,
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let answer = self.create(USERS, body).await?.is(&[200, 201])?;
        Ok(answer.resource()?.1.to_owned())
    }

    /// Plain users, [`ABREAST`] at a time; their ids.
    pub(super) async fn plain_users(&self, labels: &[String]) -> Told<Vec<String>> {
        let created: Vec<_> = labels.iter().map(|label| self.plain_user(label)).collect();
        let ids: Vec<Told<String>> = stream::iter(created).buffered(ABREAST).collect().await;
        ids.into_iter().collect()
    }

    /// An empty group; its id.
    pub(super) async fn plain_group(&self, label: &str) -> Told<String> {
        let body = self.group(label);
        let answer = self.create(GROUPS, body).await?.is(&[200, 201])?;
        Ok(answer.resource()?.1.to_owned())
    }

    /// The body of a group without members.
    pub(super) fn group(&self, label: &str) -> Value {
        json!({
            "schemas": [GROUP],
            "externalId": self.name(label),
            "displayName": self.name(label),
            "meta": {"resourceType": "Group"},
        })
    }

    /// A group whose members were added as Entra ID does it; its id.
    pub(super) async fn group_of(&self, label: &str, members: &[&str]) -> Told<String> {
        let group = self.plain_group(label).await?;
        let add = json!([{"op": "Add", "path": "members", "value": references(members)}]);
        self.patch(GROUPS, &group, &add).await?;
        Ok(group)
    }

    /// The id of a plain user.
    pub(super) fn one(&self, number: usize) -> Told<&str> {
        let one = self.crowd.get(number).map(String::as_str);
        one.ok_or_else(|| Halt::Inapplicable("there are too few users for it".to_owned()))
    }

    /// GET of a resource that is there.
    pub(super) async fn read(&self, endpoint: &'static str, id: &str) -> Told<Value> {
        let answer = self.scim.send(&Call::get(endpoint).id(id)).await?;
        let answer = answer.is(&[200])?;
        Ok(answer.resource()?.0.clone())
    }

    /// PATCH that must be accepted.
    pub(super) async fn patch(
        &self,
        endpoint: &'static str,
        id: &str,
        operations: &Value,
    ) -> Told<Answer> {
        let call = Call::patch(endpoint, id, operations);
        self.scim.send(&call).await?.is(&[200, 204])
    }

    /// PATCH that must be accepted, then the resource as it is.
    pub(super) async fn patched(
        &self,
        endpoint: &'static str,
        id: &str,
        operations: &Value,
    ) -> Told<Value> {
        self.patch(endpoint, id, operations).await?;
        self.read(endpoint, id).await
    }

    /// The answer to a query that must be accepted.
    pub(super) async fn list(&self, call: &Call) -> Told<List> {
        self.scim.send(call).await?.is(&[200])?.list()
    }

    /// DELETE, remembered.
    pub(super) async fn delete(&self, endpoint: &'static str, id: &str) -> Told<Answer> {
        let answer = self.scim.send(&Call::delete(endpoint, id)).await?;
        if answer.is_success() || answer.status == 404 {
            self.ledger.strike(endpoint, id);
        }
        Ok(answer)
    }

    /// The ids of a group's members, sorted, as often as they are listed.
    pub(super) async fn members_of(&self, group: &str) -> Told<Vec<String>> {
        let group = self.read(GROUPS, group).await?;
        Ok(values(&group, "members"))
    }

    /// Sends these at the same time, [`ABREAST`] of them; the answers in their order.
    pub(super) async fn abreast(&self, calls: Vec<Call>) -> Vec<Told<Answer>> {
        let scim = &self.scim;
        let sent = calls
            .into_iter()
            .map(|call| async move { scim.send(&call).await });
        stream::iter(sent).buffered(ABREAST).collect().await
    }
}

/// What Entra ID names a resource by.
pub(super) fn naming(endpoint: &str) -> &'static str {
    if endpoint == USERS {
        "userName"
    } else {
        "displayName"
    }
}

/// Members as Entra ID writes them.
pub(super) fn references(ids: &[&str]) -> Vec<Value> {
    let reference = |id: &&str| json!({"$ref": null, "value": id});
    ids.iter().map(reference).collect()
}

/// The `value`s in a list of a resource, sorted.
pub(super) fn values(resource: &Value, list: &str) -> Vec<String> {
    let list = resource.get(list).and_then(Value::as_array);
    let mut values: Vec<String> = list
        .into_iter()
        .flatten()
        .filter_map(|element| element.get("value"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    values.sort_unstable();
    values
}
