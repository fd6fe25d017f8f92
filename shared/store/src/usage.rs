//! What realms use: requests, errors and units by day (UTC) and operation.
//!
//! A process sums in memory and adds its sums to the day's item at most once a
//! minute and realm (a write unit or three), so that counting costs a busy realm
//! next to nothing. Between two requests nothing need run: a realm's request
//! that comes a minute after the last writing writes. What a process has not
//! written when it is ended without warning (a function's environment, `kill
//! -9`) is lost, at most a minute's; a server that is told to end writes first.
//! Sums whose writing has failed are kept for the next time, so that one whose
//! answer was lost counts twice. The writing's own units are in the sums of the
//! writing after it, as those of [`WRITING`].
//!
//! Days are kept for 400.

use crate::credentials::read_realm;
use crate::db::{Consistency, Db, Item};
use crate::failure::internal;
use crate::keys::{Keys, SK};
use crate::meter::Meter;
use crate::record::{FORMAT, n};
use crate::table::Store;
use auth::{Caller, RealmName, Salt};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use scim::Result;
use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The operation that the writing of usage is counted as.
pub(crate) const WRITING: &str = "RecordUsage";
/// How often a realm's sums are written.
const EVERY: Duration = Duration::from_secs(60);
/// How long a day is kept.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 400);
/// How many realms a process counts for at a time; beyond it one is not counted.
const KEPT: usize = 4_096;

/// What some requests have used.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// How many there were.
    pub requests: u64,
    /// How many of them were answered with a status of 400 or more.
    pub errors: u64,
    /// Read request units.
    pub read_units: f64,
    /// Write request units.
    pub write_units: f64,
}

/// What was used on a day.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageDay {
    /// The day (UTC).
    pub date: Date,
    /// By operation.
    pub operations: BTreeMap<String, Usage>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A status below 400.
    Accepted,
    /// Another.
    Refused,
}

/// Whether it is time to write a realm's sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// It is.
    Due,
    /// They are to wait.
    NotYet,
}

/// What has been counted and not been written, by realm.
#[derive(Debug, Default)]
pub(crate) struct Pending(Mutex<HashMap<Whose, Counts>>);

/// A realm by its name and salt: one that is made anew under the name of another
/// has not used what that one has.
type Whose = (RealmName, Salt);

/// A realm's sums by day and operation.
type Sums = BTreeMap<Date, BTreeMap<&'static str, Usage>>;

#[derive(Debug, Default)]
struct Counts {
    sums: Sums,
    written: Option<Instant>,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.errors += other.errors;
        self.read_units += other.read_units;
        self.write_units += other.write_units;
    }
}

impl Counts {
    /// Whether there is something besides the cost of the last writing.
    fn is_worth_writing(&self) -> bool {
        self.sums
            .values()
            .flat_map(BTreeMap::values)
            .any(|usage| usage.requests > 0)
    }

    fn is_due(&self, now: Instant) -> bool {
        self.is_worth_writing() && self.written.is_none_or(|written| now >= written + EVERY)
    }
}

impl Pending {
    fn add(&self, whose: &Whose, sums: Sums, now: Instant) -> Flush {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= KEPT && !pending.contains_key(whose) {
            pending.retain(|_, counts| counts.is_worth_writing());
            if pending.len() >= KEPT {
                tracing::warn!(
                    realms = KEPT,
                    "usage of more realms than these is not counted"
                );
                return Flush::NotYet;
            }
        }
        let counts = pending.entry(whose.clone()).or_default();
        for (day, operations) in sums {
            let sums = counts.sums.entry(day).or_default();
            for (operation, usage) in operations {
                *sums.entry(operation).or_default() += usage;
            }
        }
        if counts.is_due(now) {
            Flush::Due
        } else {
            Flush::NotYet
        }
    }

    /// Takes a realm's sums away to be written, when there are any.
    fn take(&self, whose: &Whose, now: Instant) -> Option<Sums> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = pending.get_mut(whose)?;
        if !counts.is_worth_writing() {
            return None;
        }
        counts.written = Some(now);
        Some(std::mem::take(&mut counts.sums))
    }

    /// Of a realm that is gone nothing is kept.
    fn forget(&self, whose: &Whose) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.remove(whose);
    }

    fn realms(&self) -> Vec<Whose> {
        let pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let worth = pending
            .iter()
            .filter(|(_, counts)| counts.is_worth_writing());
        worth.map(|(whose, _)| whose.clone()).collect()
    }
}

impl Store {
    /// Counts a request of a proven caller, and says whether it is time for
    /// [`Store::flush_usage`].
    pub fn count_usage(
        &self,
        caller: &Caller,
        operation: &'static str,
        outcome: Outcome,
        meter: &Meter,
        now: Timestamp,
    ) -> Flush {
        let usage = Usage {
            requests: 1,
            errors: u64::from(outcome == Outcome::Refused),
            read_units: meter.read_units(),
            write_units: meter.write_units(),
        };
        let sums = Sums::from([(day(now), BTreeMap::from([(operation, usage)]))]);
        let whose = (caller.realm().clone(), caller.salt().clone());
        self.pending.add(&whose, sums, Instant::now())
    }

