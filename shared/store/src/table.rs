//! The table itself: its client, its name, and how it is made where no template makes it.

use crate::admin::Admin;
use crate::db::{Consistency, Db};
use crate::event::Audit;
use crate::failure::cause;
use crate::job::PendingJob;
use crate::keys::{Key, PK, SK};
use crate::meter::Meter;
use crate::quota::Tallies;
use crate::realm::Realm;
use crate::tenant::{Tenant, Tenants};
use crate::usage::Pending;
use auth::{Caller, Operator};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TableStatus,
    TimeToLiveSpecification, TimeToLiveStatus,
};
use jiff::Timestamp;
use scim::{Cause, Error, ErrorKind, Result};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

/// The table. Clones share the client.
#[derive(Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) table: Arc<str>,
    pub(crate) tenants: Arc<Tenants>,
    pub(crate) tallies: Arc<Tallies>,
    pub(crate) pending: Arc<Pending>,
    pub(crate) leftovers: Option<UnboundedSender<PendingJob>>,
}

impl Store {
    /// The table of that name.
    ///
    /// The SDK's own retries are switched off: the store repeats calls itself,
    /// inside the request's deadline, with the same payload and token, and
    /// counts the attempts.
    pub fn new(client: Client, table: impl Into<Arc<str>>) -> Self {
        let config = client
            .config()
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: Client::from_conf(config),
            table: table.into(),
            tenants: Arc::default(),
            tallies: Arc::default(),
            pending: Arc::default(),
            leftovers: None,
        }
    }

    /// Tells of every job that a request of this process leaves unfinished. On
    /// AWS nobody needs to be told: the table's stream does.
    #[must_use]
    pub fn with_leftovers(mut self, told: UnboundedSender<PendingJob>) -> Self {
        self.leftovers = Some(told);
        self
    }

    /// The caller's realm, for one request that ends at `deadline`.
    pub fn realm<'a>(
        &'a self,
        caller: &'a Caller,
        tenant: &'a Tenant,
        now: Timestamp,
        deadline: Instant,
        meter: &Meter,
    ) -> Realm<'a> {
        Realm::new(
            self.db(deadline, meter),
            caller,
            tenant,
            now,
            self.table.clone(),
        )
    }

    /// The administration of realms and keys.
    pub fn admin(
        &self,
        operator: &Operator,
        now: Timestamp,
        audit: Audit,
        deadline: Instant,
    ) -> Admin {
        let db = self.db(deadline, &audit.meter);
        Admin::new(db, self.table.clone(), operator, now, audit)
    }

    pub(crate) fn db(&self, deadline: Instant, meter: &Meter) -> Db {
        Db::new(self.clone(), deadline, meter.clone())
    }

    /// Reads an item that is not there, so that the first request finds a
    /// connection that stands: half a read unit.
    ///
    /// # Errors
    /// When the table cannot be reached or read.
    pub async fn warm_up(&self, deadline: Instant) -> Result<()> {
        self.db(deadline, &Meter::default())
            .get(&Key::nobody(), Consistency::Eventual)
            .await
            .map(drop)
    }

    /// Creates the table when it is not there: on one machine, where no template does it.
    ///
    /// # Errors
    /// `Internal` when the table cannot be made.
    pub async fn create_table(&self) -> Result<()> {
        match self
            .client
            .describe_table()
            .table_name(&*self.table)
            .send()
            .await
        {
            Ok(_) => return self.expire().await,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|e| e.is_resource_not_found_exception()) => {}
            Err(error) => return Err(not_created(cause(&error))),
        }
        let attribute = |name: &str| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
        };
        let key = |name: &str, kind: KeyType| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
        };
        self.client
            .create_table()
            .table_name(&*self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute(PK).map_err(not_described)?)
            .attribute_definitions(attribute(SK).map_err(not_described)?)
            .key_schema(key(PK, KeyType::Hash).map_err(not_described)?)
            .key_schema(key(SK, KeyType::Range).map_err(not_described)?)
            .send()
            .await
            .map_err(|error| not_created(cause(&error)))?;
        while !self.active().await? {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.expire().await
    }

    async fn active(&self) -> Result<bool> {
        let described = self
            .client
            .describe_table()
            .table_name(&*self.table)
            .send()
            .await;
        let table = described.map_err(|error| not_created(cause(&error)))?.table;
        Ok(table.and_then(|table| table.table_status) == Some(TableStatus::Active))
    }

    /// Lets items with a `ttl` expire, when that is not yet so.
    async fn expire(&self) -> Result<()> {
        let described = self
            .client
            .describe_time_to_live()
            .table_name(&*self.table)
            .send()
            .await;
        let status = described
            .map_err(|error| not_created(cause(&error)))?
            .time_to_live_description
            .and_then(|description| description.time_to_live_status);
        if matches!(
            status,
            Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
        ) {
            return Ok(());
        }
        self.client
            .update_time_to_live()
            .table_name(&*self.table)
            .time_to_live_specification(
                TimeToLiveSpecification::builder()
                    .attribute_name("ttl")
                    .enabled(true)
                    .build()
                    .map_err(not_described)?,
            )
            .send()
            .await
            .map_err(|error| not_created(cause(&error)))?;
        Ok(())
    }
}

fn not_created(cause: impl Into<Cause>) -> Error {
    Error::caused_by(ErrorKind::Internal, "the table cannot be created", cause)
}

fn not_described<E>(_: E) -> Error {
    not_created("its description could not be built")
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}
