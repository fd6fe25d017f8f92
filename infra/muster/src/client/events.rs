//! What has happened in a realm.

use serde_json::Value;

use super::AdminClient;
use super::call::Call;
use super::page::Pages;
use crate::Failure;

/// Which events to read; every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Not before this moment of RFC 3339.
    pub from: Option<String>,
    /// Not after this one.
    pub to: Option<String>,
    /// `write`, `refusal`, `authentication`, `administration`, `member`, `key`, `guard`.
    pub kind: Option<String>,
    /// A status code, or a class such as `4xx`.
    pub status: Option<String>,
    /// The id of a user or group.
    pub resource: Option<String>,
    /// The id of a key.
    pub key: Option<String>,
}

/// In which order events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Descending,
    /// The oldest first.
    Ascending,
}

impl EventQuery {
    fn pairs(&self, order: Order) -> Vec<(&'static str, String)> {
        let order = match order {
            Order::Descending => "desc",
            Order::Ascending => "asc",
        };
        let said = [
            ("from", &self.from),
            ("to", &self.to),
            ("kind", &self.kind),
            ("status", &self.status),
            ("resource", &self.resource),
            ("key", &self.key),
        ];
        said.into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .chain([("order", order.to_owned())])
            .collect()
    }
}

impl AdminClient {
    /// A realm's events.
    pub fn events<'a>(&'a self, realm: &'a str, query: &EventQuery, order: Order) -> Pages<'a> {
        let path = ["realms", realm, "events"];
        Pages::new(self, &path, query.pairs(order), "events")
    }

    /// One event.
    ///
    /// # Errors
    /// When there is none of that id, be it that it is gone by now.
    pub async fn event(&self, realm: &str, id: &str) -> Result<Value, Failure> {
        self.send(Call::get(&["realms", realm, "events", id])).await
    }
}
