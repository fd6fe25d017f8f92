//! A realm in a table of its own, the processes that work on it, and what a
//! reader sees of it.

use auth::{Caller, Operator, RealmName};
use jiff::{SignedDuration, Timestamp};
use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::table::{self, Item, TABLE, audit};
use muster_tests::{Realm as Client, Server};
use scim::ErrorKind;
use scim::accept::{self, Member};
use scim::patch::MemberOp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::{
    Change, EventAction, Guard, Kind, Meter, PendingJob, Progress, Realm, Record, ResourceId,
    Settled, Store, Tenant,
};
use tokio::time::Instant;
use uuid::Uuid;

/// How long a request may take that nobody hurries.
pub(crate) const PATIENCE: Duration = Duration::from_secs(100);

/// Members, in the order of their ids.
pub(crate) type Ids = BTreeSet<ResourceId>;

/// A server over a table, a realm in it, and its clients.
pub(crate) struct Place {
    pub(crate) embedded: Embedded,
    /// Held for its end.
    _server: Server,
    pub(crate) client: Client,
}

impl Place {
    /// A realm of that name in this table.
    pub(crate) async fn new(embedded: Embedded, name: &str) -> Self {
        let server = crate::patient(embedded.clone(), PATIENCE);
        let client = Client::create(&server, name).await;
        Self {
            embedded,
            _server: server,
            client,
        }
    }

    /// A realm in a table in memory.
    pub(crate) async fn fresh(name: &str) -> Self {
        Self::new(Embedded::memory().unwrap(), name).await
    }

    /// Another process over the table.
    pub(crate) async fn process(&self) -> Process {
        Process::over(&self.embedded, &self.client.name).await
    }

    /// Another process, whose calls of the table meet this.
    pub(crate) async fn process_with(
        &self,
        hook: impl Fn(&CallInfo) -> Fault + Send + Sync + 'static,
    ) -> Process {
        let embedded = self.embedded.clone().with_faults(Arc::new(hook));
        Process::over(&embedded, &self.client.name).await
    }

    /// The items of a partition of the realm.
    pub(crate) async fn items(&self, partition: &str) -> Vec<Item> {
        let pk = format!("R#{}#{partition}", self.client.name);
        table::partition(&self.embedded, &pk).await
    }

    /// Removes an item behind everybody's back.
    pub(crate) async fn remove(&self, item: &Item) {
        table::remove(&self.embedded, item).await;
    }

    /// The realm as it must be when nobody works in it: nothing does not go
    /// together, no job is left, and there are so many memberships.
    pub(crate) async fn is_at_rest(&self, memberships: usize, context: &str) {
        let jobs = self.items("J").await;
        assert!(jobs.is_empty(), "{context}: {jobs:?}");
        let found = table::findings(&self.embedded, &self.client.name).await;
        let (summary, found) = found.unwrap();
        assert!(found.is_empty(), "{context}: {found:?}");
        assert_eq!(
            summary.memberships, memberships as u64,
            "{context}: {summary:?}"
        );
    }

    /// Has the worker do what is left, when nobody else works any more.
    pub(crate) async fn work(&self) {
        let finished = table::finish_jobs(&self.embedded, &self.client.name).await;
        finished.unwrap();
    }
}

/// A process over a table, which acts in one realm.
pub(crate) struct Process {
    pub(crate) store: Store,
    tenant: Arc<Tenant>,
    caller: Caller,
    now: Timestamp,
    time: Duration,
    pub(crate) meter: Meter,
}

impl Process {
    pub(crate) async fn over(embedded: &Embedded, realm: &str) -> Self {
        let store = Store::new(embedded.client(), TABLE);
        let operator = Operator::of_the_table();
        let now = Timestamp::now();
        let admin = store.admin(&operator, now, audit(), Instant::now() + PATIENCE);
        let name: RealmName = realm.parse().unwrap();
        let tenant = admin.tenant(&name).await.unwrap().unwrap();
        Self {
            caller: Caller::operating(&operator, tenant.record()),
            tenant,
            store,
            now,
            time: PATIENCE,
            meter: Meter::default(),
        }
    }

    /// The same whose requests have so much time.
    pub(crate) fn hurried(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// The same, so much later.
    pub(crate) fn later(mut self, by: SignedDuration) -> Self {
        self.now += by;
        self
    }

    pub(crate) fn name(&self) -> &RealmName {
        self.caller.realm()
    }

    /// A request.
    pub(crate) fn realm(&self) -> Realm<'_> {
        let deadline = Instant::now() + self.time;
        self.store
            .realm(&self.caller, &self.tenant, self.now, deadline, &self.meter)
    }

