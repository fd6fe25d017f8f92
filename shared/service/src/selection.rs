//! Which resources a search by index finds, and in which order.
//!
//! Without a filter and a sort order a page is sought by its position; an
//! equality on an id, a claim or an index leads to its candidates; everything
//! else walks within a budget.

use crate::call::Call;
use crate::membership::{self, Derive};
use crate::part::Part;
use scim::Result;
use scim::filter::ResolvedFilter;
use scim::message::SortOrder;
use scim::sort::SortKey;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::HashMap;
use store::{Kind, Realm, Record, ResourceId, Spending};

/// What a comparison costs that takes long: a millisecond or so.
const LONG: u64 = 1 << 20;

/// Which of the matches are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Zero-based.
    pub(crate) position: u64,
    pub(crate) count: usize,
}

/// How many match, and those of the window, ordered by an attribute when an order is given.
pub(crate) async fn page(
    call: &Call,
    realm: &Realm<'_>,
    parts: &[Part],
    order: Option<SortOrder>,
    window: Window,
    spending: &Spending,
) -> Result<(u64, Vec<Record>)> {
    let Some(order) = order else {
        return in_order_of_ids(call, realm, parts, window, spending).await;
    };
    let places = ranking(call, realm, parts, order, spending).await?;
    let position = usize::try_from(window.position).unwrap_or(usize::MAX);
    let rest = places.get(position..).unwrap_or_default();
    let page = rest.get(..window.count).unwrap_or(rest);
    Ok((places.len() as u64, at(realm, page).await?))
}

async fn in_order_of_ids(
    call: &Call,
    realm: &Realm<'_>,
    parts: &[Part],
    window: Window,
    spending: &Spending,
) -> Result<(u64, Vec<Record>)> {
    let mut total = 0;
    let mut records = Vec::new();
    for part in parts {
        let rest = Window {
            position: window.position.saturating_sub(total),
            count: window.count - records.len(),
        };
        let (matches, page) = match part.filter {
            None => {
                let (position, count) = (rest.position, rest.count);
                realm.page(part.kind, position, count, spending).await?
            }
            Some(_) => filtered(call, realm, part, rest, spending).await?,
        };
        total += matches;
        records.extend(page);
    }
    Ok((total, records))
}

async fn filtered(
    call: &Call,
    realm: &Realm<'_>,
    part: &Part,
    window: Window,
    spending: &Spending,
) -> Result<(u64, Vec<Record>)> {
    let mut total = 0;
    let mut page = Vec::new();
    each_match(call, realm, part, spending, |record, _| {
        if total >= window.position && page.len() < window.count {
            page.push(record);
        }
        total += 1;
    })
    .await?;
    Ok((total, page))
}

/// Gives every match, with the view it matches in, to `take`, in the order of ids.
async fn each_match(
    call: &Call,
    realm: &Realm<'_>,
    part: &Part,
    spending: &Spending,
    mut take: impl FnMut(Record, Map<String, Value>),
) -> Result<()> {
    let mut candidates = match &part.filter {
        Some(filter) => realm.find(part.kind, filter, spending).await?,
        None => None,
    };
    let mut walk = candidates.is_none().then(|| realm.walk(part.kind));
    loop {
        let mut records = match (&mut walk, candidates.take()) {
            (Some(walk), _) => match walk.next(spending).await? {
                Some(records) => records,
                None => return Ok(()),
            },
            (None, Some(candidates)) => candidates,
            (None, None) => return Ok(()),
        };
        records.sort_by_key(|record| record.id);
        for (record, view) in matching(call, realm, part, records, spending).await? {
            take(record, view);
        }
    }
}

/// What a part's filter and order read beside the documents.
pub(crate) fn derive(part: &Part) -> Derive {
    Derive::for_selection(part.kind, part.filter.as_ref(), part.sort_by.as_ref())
}

/// The records that match, each with the view it matches in.
pub(crate) async fn matching(
    call: &Call,
    realm: &Realm<'_>,
    part: &Part,
    records: Vec<Record>,
    spending: &Spending,
) -> Result<Vec<(Record, Map<String, Value>)>> {
    let of = call.tenant.resource_type(part.kind);
    let found = membership::read(realm, records, |_| derive(part), spending).await?;
    let mut matches = Vec::new();
    for one in found {
        let view = one.resource(call).view(of);
        if holds(part.filter.as_ref(), &view, spending).await? {
            matches.push((one.record, view));
        }
    }
    Ok(matches)
}

/// Whether the view passes the filter, if there is one. What takes long to compare lets
/// others go first.
pub(crate) async fn holds(
    filter: Option<&ResolvedFilter>,
    view: &Map<String, Value>,
    spending: &Spending,
) -> Result<bool> {
    let Some(filter) = filter else {
        return Ok(true);
    };
    let cost = filter.cost(view);
    spending.compare(cost)?;
    if cost >= LONG {
        tokio::task::yield_now().await;
    }
    Ok(filter.matches(view))
}

/// A match's place in a sorted list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) key: SortKey,
    pub(crate) kind: Kind,
    pub(crate) id: ResourceId,
}

impl Place {
    /// Equal keys keep the order of ids either way, so that pages do not shift.
    pub(crate) fn cmp(&self, other: &Self, order: SortOrder) -> Ordering {
        let keys = match order {
            SortOrder::Ascending => self.key.cmp(&other.key),
            SortOrder::Descending => other.key.cmp(&self.key),
        };
        keys.then_with(|| (self.kind, self.id).cmp(&(other.kind, other.id)))
    }
}

/// The places of all matches, in order: sorting has to see every match; what it
/// keeps of each is its key and its id.
pub(crate) async fn ranking(
    call: &Call,
    realm: &Realm<'_>,
    parts: &[Part],
    order: SortOrder,
    spending: &Spending,
) -> Result<Vec<Place>> {
    let mut found = Vec::new();
    for part in parts {
        each_match(call, realm, part, spending, |record, view| {
            let key = part
                .sort_by
                .as_ref()
                .map_or_else(SortKey::missing, |by| SortKey::of(by, &view));
            found.push(Place {
                key,
                kind: part.kind,
                id: record.id,
            });
        })
        .await?;
    }
    found.sort_by(|a, b| a.cmp(b, order));
    Ok(found)
}

/// The records at these places; those that are gone meanwhile are left out.
pub(crate) async fn at(realm: &Realm<'_>, places: &[Place]) -> Result<Vec<Record>> {
    let mut records = HashMap::new();
    for kind in Kind::ALL {
        let of_kind = places.iter().filter(|place| place.kind == kind);
        let ids: Vec<ResourceId> = of_kind.map(|place| place.id).collect();
        for record in realm.page_of(kind, &ids).await? {
            records.insert(record.id, record);
        }
    }
    let in_order = places.iter().filter_map(|place| records.remove(&place.id));
    Ok(in_order.collect())
}
