//! Lists and searches (RFC 7644 sections 3.4.2 and 3.4.3).
//!
//! Without a filter and a sort order a page is sought by its position; an
//! equality on an id, a claim or an index leads to its candidates; everything
//! else walks within a budget. Resources are ordered by id, users before groups.

use crate::accepted::Accepted;
use crate::call::Call;
use crate::content::Content;
use crate::membership::{self, Derive};
use crate::resources::realm;
use crate::respond::Reply;
use axum::http::StatusCode;
use scim::filter::{Filter, ResolvedFilter};
use scim::message::{ListResponse, SearchRequest, SortOrder};
use scim::path::AttrPath;
use scim::project::{Projection, Shown};
use scim::sort::SortKey;
use scim::{AttrRef, Error, ErrorKind, Result, Target};
use serde_json::{Map, Value};
use store::{Budget, Kind, Realm, Record, ResourceId, Spending};

/// GET of an endpoint.
pub(crate) async fn list(call: &Call, kind: Kind) -> Result<Reply> {
    let query = &call.query;
    let text = |name| query.get(name).map(str::to_owned);
    if query.all("filter").len() > 1 {
        return Err(Error::new(
            ErrorKind::InvalidFilter,
            "`filter` is given more than once; join the filters with `and` or `or`",
        ));
    }
    let request = SearchRequest {
        attributes: query.all("attributes"),
        excluded_attributes: query.all("excludedAttributes"),
        filter: text("filter"),
        sort_by: text("sortBy").filter(|text| !text.trim().is_empty()),
        sort_order: text("sortOrder")
            .filter(|text| !text.is_empty())
            .map(|text| text.parse())
            .transpose()?,
        start_index: integer(call, "startIndex")?,
        count: integer(call, "count")?,
        cursor: None,
    };
    let filter = parse_filter(&request, str::parse)?;
    answer(call, &[kind], request, filter).await
}

/// POST to `/.search`, of one endpoint or of all.
pub(crate) async fn search(call: &Call, kinds: &[Kind]) -> Result<Reply> {
    let body = call
        .body
        .clone()
        .ok_or_else(|| Error::new(ErrorKind::InvalidSyntax, "the search needs a JSON body"))?;
    let request = SearchRequest::read(body, call.tenant.tolerances())?;
    let filter = parse_filter(&request, Filter::parse_long)?;
    answer(call, kinds, request, filter).await
}

fn parse_filter(
    request: &SearchRequest,
    parse: impl Fn(&str) -> Result<Filter>,
) -> Result<Option<Filter>> {
    request
        .filter
        .as_deref()
        .filter(|text| !text.trim().is_empty())
        .map(parse)
        .transpose()
}

/// A whole number; one that is too large for any list is as good as the largest.
fn integer(call: &Call, name: &str) -> Result<Option<i64>> {
    let Some(text) = call
        .query
        .get(name)
        .map(str::trim)
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let text: String = text.chars().take(64).collect();
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!("`{name}` must be a whole number, not `{text}`"),
        ));
    }
    let far = if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    Ok(Some(text.parse().unwrap_or(far)))
}

/// One kind's part in a search.
struct Part {
    kind: Kind,
    filter: Option<ResolvedFilter>,
    sort_by: Option<AttrRef>,
    projection: Projection,
}

/// Which of the matches are asked for.
#[derive(Clone, Copy)]
struct Window {
    /// Zero-based.
    position: u64,
    count: usize,
}

async fn answer(
    call: &Call,
    kinds: &[Kind],
    request: SearchRequest,
    filter: Option<Filter>,
) -> Result<Reply> {
    let limits = &call.service.config.limits;
    // A value below 1 is read as 1, a negative count as 0 (RFC 7644 section 3.4.2.4).
    let start_index = request
        .start_index
        .and_then(|n| u64::try_from(n).ok())
        .unwrap_or(1)
        .max(1);
    let count = match request.count {
        None => limits.page_default,
        Some(n) => usize::try_from(n.max(0))
            .unwrap_or(usize::MAX)
            .min(limits.page_max),
    };
    let window = Window {
        position: start_index - 1,
        count,
    };
    let parts = parts(call, kinds, &request, filter.as_ref())?;
    let realm = realm(call);
    let spending = realm.spend(Budget::default());
    let (total, records) = match request.sort_by {
        Some(_) => {
            let order = request.sort_order.unwrap_or_default();
            sorted(call, &realm, &parts, order, window, &spending).await?
        }
        None => in_order_of_ids(call, &realm, &parts, window, &spending).await?,
    };
    let part_of = |kind| parts.iter().find(|part| part.kind == kind);
    let derive = |kind| {
        part_of(kind).map_or(Derive::Nothing, |part| {
            Derive::for_answer(kind, &part.projection)
        })
    };
    let showing = realm.spend(membership::budget(call));
    let found = membership::read(&realm, records, derive, &showing).await?;
    let resources: Vec<Shown<'_>> = found
        .iter()
        .filter_map(|one| {
            let kind = one.record.kind;
            let of = call.tenant.resource_type(kind);
            Some(part_of(kind)?.projection.show(of, one.resource(call)))
        })
        .collect();
    let response = ListResponse {
        total_results: total,
        start_index,
        items_per_page: resources.len() as u64,
        resources,
    };
    Ok(Reply {
        status: StatusCode::OK,
        body: Some(Content::of(&response, Accepted::of(&call.headers))?),
        etag: None,
        location: None,
    })
}

