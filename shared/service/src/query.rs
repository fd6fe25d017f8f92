//! Lists and searches (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865): from the
//! request to the page and its answer.
//!
//! Pages by index are [`selection`]'s, which is the default, those by cursor
//! [`walk`]'s. Resources are ordered by id, users before groups.

use crate::accepted::Accepted;
use crate::call::Call;
use crate::content::Content;
use crate::cursor::Cursors;
use crate::membership::{self, Derive};
use crate::part::{Part, parts};
use crate::resources::realm;
use crate::respond::Reply;
use crate::selection::{self, Window};
use crate::walk::{self, Position};
use axum::http::StatusCode;
use scim::filter::Filter;
use scim::message::{ListResponse, Paging, SearchRequest, SortOrder};
use scim::project::Shown;
use scim::{Error, ErrorKind, Result};
use store::{Budget, Kind, Realm, Record};

/// GET of an endpoint, or of the server's root (RFC 7644 section 3.4.2.1).
pub(crate) async fn list(call: &Call, kinds: &[Kind]) -> Result<Reply> {
    let query = &call.query;
    let text = |name| query.get(name).map(str::to_owned);
    if query.all("filter").len() > 1 {
        return Err(Error::new(
            ErrorKind::InvalidFilter,
            "`filter` is given more than once; join the filters with `and` or `or`",
        ));
    }
    let cursor = text("cursor");
    let malformed_count = match &cursor {
        Some(_) => ErrorKind::InvalidCount,
        None => ErrorKind::InvalidValue,
    };
    let request = SearchRequest {
        attributes: query.all("attributes"),
        excluded_attributes: query.all("excludedAttributes"),
        filter: text("filter"),
        sort_by: text("sortBy").filter(|text| !text.trim().is_empty()),
        sort_order: text("sortOrder")
            .filter(|text| !text.is_empty())
            .map(|text| text.parse())
            .transpose()?,
        start_index: integer(call, "startIndex", ErrorKind::InvalidValue)?,
        count: integer(call, "count", malformed_count)?,
        cursor,
    };
    let filter = parse_filter(&request, str::parse)?;
    answer(call, kinds, request, filter).await
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
fn integer(call: &Call, name: &str, malformed: ErrorKind) -> Result<Option<i64>> {
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
            malformed,
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

async fn answer(
    call: &Call,
    kinds: &[Kind],
    request: SearchRequest,
    filter: Option<Filter>,
) -> Result<Reply> {
    let limits = &call.service.config.limits;
    let count = match request.count {
        None => limits.page_default,
        // A negative count is read as 0 (RFC 7644 section 3.4.2.4, RFC 9865 section 2).
        Some(n) => usize::try_from(n.max(0))
            .unwrap_or(usize::MAX)
            .min(limits.page_max),
    };
    let parts = parts(call, kinds, &request, filter.as_ref())?;
    let realm = realm(call);
    let spending = realm.spend(Budget::default());
    let (paging, records) = match (&request.cursor, request.start_index) {
        (Some(_), Some(_)) => {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                "`cursor` and `startIndex` ask for two ways of paging; send one of them",
            ));
        }
        (Some(cursor), None) => {
            let cursors = Cursors::of(call, kinds, &request, count);
            let from = cursors.open(cursor).await?;
            by_cursor(call, &realm, &parts, order(&request), &cursors, from).await?
        }
        (None, start_index) => {
            // A value below 1 is read as 1 (RFC 7644 section 3.4.2.4).
            let start_index = start_index.and_then(|n| u64::try_from(n).ok());
            let start_index = start_index.unwrap_or(1).max(1);
            let window = Window {
                position: start_index - 1,
                count,
            };
            let (total_results, records) =
                selection::page(call, &realm, &parts, order(&request), window, &spending).await?;
            let paging = Paging::Index {
                total_results,
                start_index,
            };
            (paging, records)
        }
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
        paging,
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

/// The order of a list that is to be sorted.
fn order(request: &SearchRequest) -> Option<SortOrder> {
    let order = request.sort_order.unwrap_or_default();
    request.sort_by.as_ref().map(|_| order)
}

/// The page that a cursor asks for.
async fn by_cursor(
    call: &Call,
    realm: &Realm<'_>,
    parts: &[Part],
    order: Option<SortOrder>,
    cursors: &Cursors<'_>,
    from: Option<Position>,
) -> Result<(Paging, Vec<Record>)> {
    let page = match (cursors.count, order) {
        // "No resource results are to be returned except for totalResults" (RFC 9865 section 2).
        (0, _) => {
            let window = Window {
                position: 0,
                count: 0,
            };
            let spending = realm.spend(Budget::default());
            let (total, _) = selection::page(call, realm, parts, None, window, &spending).await?;
            walk::Page {
                total: Some(total),
                ..walk::Page::default()
            }
        }
        // What is found has still to be shown: a page that could come back short leaves a half for that.
        (count, None) => {
            let spending = realm.spend(Budget::default().half());
            walk::in_order_of_ids(call, realm, parts, (from, count), &spending).await?
        }
        (count, Some(order)) => {
            let spending = realm.spend(Budget::default());
            walk::sorted(call, realm, parts, order, (from, count), &spending).await?
        }
    };
    let next = page.next.map(|position| cursors.seal(&position));
    let next_cursor = next.transpose()?;
    let paging = Paging::Cursor {
        total_results: page.total,
        next_cursor,
    };
    Ok((paging, page.records))
}
