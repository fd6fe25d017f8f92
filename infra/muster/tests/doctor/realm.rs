//! A realm of a server in this process, and visits to it.

use std::time::Duration;

use muster::client::{AdminClient, NewKey, RealmSettings, Switch};
use muster::doctor::{Checked, Outcome, Plan, Progress, Report, TenantUrl, examine};
use muster::embedded::Embedded;
use muster::serve::{self, Options, Running};
use serde_json::Value;
use tokio::sync::Notify;

/// Enough for every check, and quick.
pub(crate) const MEMBERS: usize = 12;

pub(crate) struct Realm {
    admin: AdminClient,
    name: String,
    pub(crate) url: String,
    pub(crate) token: String,
}

pub(crate) async fn server() -> Running {
    let options = Options::local(Embedded::memory().unwrap()).unwrap();
    serve::start(options).await.unwrap()
}

impl Realm {
    pub(crate) async fn create(server: &Running, name: &str) -> Self {
        let admin = AdminClient::new(&server.local_url(), server.admin_token()).unwrap();
        admin
            .create_realm(name, &RealmSettings::default())
            .await
            .unwrap();
        let mut realm = Self {
            admin,
            name: name.to_owned(),
            url: server.tenant_url(name),
            token: String::new(),
        };
        realm.token = realm.key(&[]).await;
        realm
    }

    /// A token with these scopes; none: everything.
    pub(crate) async fn key(&self, scopes: &[&str]) -> String {
        let key = NewKey {
            name: "doctor".to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            expiry: None,
        };
        let made = self.admin.create_key(&self.name, &key).await.unwrap();
        made["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn disable(&self) {
        let switched = self.admin.switch_realm(&self.name, Switch::Disabled);
        switched.await.unwrap();
    }

    /// How many users and groups there are.
    pub(crate) async fn population(&self) -> (u64, u64) {
        (self.count("Users").await, self.count("Groups").await)
    }

    async fn count(&self, endpoint: &str) -> u64 {
        let url = format!("{}/{endpoint}?count=0", self.url);
        let request = reqwest::Client::new().get(url).bearer_auth(&self.token);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["totalResults"].as_u64().unwrap()
    }

    pub(crate) fn plan(&self) -> Plan {
        plan(&self.url, &self.token)
    }
}

pub(crate) fn plan(url: &str, token: &str) -> Plan {
    Plan {
        url: TenantUrl::parse(url).unwrap(),
        token: token.to_owned(),
        timeout: Duration::from_secs(240),
        members: MEMBERS,
        only: Vec::new(),
    }
}

pub(crate) async fn visit(plan: Plan) -> Report {
    let mut ignore = |_: Progress<'_>| {};
    examine(plan, &Notify::new(), &mut ignore).await.unwrap()
}

#[track_caller]
pub(crate) fn row<'a>(report: &'a Report, check: &str) -> &'a Checked {
    let found = report.checks.iter().find(|row| row.check.name == check);
    found.unwrap_or_else(|| panic!("no check `{check}` was made"))
}

/// What was seen and what to do, of a check that is not ok.
#[track_caller]
pub(crate) fn broken<'a>(report: &'a Report, check: &str) -> (&'a str, &'static str) {
    match &row(report, check).outcome {
        Outcome::Broken { seen, remedy } => (seen, remedy),
        other => panic!("`{check}` is {other:?}"),
    }
}

/// The names of the checks that are not ok, but for those that were skipped.
pub(crate) fn not_ok(report: &Report) -> Vec<&'static str> {
    let rows = report.checks.iter();
    rows.filter(|row| matches!(row.outcome, Outcome::Broken { .. }))
        .map(|row| row.check.name)
        .collect()
}