    /// Makes so many users; their ids.
    pub(crate) async fn users(&self, number: usize) -> Vec<ResourceId> {
        let mut ids = Ids::new();
        for n in 0..number {
            let id = new_id();
            self.user(id, &format!("u{n}@example.net")).await;
            ids.insert(id);
        }
        Vec::from_iter(ids)
    }

    /// Makes a user of this id.
    pub(crate) async fn user(&self, id: ResourceId, name: &str) {
        let of = self.tenant.resource_type(Kind::User);
        let draft = accept::create(of, &json!({"userName": name})).unwrap();
        let made = self.realm().create(Kind::User, id, draft, &audit()).await;
        made.unwrap();
    }

    /// Makes a group.
    pub(crate) async fn group(
        &self,
        name: &str,
        members: &[ResourceId],
    ) -> scim::Result<ResourceId> {
        let members: Vec<Value> = members
            .iter()
            .map(|id| json!({"value": id.to_string()}))
            .collect();
        let body = json!({"displayName": name, "members": members});
        let of = self.tenant.resource_type(Kind::Group);
        let draft = accept::create(of, &body).unwrap();
        let id = new_id();
        let made = self.realm().create(Kind::Group, id, draft, &audit()).await;
        made.map(|made| made.record.id)
    }

    /// Changes a group's members.
    pub(crate) async fn change(&self, group: ResourceId, op: MemberOp) -> scim::Result<Record> {
        let change = |record: &Record| {
            Ok(Change {
                attributes: record.attributes.clone(),
                members: vec![op.clone()],
                guard: Guard::Exists,
            })
        };
        let (kind, action) = (Kind::Group, EventAction::Patch);
        let realm = self.realm();
        let changed = realm.update(kind, group, action, &audit(), change).await;
        changed.map(|changed| changed.record)
    }

    /// Deletes a resource.
    pub(crate) async fn delete(&self, kind: Kind, id: ResourceId) -> scim::Result<()> {
        let realm = self.realm();
        realm
            .delete(kind, id, Guard::Exists, &audit(), |_| Ok(()))
            .await
    }

    /// A group's item.
    pub(crate) async fn record(&self, group: ResourceId) -> Option<Record> {
        self.realm().get(Kind::Group, group).await.unwrap()
    }

    /// The members of a group at one moment; `None` when there is no such group.
    pub(crate) async fn members(&self, group: ResourceId) -> Option<Ids> {
        loop {
            let realm = self.realm();
            let record = realm.get(Kind::Group, group).await.unwrap()?;
            let mut members = realm.members_of(&record);
            let mut ids = Ids::new();
            while let Some(page) = members.next(None).await.unwrap() {
                for edge in page {
                    assert!(ids.insert(edge.member), "{} comes twice", edge.member);
                }
            }
            match members.settle().await.unwrap() {
                Settled::Whole => return Some(ids),
                Settled::Moved(_) => {}
                Settled::Gone => return None,
            }
        }
    }

    /// Deletes the realm, in which no request has taken longer than that.
    pub(crate) async fn delete_realm(&self, longest: Duration) {
        let operator = Operator::of_the_table();
        let mut now = self.now;
        loop {
            // The first call has to wait for who was let in, as long as its time lasts.
            let deadline = Instant::now() + Duration::from_secs(4);
            let admin = self.store.admin(&operator, now, audit(), deadline);
            match admin.delete_realm(self.name(), longest).await {
                Ok(None) => return,
                Ok(Some(_)) => {}
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
            }
            now += SignedDuration::from_hours(1);
        }
    }

    /// The jobs of the realm.
    pub(crate) async fn jobs(&self) -> Vec<PendingJob> {
        let (operator, meter) = (Operator::of_the_table(), Meter::default());
        let deadline = Instant::now() + PATIENCE;
        let jobs = self
            .store
            .pending_jobs(&operator, self.name(), deadline, &meter);
        jobs.await.unwrap()
    }

    /// Works on a job as the worker does.
    pub(crate) async fn work(&self, job: &PendingJob) -> scim::Result<Progress> {
        let (operator, meter) = (Operator::of_the_table(), Meter::default());
        let deadline = Instant::now() + self.time;
        self.store
            .work(&operator, job, self.now, deadline, &meter)
            .await
    }
}

/// Members as an operation names them.
pub(crate) fn named<'a>(ids: impl IntoIterator<Item = &'a ResourceId>) -> Vec<Member> {
    let member = |id: &ResourceId| Member {
        value: id.to_string(),
        kind: None,
    };
    ids.into_iter().map(member).collect()
}

fn new_id() -> ResourceId {
    ResourceId::from_random(Uuid::new_v4().into_bytes())
}
