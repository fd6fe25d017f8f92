//! What every request shares.

use crate::config::Config;
use auth::{AdminDigest, PepperRing, RealmName};
use std::sync::Arc;
use store::Store;

/// The service: the table, the secrets, the configuration. Requests share it and change nothing in it.
#[derive(Debug)]
pub struct Service {
    pub(crate) store: Store,
    pub(crate) ring: PepperRing,
    pub(crate) admin: AdminDigest,
    pub(crate) config: Config,
}

impl Service {
    /// A service over that table.
    pub fn new(store: Store, ring: PepperRing, admin: AdminDigest, config: Config) -> Arc<Self> {
        Arc::new(Self {
            store,
            ring,
            admin,
            config,
        })
    }

    /// The Tenant URL of a realm: what every location in its answers begins with.
    pub(crate) fn tenant_url(&self, realm: &RealmName) -> String {
        let base = self.config.public_url.as_deref().unwrap_or_default();
        format!("{}/realms/{realm}/scim/v2", base.trim_end_matches('/'))
    }
}
