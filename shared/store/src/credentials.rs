//! Realms and keys as items, and their lookup at every request.

use crate::db::{Consistency, Db, Item};
use crate::deletion::Deletion;
use crate::failure::{internal, unreadable};
use crate::keys::{Keys, PK, SK};
use crate::meter::Meter;
use crate::policy::Policy;
use crate::record::{FORMAT, millis};
use crate::settings::Settings;
use crate::table::Store;
use crate::tenant::{RealmEntry, Tenant};
use crate::transaction::{Action, Transaction};
use auth::{Caller, KeyId, KeyMac, KeyRecord, RealmName, RealmRecord, RealmState, Salt, Scope};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use scim::Result;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How coarse `last used` is.
const LAST_USED_STEP: SignedDuration = SignedDuration::from_hours(1);

/// How long a request waits to have it noted.
const LAST_USED_PATIENCE: Duration = Duration::from_millis(300);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RealmItem {
    f: u8,
    display_name: String,
    state: RealmState,
    salt: ByteBuf,
    created: i64,
    version: u64,
    /// Realms of before there were policies have none.
    #[serde(default)]
    policy: Policy,
    #[serde(default)]
    settings: u64,
    /// INVARIANT: it is there exactly while the state is `deleting`, so that a
    /// condition can ask for it by a name that is no reserved word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deletion: Option<Deletion>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyItem {
    f: u8,
    name: String,
    scopes: Vec<Scope>,
    mac: ByteBuf,
    pepper: String,
    created: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<KeyId>,
}

pub(crate) fn realm_item(entry: &RealmEntry) -> Result<Item> {
    let realm = &entry.record;
    serde_dynamo::to_item(RealmItem {
        f: FORMAT,
        display_name: realm.display_name.clone(),
        state: realm.state,
        salt: ByteBuf::from(*realm.salt.as_bytes()),
        created: realm.created.as_millisecond(),
        version: realm.version,
        policy: entry.policy.clone(),
        settings: entry.settings,
        deletion: entry.deletion,
    })
    .map_err(unreadable)
}

pub(crate) fn key_item(key: &KeyRecord) -> Result<Item> {
    serde_dynamo::to_item(KeyItem {
        f: FORMAT,
        name: key.name.clone(),
        scopes: key.scopes.clone(),
        mac: ByteBuf::from(key.mac.mac),
        pepper: key.mac.pepper.clone(),
        created: key.created.as_millisecond(),
        expires: key.expires.map(Timestamp::as_millisecond),
        revoked: key.revoked.map(Timestamp::as_millisecond),
        last_used: key.last_used.map(Timestamp::as_millisecond),
        created_by: key.created_by.clone(),
        replaces: key.replaces.clone(),
    })
    .map_err(unreadable)
}

pub(crate) fn read_realm(name: RealmName, item: Item) -> Result<RealmEntry> {
    let item: RealmItem = serde_dynamo::from_item(item).map_err(unreadable)?;
    Ok(RealmEntry {
        record: RealmRecord {
            name,
            display_name: item.display_name,
            state: item.state,
            salt: Salt::new(item.salt.as_slice().try_into().map_err(unreadable)?),
            created: Timestamp::from_millisecond(item.created).map_err(unreadable)?,
            version: item.version,
        },
        policy: item.policy,
        settings: item.settings,
        deletion: item.deletion,
    })
}

pub(crate) fn read_key(item: Item) -> Result<KeyRecord> {
    let id = item
        .get(SK)
        .and_then(|sk| sk.as_s().ok())
        .map(|sk| sk.parse());
    let id: KeyId = id
        .ok_or_else(|| internal("a key item has no id"))?
        .map_err(unreadable)?;
    let item: KeyItem = serde_dynamo::from_item(item).map_err(unreadable)?;
    let time = |millis: i64| Timestamp::from_millisecond(millis).map_err(unreadable);
    Ok(KeyRecord {
        id,
        name: item.name,
        scopes: item.scopes,
        mac: KeyMac {
            pepper: item.pepper,
            mac: item.mac.as_slice().try_into().map_err(unreadable)?,
        },
        created: time(item.created)?,
        expires: item.expires.map(time).transpose()?,
        revoked: item.revoked.map(time).transpose()?,
        last_used: item.last_used.map(time).transpose()?,
        created_by: item.created_by,
        replaces: item.replaces,
    })
}

