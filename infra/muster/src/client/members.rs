//! Provisioned users and groups as the company sees them.

use reqwest::Method;
use serde_json::{Value, json};

use super::AdminClient;
use super::call::Call;
use super::page::Pages;
use crate::Failure;

/// Which members to read; every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberQuery {
    /// `user` or `group`.
    pub kind: Option<String>,
    /// A text in userName, displayName or an e-mail address.
    pub text: Option<String>,
    /// A SCIM filter (RFC 7644 section 3.4.2.2).
    pub filter: Option<String>,
    /// `provisioned`, `invited`, `accepted`, `confirmed`, `deactivated`.
    pub state: Option<String>,
}

/// Whether an import is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Users are made.
    Real,
    /// It is only said what would be.
    DryRun,
}

impl MemberQuery {
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let said = [
            ("type", &self.kind),
            ("q", &self.text),
            ("filter", &self.filter),
            ("state", &self.state),
        ];
        said.into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect()
    }
}

impl AdminClient {
    /// A realm's members.
    pub fn members<'a>(&'a self, realm: &'a str, query: &MemberQuery) -> Pages<'a> {
        let path = ["realms", realm, "members"];
        Pages::new(self, &path, query.pairs(), "members")
    }

    /// One member.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn member(&self, realm: &str, id: &str) -> Result<Value, Failure> {
        self.send(Call::get(&["realms", realm, "members", id]))
            .await
    }

    /// Moves a member along.
    ///
    /// # Errors
    /// When that step is not allowed.
    pub async fn set_member_state(
        &self,
        realm: &str,
        id: &str,
        state: &str,
    ) -> Result<Value, Failure> {
        let call = Call::new(Method::PATCH, &["realms", realm, "members", id]);
        self.send(call.body(json!({ "state": state }))).await
    }

    /// Makes users that are not there yet, at most [`super::BATCH`] at a time.
    ///
    /// # Errors
    /// As every call; a user that is refused stands in the answer.
    pub async fn import_members(
        &self,
        realm: &str,
        users: &[Value],
        mode: ImportMode,
    ) -> Result<Value, Failure> {
        let body = json!({ "users": users, "dryRun": mode == ImportMode::DryRun });
        let path = ["realms", realm, "members", "import"];
        self.send(Call::post(&path, body)).await
    }
}
