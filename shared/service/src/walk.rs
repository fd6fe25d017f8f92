//! Pages by cursor (RFC 9865): where the last one ended, the next begins.
//!
//! Ids are random and lists are ordered by them, so "after this id" is a place
//! that neither creations nor deletions move: a resource that lives throughout a
//! walk is met once. A page that would read more than it may comes back short,
//! also empty, with a cursor. With `sortBy` the place is a sort key and an id:
//! the same law holds for whatever keeps its key; but sorting has to see every
//! match, so there the budget is as hard as by index.
//!
//! There is no way back: every cursor of a walk stays good for its life, so a
//! client that wants an earlier page asks with the cursor that led to it
//! (`previousCursor` is OPTIONAL).

use crate::call::Call;
use crate::membership::Derive;
use crate::part::Part;
use crate::selection::{Place, at, derive, matching, ranking};
use scim::message::SortOrder;
use scim::{ErrorKind, Result};
use store::{Kind, Realm, Record, ResourceId, Spending};

/// Where a page begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Position {
    /// In the order of ids: with this kind, behind this one of it.
    After(Kind, Option<ResourceId>),
    /// In a sorted list: behind this place, whether or not anything still stands there.
    Behind(Place),
}

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// How many match on all pages, when that costs nothing or little.
    pub(crate) total: Option<u64>,
    pub(crate) records: Vec<Record>,
    /// `None` on the last page.
    pub(crate) next: Option<Position>,
}

/// The page of a sorted list that begins at `from`, the first without it, with at most `count` resources.
pub(crate) async fn sorted(
    call: &Call,
    realm: &Realm<'_>,
    parts: &[Part],
    order: SortOrder,
    (from, count): (Option<Position>, usize),
    spending: &Spending,
) -> Result<Page> {
    let places = ranking(call, realm, parts, order, spending).await?;
    let passed = match from {
        Some(Position::Behind(last)) => {
            places.partition_point(|place| place.cmp(&last, order).is_le())
        }
        // No sorted list gives another one.
        Some(Position::After(..)) | None => 0,
    };
    let rest = places.get(passed..).unwrap_or_default();
    let (page, more) = rest.split_at_checked(count).unwrap_or((rest, &[]));
    let last = page.last().filter(|_| !more.is_empty());
    Ok(Page {
        total: Some(places.len() as u64),
        records: at(realm, page).await?,
        next: last.cloned().map(Position::Behind),
    })
}

/// The same of a list in the order of ids. Where it may not read on, the page is short.
pub(crate) async fn in_order_of_ids(
    call: &Call,
    realm: &Realm<'_>,
    parts: &[Part],
    (from, count): (Option<Position>, usize),
    spending: &Spending,
) -> Result<Page> {
    let (first, after) = match from {
        Some(Position::After(kind, after)) => (Some(kind), after),
        // No list in the order of ids gives another one.
        Some(Position::Behind(_)) | None => (None, None),
    };
    let mut page = Page {
        total: Some(0),
        ..Page::default()
    };
    for part in parts {
        let passed = first.is_some_and(|first| part.kind < first);
        let stretch = if passed || page.next.is_some() {
            Stretch::unread(realm, part).await?
        } else {
            let after = after.filter(|_| Some(part.kind) == first);
            let wanted = count - page.records.len();
            stretch(call, realm, part, (after, wanted), spending).await?
        };
        let both = page.total.zip(stretch.total);
        page.total = both.map(|(total, more)| total + more);
        page.records.extend(stretch.records);
        page.next = page.next.or(match stretch.end {
            End::Reached => None,
            End::After(id) => Some(Position::After(part.kind, id)),
        });
    }
    Ok(page)
}

/// What a page takes of one kind.
struct Stretch {
    total: Option<u64>,
    records: Vec<Record>,
    end: End,
}

enum End {
    /// There are no more.
    Reached,
    /// Whatever else there is comes behind this one.
    After(Option<ResourceId>),
}

impl Stretch {
    /// Nothing of a kind that is another page's.
    async fn unread(realm: &Realm<'_>, part: &Part) -> Result<Self> {
        let total = match part.filter {
            None => Some(realm.count(part.kind).await?),
            Some(_) => None,
        };
        Ok(Self {
            total,
            records: Vec::new(),
            end: End::Reached,
        })
    }
}