    /// Adds what this process has counted for a realm to its days.
    ///
    /// # Errors
    /// When the table fails; the sums are kept for the next time.
    pub async fn flush_usage(
        &self,
        realm: &RealmName,
        salt: &Salt,
        now: Timestamp,
        deadline: Instant,
    ) -> Result<()> {
        let whose = (realm.clone(), salt.clone());
        let Some(sums) = self.pending.take(&whose, Instant::now()) else {
            return Ok(());
        };
        let meter = Meter::default();
        let db = self.db(deadline, &meter);
        // The deletion of a realm waits for longer than a writing takes: what is
        // added to a realm that stands now is swept with the rest.
        let item = db.get(&Keys::of(realm).realm(), Consistency::Strong).await;
        let read = |item: Option<Item>| item.map(|item| read_realm(realm.clone(), item));
        match item.and_then(|item| read(item).transpose()) {
            Ok(Some(entry)) if entry.record.salt == *salt && entry.deletion.is_none() => {}
            Ok(_) => {
                self.pending.forget(&whose);
                return Ok(());
            }
            Err(error) => {
                self.pending.add(&whose, sums, Instant::now());
                return Err(error);
            }
        }
        let mut left = sums.clone();
        let mut outcome = Ok(());
        for (day, operations) in &sums {
            outcome = write(&db, realm, *day, operations, now).await;
            if outcome.is_err() {
                break;
            }
            left.remove(day);
        }
        let cost = Usage {
            read_units: meter.read_units(),
            write_units: meter.write_units(),
            ..Usage::default()
        };
        *left
            .entry(day(now))
            .or_default()
            .entry(WRITING)
            .or_default() += cost;
        self.pending.add(&whose, left, Instant::now());
        outcome
    }

    /// Does that for every realm: before the process ends, and from time to time
    /// where something runs between requests.
    ///
    /// # Errors
    /// The first, when the table fails; the others' sums are written all the same.
    pub async fn flush_all_usage(&self, now: Timestamp, deadline: Instant) -> Result<()> {
        let mut outcome = Ok(());
        for (realm, salt) in self.pending.realms() {
            let written = self.flush_usage(&realm, &salt, now, deadline).await;
            outcome = outcome.and(written);
        }
        outcome
    }
}

impl UsageDay {
    /// Reads back what [`write`] has written; none of another format.
    pub(crate) fn read(item: &Item) -> Option<Self> {
        let date = item.get(SK)?.as_s().ok()?.parse().ok()?;
        let mut operations: BTreeMap<String, Usage> = BTreeMap::new();
        for (name, value) in item {
            let Some((column, operation)) = name.split_once(':') else {
                continue;
            };
            let number = value.as_n().ok()?;
            let usage = operations.entry(operation.to_owned()).or_default();
            match column {
                "n" => usage.requests = number.parse().ok()?,
                "e" => usage.errors = number.parse().ok()?,
                "r" => usage.read_units = number.parse().ok()?,
                "w" => usage.write_units = number.parse().ok()?,
                _ => {}
            }
        }
        Some(Self { date, operations })
    }
}

/// Adds a day's sums to its item: an attribute for each number that is not 0,
/// such as `r:ListUsers`.
async fn write(
    db: &Db,
    realm: &RealmName,
    day: Date,
    operations: &BTreeMap<&'static str, Usage>,
    now: Timestamp,
) -> Result<()> {
    let columns = operations.iter().flat_map(|(operation, usage)| {
        let name = |column: &str| format!("{column}:{operation}");
        [
            (name("n"), n(usage.requests)),
            (name("e"), n(usage.errors)),
            (name("r"), n(usage.read_units)),
            (name("w"), n(usage.write_units)),
        ]
    });
    let columns: Vec<(String, String, String, AttributeValue)> = columns
        .filter(|(_, number)| *number != n(0))
        .enumerate()
        .map(|(i, (name, number))| (format!("#{i}"), format!(":{i}"), name, number))
        .collect();
    let adds: Vec<String> = columns
        .iter()
        .map(|(name, value, ..)| format!("{name} {value}"))
        .collect();
    let mut names: Vec<(&str, &str)> = columns
        .iter()
        .map(|(alias, _, name, _)| (alias.as_str(), name.as_str()))
        .collect();
    names.push(("#ttl", "ttl"));
    let mut values: Vec<(&str, AttributeValue)> = columns
        .iter()
        .map(|(_, alias, _, number)| (alias.as_str(), number.clone()))
        .collect();
    values.extend([(":f", n(FORMAT)), (":ttl", n((now + KEEP).as_second()))]);
    let applied = db
        .update(
            &Keys::of(realm).usage(day),
            &format!("SET f = :f, #ttl = :ttl ADD {}", adds.join(", ")),
            "attribute_not_exists(pk) OR f = :f",
            &names,
            &values,
        )
        .await?;
    if applied {
        Ok(())
    } else {
        Err(internal("a day's usage is of another format"))
    }
}

/// The day of an instant (UTC).
fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}
