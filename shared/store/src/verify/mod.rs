//! Whether a table is as it must be: after a restore, or at any time.
//!
//! Each realm's partitions are read page by page, eventually consistent, in
//! bounded memory. Every user and group asks for its claim, its index entries
//! and its edges ([`documents`]); every claim, index entry and edge asks for its
//! document ([`entries`]); the counters are compared with what is there
//! ([`counters`]). The table may be changing meanwhile: what looks wrong is read
//! again, both items at one moment, before it is told.
//!
//! Nothing is repaired here. Not looked at are events and what was used, to
//! which nothing refers, realms that are being deleted, and edges of groups that
//! no longer exist beyond those that a `memberOf` names: no Query leads to them.

mod counters;
mod documents;
mod entries;
mod finding;
mod link;

pub use finding::{
    Entry, EntryFault, Finding, ItemFault, ItemName, Notice, RealmFault, Summary, Weight,
};

use crate::credentials::{read_key, read_realm};
use crate::db::{Consistency, Db, From, Item, Range, last};
use crate::keys::{DIRECTORY, Key, Keys, SK};
use crate::kind::Kind;
use crate::meter::Meter;
use crate::settings::Settings;
use crate::table::Store;
use auth::{Operator, RealmName, RealmRecord, RealmState};
use counters::Tally;
use link::{Ground, key_of, of_known_format};
use scim::{Error, ErrorKind, Result};
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// How long one call may be repeated before the verification fails.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many items are asked for by their keys at once (BatchGetItem: 100).
const AT_ONCE: usize = 100;

/// Who is told. It is called between two reads, so it must not take long.
pub type Tell<'a> = &'a mut (dyn FnMut(Notice) + Send);

/// The verification of a table.
#[derive(Debug)]
pub struct Verify<'a> {
    store: &'a Store,
}

/// One realm under verification.
struct Pass<'a> {
    store: &'a Store,
    meter: Meter,
    ground: Ground,
    summary: Summary,
    tell: Tell<'a>,
}

impl Store {
    /// The verification of the table. It only reads: Query, GetItem, BatchGetItem, TransactGetItems.
    pub fn verify(&self, _proof: &Operator) -> Verify<'_> {
        Verify { store: self }
    }
}

impl Verify<'_> {
    /// The realms that the directory lists, in the order of their names.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn realms(&self, tell: Tell<'_>) -> Result<Vec<RealmName>> {
        let mut names = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let db = self.store.db(Instant::now() + PATIENCE, &Meter::default());
            let (items, more) = page(&db, DIRECTORY, after.as_deref(), Consistency::Strong).await?;
            for item in &items {
                match listed(item) {
                    Ok(name) => names.push(name),
                    Err(fault) => tell(Notice::Found(unreadable(fault, item))),
                }
            }
            after = last(&items);
            if !more {
                return Ok(names);
            }
        }
    }

    /// Verifies one realm, telling each finding as it is made.
    ///
    /// # Errors
    /// `NotFound`; when the table fails, which says nothing of the rest of the realm.
    pub async fn realm(&self, name: &RealmName, tell: Tell<'_>) -> Result<Summary> {
        let meter = Meter::default();
        let db = self.store.db(Instant::now() + PATIENCE, &meter);
        let entry = db.get(&Key::directory(name), Consistency::Strong).await?;
        let own = realm_items(&db, name).await?;
        if entry.is_none() && own.is_empty() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no realm `{name}`"),
            ));
        }
        let mut summary = Summary::default();
        let mut found = |finding| {
            summary.findings += 1;
            tell(Notice::Found(finding));
        };
        if entry.is_none() {
            found(Finding::Realm(RealmFault::Unlisted));
        }
        let Some(realm) = realm_record(name, own, &mut found) else {
            // Without the realm's salt no hash can be compared.
            return Ok(Summary {
                read_units: meter.read_units(),
                ..summary
            });
        };
        if realm.state == RealmState::Deleting {
            // It is being swept: what is left need not go together.
            return Ok(Summary {
                read_units: meter.read_units(),
                ..summary
            });
        }
        let pass = Pass {
            store: self.store,
            meter,
            ground: Ground {
                keys: Keys::of(name),
                salt: realm.salt,
            },
            summary,
            tell,
        };
        pass.run().await
    }
}