/// Resolves the request for each kind. A kind whose schemas do not have what the
/// filter names has no match; one without the attribute to sort by has no value
/// for it. When no kind has it, the request is wrong.
fn parts(
    call: &Call,
    kinds: &[Kind],
    request: &SearchRequest,
    filter: Option<&Filter>,
) -> Result<Vec<Part>> {
    let sort_by = sort_orders(call, kinds, request.sort_by.as_deref())?;
    let mut parts = Vec::with_capacity(kinds.len());
    let mut refused = None;
    for (kind, sort_by) in kinds.iter().zip(sort_by) {
        let of = call.tenant.resource_type(*kind);
        let filter = match filter.map(|filter| filter.resolve(of)).transpose() {
            Ok(filter) => filter,
            Err(error) => {
                refused.get_or_insert(error);
                continue;
            }
        };
        let projection = Projection::parse(of, &request.attributes, &request.excluded_attributes)?;
        parts.push(Part {
            kind: *kind,
            filter,
            sort_by,
            projection,
        });
    }
    match refused {
        Some(error) if parts.is_empty() => Err(error),
        _ => Ok(parts),
    }
}

fn sort_orders(call: &Call, kinds: &[Kind], text: Option<&str>) -> Result<Vec<Option<AttrRef>>> {
    let Some(text) = text else {
        return Ok(kinds.iter().map(|_| None).collect());
    };
    let found: Vec<Result<AttrRef>> = kinds
        .iter()
        .map(|kind| sort_by(call, *kind, text))
        .collect();
    if found.iter().any(Result::is_ok) {
        return Ok(found.into_iter().map(Result::ok).collect());
    }
    found.into_iter().map(|found| found.map(Some)).collect()
}

fn sort_by(call: &Call, kind: Kind, text: &str) -> Result<AttrRef> {
    let path: AttrPath = text.parse()?;
    match call
        .tenant
        .resource_type(kind)
        .resolve(&path, ErrorKind::InvalidPath)?
    {
        Target::Attribute(attribute) if attribute.is_readable() => Ok(attribute),
        Target::Attribute(_) => Err(Error::new(
            ErrorKind::InvalidPath,
            format!("`{path}` is never returned and cannot be sorted by"),
        )),
        Target::Extension(_) | Target::Undeclared { .. } => Err(Error::new(
            ErrorKind::InvalidPath,
            format!("`sortBy` must name an attribute, not `{path}`"),
        )),
    }
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
            None => realm.page(part.kind, rest.position, rest.count).await?,
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
    let of = call.tenant.resource_type(part.kind);
    let derive = Derive::for_selection(part.kind, part.filter.as_ref(), part.sort_by.as_ref());
    let mut candidates = match &part.filter {
        Some(filter) => realm.find(part.kind, filter).await?,
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
        for one in membership::read(realm, records, |_| derive, spending).await? {
            let view = one.resource(call).view(of);
            if part
                .filter
                .as_ref()
                .is_none_or(|filter| filter.matches(&view))
            {
                take(one.record, view);
            }
        }
    }
}

/// Sorting has to see every match; what it keeps of each is its key and its id.
async fn sorted(
    call: &Call,
    realm: &Realm<'_>,
    parts: &[Part],
    order: SortOrder,
    window: Window,
    spending: &Spending,
) -> Result<(u64, Vec<Record>)> {
    let mut found: Vec<(SortKey, Kind, ResourceId)> = Vec::new();
    for part in parts {
        each_match(call, realm, part, spending, |record, view| {
            let key = part
                .sort_by
                .as_ref()
                .map_or_else(SortKey::missing, |by| SortKey::of(by, &view));
            found.push((key, part.kind, record.id));
        })
        .await?;
    }
    // Equal keys keep the order of ids either way, so that pages do not shift.
    found.sort_by(|(a, a_kind, a_id), (b, b_kind, b_id)| {
        let keys = match order {
            SortOrder::Ascending => a.cmp(b),
            SortOrder::Descending => b.cmp(a),
        };
        keys.then_with(|| (a_kind, a_id).cmp(&(b_kind, b_id)))
    });
    let total = found.len() as u64;
    let position = usize::try_from(window.position).unwrap_or(usize::MAX);
    let page: Vec<(Kind, ResourceId)> = found
        .into_iter()
        .skip(position)
        .take(window.count)
        .map(|(_, kind, id)| (kind, id))
        .collect();
    let mut records = std::collections::HashMap::new();
    for part in parts {
        let ids: Vec<ResourceId> = page
            .iter()
            .filter(|(kind, _)| *kind == part.kind)
            .map(|(_, id)| *id)
            .collect();
        for record in realm.page_of(part.kind, &ids).await? {
            records.insert(record.id, record);
        }
    }
    Ok((
        total,
        page.iter()
            .filter_map(|(_, id)| records.remove(id))
            .collect(),
    ))
}
