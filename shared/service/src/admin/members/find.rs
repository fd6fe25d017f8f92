//! Which members a page shows.
//!
//! An equality leads to its members at once; everything else walks, users before
//! groups, in the order of ids. A walk has a budget: when it is used up, the page
//! ends there and says where the next goes on.

use crate::admin::AdminCall;
use crate::admin::input::{Page, invalid};
use crate::call::Call;
use crate::membership::{self, Derive};
use crate::resources::realm;
use crate::selection::holds;
use scim::filter::{Filter, ResolvedFilter};
use scim::{ErrorKind, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use store::{Budget, Kind, Realm, Record, ResourceId, Spending, Standing, Tenant};

/// How many groups the members of one page are in at most, unless it is one
/// member's: each is read for its name.
const GROUPS: usize = 1_000;

/// Which members are wanted.
pub(super) struct Wanted {
    kinds: &'static [Kind],
    filter: Option<ResolvedFilter>,
    /// Folded.
    text: Option<String>,
    standing: Option<Standing>,
}

/// Where a page begins: at the members of a kind after an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    kind: Kind,
    after: Option<ResourceId>,
}

/// A page, and where the next begins.
pub(super) type Found = (Vec<Record>, Option<Position>);

/// A page being filled.
struct Filling {
    records: Vec<Record>,
    limit: usize,
    groups: BTreeSet<ResourceId>,
}

impl Wanted {
    /// What the query asks for.
    pub(super) fn of(call: &AdminCall<'_>, tenant: &Tenant) -> Result<Self> {
        let query = &call.arrival.query;
        let text = |name| {
            query
                .get(name)
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let filter = text("filter").map(str::parse::<Filter>).transpose()?;
        let kinds: &[Kind] = match text("type").map(Kind::named) {
            Some(Some(Kind::Group)) => &[Kind::Group],
            Some(Some(Kind::User)) => &[Kind::User],
            Some(None) => return Err(invalid("`type` is `user` or `group`")),
            // A filter's names are those of one kind.
            None if filter.is_some() => &[Kind::User],
            None => &Kind::ALL,
        };
        let standing = text("state").map(Standing::from_str).transpose();
        let resolved = match (filter, kinds) {
            (Some(filter), [kind]) => Some(filter.resolve(tenant.resource_type(*kind))?),
            _ => None,
        };
        Ok(Self {
            kinds,
            filter: resolved,
            text: text("q").map(scim::fold),
            standing: standing.map_err(|_| {
                invalid(
                    "`state` is `provisioned`, `invited`, `accepted`, `confirmed` or `deactivated`",
                )
            })?,
        })
    }

    /// The page of them.
    ///
    /// # Errors
    /// When the table fails; `TooMany` for a filter on the members of a group that
    /// has more than one request may read.
    pub(super) async fn page(&self, call: &Call, page: &Page) -> Result<Found> {
        let first = Position {
            kind: self.kinds.first().copied().unwrap_or(Kind::User),
            after: None,
        };
        let start = page.after::<Position>()?.unwrap_or(first);
        let realm = realm(call);
        let spending = realm.spend(Budget::default());
        let mut filling = Filling {
            records: Vec::new(),
            limit: page.limit,
            groups: BTreeSet::new(),
        };
        for kind in self.kinds.iter().skip_while(|kind| **kind != start.kind) {
            let after = start.after.filter(|_| *kind == start.kind);
            let mut at = Position { kind: *kind, after };
            let end = self
                .walk(call, &realm, start, &mut at, &mut filling, &spending)
                .await?;
            if end == End::OfPage {
                return Ok((filling.records, Some(at)));
            }
        }
        Ok((filling.records, None))
    }

    /// Goes through the members of one kind from `at`, which moves on with it.
    async fn walk(
        &self,
        call: &Call,
        realm: &Realm<'_>,
        start: Position,
        at: &mut Position,
        filling: &mut Filling,
        spending: &Spending,
    ) -> Result<End> {
        let mut candidates = self.candidates(realm, *at, spending).await?;
        loop {
            // What is read first, is: a page must not end where it has begun.
            if filling.is_full() || (*at != start && spending.is_used_up()) {
                return Ok(End::OfPage);
            }
            let (records, more) = match candidates.take() {
                Some(candidates) => (candidates, More::No),
                None => {
                    let room = self.is_everything().then(|| filling.room());
                    let (records, more) = realm.records_after(at.kind, at.after, room).await?;
                    (records, if more { More::Yes } else { More::No })
                }
            };
            let last = records.last().map(|record| record.id);
            for some in records.chunks(self.at_once(at.kind)) {
                let judged = self.matches(call, realm, at.kind, some.to_vec(), spending);
                let matches = match judged.await {
                    Ok(matches) => matches,
                    Err(error) if error.kind() == ErrorKind::TooMany && *at != start => {
                        return Ok(End::OfPage);
                    }
                    Err(error) => return Err(error),
                };
                for record in matches {
                    if !filling.takes(&record) {
                        return Ok(End::OfPage);
                    }
                    at.after = Some(record.id);
                    filling.put(record);
                }
                at.after = some.last().map(|record| record.id).or(at.after);
            }
            at.after = last.or(at.after);
            if more == More::No {
                return Ok(End::OfKind);
            }
        }
    }

    /// Those that an equality of the filter leads to, when there is one that
    /// leads to few.
    async fn candidates(
        &self,
        realm: &Realm<'_>,
        at: Position,
        spending: &Spending,
    ) -> Result<Option<Vec<Record>>> {
        let Some(filter) = &self.filter else {
            return Ok(None);
        };
        let found = realm.find(at.kind, filter, spending).await?;
        Ok(found.map(|mut records| {
            records.retain(|record| at.after.is_none_or(|after| record.id > after));
            records.sort_by_key(|record| record.id);
            records
        }))
    }

    fn is_everything(&self) -> bool {
        self.filter.is_none() && self.text.is_none() && self.standing.is_none()
    }

    /// How many are judged at a time: groups whose members have to be read one
    /// by one, so that a budget that ends among them loses none.
    fn at_once(&self, kind: Kind) -> usize {
        match Derive::for_selection(kind, self.filter.as_ref(), None) {
            Derive::Plain | Derive::Named if kind == Kind::Group => 1,
            _ => usize::MAX,
        }
    }

    async fn matches(
        &self,
        call: &Call,
        realm: &Realm<'_>,
        kind: Kind,
        mut records: Vec<Record>,
        spending: &Spending,
    ) -> Result<Vec<Record>> {
        let seems = |record: &Record| {
            self.standing
                .is_none_or(|standing| record.standing() == standing)
                && self.text.as_ref().is_none_or(|text| says(record, text))
        };
        let Some(filter) = &self.filter else {
            records.retain(seems);
            return Ok(records);
        };
        let of = call.tenant.resource_type(kind);
        let derive = Derive::for_selection(kind, Some(filter), None);
        let found = membership::read(realm, records, |_| derive, spending).await?;
        let mut matches = Vec::new();
        for one in found.into_iter().filter(|one| seems(&one.record)) {
            if holds(Some(filter), &one.resource(call).view(of), spending).await? {
                matches.push(one.record);
            }
        }
        Ok(matches)
    }
}

/// Why a walk has come to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    OfKind,
    OfPage,
}