impl Pass<'_> {
    async fn run(mut self) -> Result<Summary> {
        self.keys().await?;
        for kind in Kind::ALL {
            let mut tally = Tally::default();
            self.documents(kind, &mut tally).await?;
            self.counters(kind, &tally).await?;
        }
        self.claims().await?;
        self.indexes().await?;
        self.summary.read_units = self.meter.read_units();
        Ok(self.summary)
    }

    async fn keys(&mut self) -> Result<()> {
        let pk = self.ground.keys.api_keys();
        let mut after: Option<String> = None;
        loop {
            let (items, more) = self.page(&pk, after.as_deref()).await?;
            after = last(&items);
            for item in items {
                self.summary.keys += 1;
                let name = item_name(&item);
                let fault = match of_known_format(&item) {
                    Err(fault) => Some(fault),
                    Ok(()) => read_key(item).err().map(|_| ItemFault::Malformed),
                };
                if let Some(fault) = fault {
                    self.found(Finding::Item { fault, item: name });
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Each call has its own time: a realm may take an hour.
    fn db(&self) -> Db {
        self.store.db(Instant::now() + PATIENCE, &self.meter)
    }

    async fn page(&self, pk: &str, after: Option<&str>) -> Result<(Vec<Item>, bool)> {
        page(&self.db(), pk, after, Consistency::Eventual).await
    }

    fn found(&mut self, finding: Finding) {
        match &finding {
            Finding::Leftover { members, .. } => self.summary.leftovers += members,
            _ => self.summary.findings += 1,
        }
        (self.tell)(Notice::Found(finding));
    }

    fn unreadable(&mut self, fault: ItemFault, item: &Item) {
        self.found(unreadable(fault, item));
    }

    fn progress(&mut self) {
        self.summary.read_units = self.meter.read_units();
        (self.tell)(Notice::Progress(self.summary));
    }
}

impl fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass")
            .field("summary", &self.summary)
            .finish_non_exhaustive()
    }
}

/// One page of a whole partition.
async fn page(
    db: &Db,
    pk: &str,
    after: Option<&str>,
    consistency: Consistency,
) -> Result<(Vec<Item>, bool)> {
    db.query(&Range {
        pk: pk.to_owned(),
        from: match after {
            Some(sk) => From::After(sk),
            // Below every sort key of ours.
            None => From::At(" "),
        },
        limit: None,
        consistency,
        only: None,
    })
    .await
}

/// The sort key of a page's last item, after which the next begins.
/// The items of the realm itself: there are few.
async fn realm_items(db: &Db, name: &RealmName) -> Result<Vec<Item>> {
    let pk = Keys::of(name).realm().pk;
    let mut all = Vec::new();
    loop {
        let after = last(&all);
        let (items, more) = page(db, &pk, after.as_deref(), Consistency::Strong).await?;
        all.extend(items);
        if !more {
            return Ok(all);
        }
    }
}

fn realm_record(
    name: &RealmName,
    items: Vec<Item>,
    found: &mut impl FnMut(Finding),
) -> Option<RealmRecord> {
    let keys = Keys::of(name);
    let own = keys.realm();
    let mut met = None;
    for item in items {
        if key_of(&item).as_ref() == Some(&keys.settings()) {
            let fault = match of_known_format(&item) {
                Err(fault) => Some(fault),
                Ok(()) => Settings::read(item).err().map(|_| ItemFault::Malformed),
            };
            if let Some(fault) = fault {
                let item = keys.settings().into();
                found(Finding::Item { fault, item });
            }
        } else if key_of(&item).as_ref() != Some(&own) {
            found(unreadable(ItemFault::Unknown, &item));
        } else if let Err(fault) = of_known_format(&item) {
            met = Some(Err(fault));
        } else {
            met = Some(
                read_realm(name.clone(), item)
                    .map(|entry| entry.record)
                    .map_err(|_| ItemFault::Malformed),
            );
        }
    }
    match met {
        None => found(Finding::Realm(RealmFault::Absent)),
        Some(Ok(realm)) => return Some(realm),
        Some(Err(fault)) => found(Finding::Item {
            fault,
            item: own.into(),
        }),
    }
    None
}

fn listed(item: &Item) -> Result<RealmName, ItemFault> {
    of_known_format(item)?;
    let name = key_of(item).and_then(|key| key.sk.parse().ok());
    name.ok_or(ItemFault::Malformed)
}

fn unreadable(fault: ItemFault, item: &Item) -> Finding {
    Finding::Item {
        fault,
        item: item_name(item),
    }
}

fn item_name(item: &Item) -> ItemName {
    let text = |name: &str| {
        let value = item.get(name).and_then(|value| value.as_s().ok());
        value.cloned().unwrap_or_default()
    };
    ItemName {
        pk: text(crate::keys::PK),
        sk: text(SK),
    }
}