async fn stretch(
    call: &Call,
    realm: &Realm<'_>,
    part: &Part,
    place: (Option<ResourceId>, usize),
    spending: &Spending,
) -> Result<Stretch> {
    let Some(filter) = &part.filter else {
        return all(realm, part.kind, place, spending).await;
    };
    match realm.find(part.kind, filter, spending).await? {
        Some(candidates) => among(call, realm, part, candidates, place, spending).await,
        None => walked(call, realm, part, place, spending).await,
    }
}

/// Resources of a kind, whatever they are.
async fn all(
    realm: &Realm<'_>,
    kind: Kind,
    (after, wanted): (Option<ResourceId>, usize),
    spending: &Spending,
) -> Result<Stretch> {
    let total = Some(realm.count(kind).await?);
    let mut records: Vec<Record> = Vec::new();
    loop {
        let seen = records.last().map(|record| record.id).or(after);
        // One more than is wanted tells whether there are more.
        let limit = wanted + 1 - records.len();
        let (read, more) = realm.records_after(kind, seen, Some(limit)).await?;
        records.extend(read);
        let end = if records.len() > wanted {
            records.truncate(wanted);
            End::After(records.last().map(|record| record.id).or(after))
        } else if !more {
            End::Reached
        } else if spending.is_used_up() {
            End::After(records.last().map(|record| record.id).or(after))
        } else {
            continue;
        };
        return Ok(Stretch {
            total,
            records,
            end,
        });
    }
}

/// Matches among candidates that an equality has led to.
async fn among(
    call: &Call,
    realm: &Realm<'_>,
    part: &Part,
    candidates: Vec<Record>,
    (after, wanted): (Option<ResourceId>, usize),
    spending: &Spending,
) -> Result<Stretch> {
    let matches = matching(call, realm, part, candidates, spending).await?;
    let total = Some(matches.len() as u64);
    let mut records: Vec<Record> = matches.into_iter().map(|(record, _)| record).collect();
    records.retain(|record| after.is_none_or(|after| record.id > after));
    records.sort_by_key(|record| record.id);
    let end = if records.len() > wanted {
        records.truncate(wanted);
        End::After(records.last().map(|record| record.id).or(after))
    } else {
        End::Reached
    };
    Ok(Stretch {
        total,
        records,
        end,
    })
}

/// Matches that only a walk can find: as many as are wanted, or as the budget lets it see.
async fn walked(
    call: &Call,
    realm: &Realm<'_>,
    part: &Part,
    (after, wanted): (Option<ResourceId>, usize),
    spending: &Spending,
) -> Result<Stretch> {
    let mut records: Vec<Record> = Vec::new();
    let mut seen = after;
    let stop = |records: Vec<Record>, seen| Stretch {
        total: None,
        records,
        end: End::After(seen),
    };
    if wanted == 0 {
        return Ok(stop(records, seen));
    }
    // Where nearly all match, few need be read; where few do, a whole read of the table is cheapest.
    let mut limit = wanted + 1;
    loop {
        let (mut read, more) = realm.records_after(part.kind, seen, Some(limit)).await?;
        limit = limit.saturating_mul(4);
        while !read.is_empty() {
            let rest = read.split_off(at_a_time(part).min(read.len()));
            let some = std::mem::replace(&mut read, rest);
            let last = some.last().map(|record| record.id);
            let matches = match matching(call, realm, part, some, spending).await {
                // Reading their members has used up the budget; the next page begins with them.
                Err(error) if error.kind() == ErrorKind::TooMany && seen != after => {
                    return Ok(stop(records, seen));
                }
                matches => matches?,
            };
            for (record, _) in matches {
                if records.len() == wanted {
                    let seen = records.last().map(|record| record.id);
                    return Ok(stop(records, seen));
                }
                records.push(record);
            }
            seen = last;
        }
        if !more {
            return Ok(Stretch {
                total: after.is_none().then_some(records.len() as u64),
                records,
                end: End::Reached,
            });
        }
        if records.len() == wanted || spending.is_used_up() {
            return Ok(stop(records, seen));
        }
    }
}

/// How many are looked at before the budget is. A filter on members reads those
/// of each group: one at a time, so that a page always gets one group further.
fn at_a_time(part: &Part) -> usize {
    match (part.kind, derive(part)) {
        (Kind::Group, Derive::Plain | Derive::Named) => 1,
        _ => usize::MAX,
    }
}