/// Whether more follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Yes,
    No,
}

impl Filling {
    fn room(&self) -> usize {
        self.limit - self.records.len()
    }

    fn is_full(&self) -> bool {
        self.room() == 0
    }

    fn takes(&self, record: &Record) -> bool {
        let groups = self.groups.len() + record.member_of.len();
        !self.is_full() && (groups <= GROUPS || self.records.is_empty())
    }

    fn put(&mut self, record: Record) {
        self.groups.extend(&record.member_of);
        self.records.push(record);
    }
}

/// Whether the folded text is in one of the names that a member is looked for by.
fn says(record: &Record, text: &str) -> bool {
    let attributes = record.attributes.as_map();
    let emails = attributes.get("emails").and_then(Value::as_array);
    let emails = emails.into_iter().flatten();
    let names: &[&str] = match record.kind {
        Kind::User => &["userName", "displayName"],
        Kind::Group => &["displayName"],
    };
    let named = names.iter().filter_map(|name| record.attributes.str(name));
    let written = emails.filter_map(|email| email.get("value")?.as_str());
    named
        .chain(written)
        .any(|name| scim::fold(name).contains(text))
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.resource_type().name)?;
        match self.after {
            Some(after) => write!(f, ".{after}"),
            None => Ok(()),
        }
    }
}

/// The text is no position.
pub(super) struct NotAPosition;

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let (kind, after) = match text.split_once('.') {
            Some((kind, after)) => (kind, Some(after.parse().map_err(|_| NotAPosition)?)),
            None => (text, None),
        };
        let kind = Kind::named(kind).ok_or(NotAPosition)?;
        Ok(Self { kind, after })
    }
}
