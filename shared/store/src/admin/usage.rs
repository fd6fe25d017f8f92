//! What a realm has used, read by days.

use super::{Admin, no_realm};
use crate::db::{Consistency, From, Order, Range};
use crate::keys::Keys;
use crate::usage::UsageDay;
use auth::RealmName;
use jiff::civil::Date;
use scim::Result;

impl Admin {
    /// What a realm has used on each day from the first to the last (UTC), as
    /// far as processes have written it: this one's share is written first.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn usage(&self, realm: &RealmName, first: Date, last: Date) -> Result<Vec<UsageDay>> {
        let entry = self.realm(realm).await?.ok_or_else(|| no_realm(realm))?;
        self.db
            .store()
            .flush_usage(realm, &entry.record.salt, self.now, self.db.deadline())
            .await?;
        let mut found = Vec::new();
        let mut from = first;
        while from <= last {
            let range = Range {
                pk: Keys::of(realm).usages(),
                from: From::Between(&from.to_string(), &last.to_string(), Order::Ascending),
                limit: None,
                consistency: Consistency::Strong,
                only: None,
            };
            let (items, more) = self.db.query(&range).await?;
            for item in &items {
                found.extend(UsageDay::read(item));
            }
            let next = found.last().map(|day: &UsageDay| day.date.tomorrow());
            match next {
                Some(Ok(day)) if more => from = day,
                _ => break,
            }
        }
        Ok(found)
    }
}
