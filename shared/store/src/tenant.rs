//! A realm as its requests need it: who it is, what has been decided about it,
//! what its resources are made of. Kept in the process as long as its version is
//! the one that a request reads, so that most requests build and read nothing.

use crate::deletion::Deletion;
use crate::kind::Kind;
use crate::policy::Policy;
use crate::settings::Settings;
use auth::{RealmName, RealmRecord};
use scim::mapper::Mappers;
use scim::schema::Definition;
use scim::{ResourceType, Tolerances};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many realms a process keeps in mind; one that is left out is built anew.
const KEPT: usize = 1_000;

/// What the realm's item says.
#[derive(Debug, Clone)]
pub struct RealmEntry {
    /// Who it is.
    pub record: RealmRecord,
    /// What has been decided about it.
    pub policy: Policy,
    /// Of which version its settings are at least; 0 when it has none.
    pub settings: u64,
    /// How far its deletion is, while it is being deleted.
    pub deletion: Option<Deletion>,
}

/// A realm as its requests need it.
#[derive(Debug)]
pub struct Tenant {
    entry: RealmEntry,
    settings: Settings,
    mappers: Mappers,
    user: ResourceType,
    group: ResourceType,
}

impl Tenant {
    pub(crate) fn new(entry: RealmEntry, settings: Settings) -> Self {
        let tolerances = entry.policy.profile.tolerances();
        let of_realm = |of: &ResourceType| {
            let schemas = settings.schemas.iter();
            let own = schemas.filter(|schema| schema.extends() == of.name);
            of.of_realm(own.map(Definition::extension).collect(), tolerances)
        };
        let user = of_realm(ResourceType::user());
        Self {
            mappers: match &settings.mappers {
                Some(rows) => Mappers::of_stored(&user, rows),
                None => Mappers::defaults(&user),
            },
            user,
            group: of_realm(ResourceType::group()),
            settings,
            entry,
        }
    }

    /// Who it is.
    pub fn record(&self) -> &RealmRecord {
        &self.entry.record
    }

    /// What has been decided about it.
    pub fn policy(&self) -> &Policy {
        &self.entry.policy
    }

    /// Its extension schemas and mappers, as they were set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Of which version they are at least; 0 when it has none.
    pub(crate) fn settings_version(&self) -> u64 {
        self.entry.settings
    }

    /// The mappers that hold: its own, or the defaults.
    pub fn mappers(&self) -> &Mappers {
        &self.mappers
    }

    /// How liberally its clients are read.
    pub fn tolerances(&self) -> Tolerances {
        self.entry.policy.profile.tolerances()
    }

    /// The same for what an operator brings, read with every tolerance: it may
    /// come from anywhere, also from a realm of another profile.
    pub fn leniently(&self, kind: Kind) -> ResourceType {
        ResourceType {
            tolerances: Tolerances::ALL,
            ..self.resource_type(kind).clone()
        }
    }

    /// What its resources of a kind are made of.
    pub fn resource_type(&self, kind: Kind) -> &ResourceType {
        match kind {
            Kind::User => &self.user,
            Kind::Group => &self.group,
        }
    }
}

/// The realms a process has met, each as of one version.
#[derive(Debug, Default)]
pub(crate) struct Tenants(Mutex<HashMap<RealmName, Arc<Tenant>>>);

impl Tenants {
    /// The realm as it was built for that version.
    pub(crate) fn kept(&self, entry: &RealmEntry) -> Option<Arc<Tenant>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tenant = kept.get(&entry.record.name)?;
        let known = tenant.record();
        // A realm that was deleted and made anew has another salt.
        (known.version == entry.record.version && known.salt == entry.record.salt)
            .then(|| tenant.clone())
    }

    /// What had been decided about the realm when it was last met.
    pub(crate) fn policy(&self, name: &RealmName) -> Option<Policy> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(kept.get(name)?.policy().clone())
    }

    pub(crate) fn keep(&self, tenant: &Arc<Tenant>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(tenant.record().name.clone(), tenant.clone());
    }
}