impl Store {
    /// The realm and the key a token names, as they are now: what was revoked
    /// or disabled before this call acts on it. Two read units, and nothing more
    /// before the caller is proven ([`Self::admitted`]): what there is must not
    /// be told by what it takes to refuse someone.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn credentials(
        &self,
        realm: &RealmName,
        key: &KeyId,
        deadline: Instant,
        meter: &Meter,
    ) -> Result<(Option<RealmEntry>, Option<KeyRecord>)> {
        let keys = Keys::of(realm);
        let of_realm = keys.realm();
        let wanted = [of_realm.clone(), keys.api_key(key)];
        let db = self.db(deadline, meter);
        let items = db.batch_get(&wanted, Consistency::Strong).await?;
        let (mut found_realm, mut found_key) = (None, None);
        for item in items {
            let pk = item.get(PK).and_then(|pk| pk.as_s().ok());
            if pk == Some(&of_realm.pk) {
                found_realm = Some(read_realm(realm.clone(), item)?);
            } else {
                found_key = Some(read_key(item)?);
            }
        }
        Ok((found_realm, found_key))
    }

    /// The realm whose caller was proven, as its requests need it.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn admitted(
        &self,
        entry: RealmEntry,
        deadline: Instant,
        meter: &Meter,
    ) -> Result<Arc<Tenant>> {
        self.tenant(entry, &self.db(deadline, meter)).await
    }

    /// The realm that an entry tells of, as its requests need it.
    pub(crate) async fn tenant(&self, entry: RealmEntry, db: &Db) -> Result<Arc<Tenant>> {
        if let Some(tenant) = self.tenants.kept(&entry) {
            return Ok(tenant);
        }
        let mut settings = Settings::default();
        if entry.settings > 0 {
            let key = Keys::of(&entry.record.name).settings();
            // Written with the realm's item: it is there, and not older.
            let item = db.get(&key, Consistency::Strong).await?;
            settings = Settings::read(item.unwrap_or_default())?;
        }
        let tenant = Arc::new(Tenant::new(entry, settings));
        self.tenants.keep(&tenant);
        Ok(tenant)
    }

    /// Notes that the key was used, at most once an hour; a key that is gone stays gone.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn touch_key(
        &self,
        caller: &Caller,
        last_used: Option<Timestamp>,
        now: Timestamp,
        deadline: Instant,
        meter: &Meter,
    ) -> Result<()> {
        let Some(key) = caller.key() else {
            return Ok(());
        };
        let before = now - LAST_USED_STEP;
        if last_used.is_some_and(|used| used > before) {
            return Ok(());
        }
        let key = Keys::of(caller.realm()).api_key(key);
        // Of a burst of requests one writes.
        let condition = "attribute_exists(pk) AND \
                         (attribute_not_exists(lastUsed) OR lastUsed <= :before)";
        let values = [(":now", millis(now)), (":before", millis(before))];
        self.db(deadline.min(Instant::now() + LAST_USED_PATIENCE), meter)
            .update(&key, "SET lastUsed = :now", condition, &[], &values)
            .await
            .map(drop)
    }
}

/// For entries that hold nothing but their key.
pub(crate) fn put_marker(key: crate::keys::Key, transaction: &mut Transaction) -> Result<()> {
    let item = Item::from([("f".to_owned(), AttributeValue::N(FORMAT.to_string()))]);
    transaction.add(
        key,
        Action::Put {
            item,
            condition: None,
        },
    )
}
