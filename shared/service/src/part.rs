//! A search as each kind of resource understands it: its filter, its order, what is shown.

use crate::call::Call;
use scim::filter::{Filter, ResolvedFilter};
use scim::message::SearchRequest;
use scim::path::AttrPath;
use scim::project::Projection;
use scim::{AttrRef, Error, ErrorKind, Result, Target};
use store::Kind;

/// One kind's part in a search.
pub(crate) struct Part {
    pub(crate) kind: Kind,
    pub(crate) filter: Option<ResolvedFilter>,
    pub(crate) sort_by: Option<AttrRef>,
    pub(crate) projection: Projection,
}

/// Resolves the request for each kind. What only another kind's schemas have is
/// without a value here, in the filter and to sort by; a kind of which nothing can
/// match has no part. When no kind has it, the request is wrong.
pub(crate) fn parts(
    call: &Call,
    kinds: &[Kind],
    request: &SearchRequest,
    filter: Option<&Filter>,
) -> Result<Vec<Part>> {
    let sort_by = sort_orders(call, kinds, request.sort_by.as_deref())?;
    let mut parts = Vec::with_capacity(kinds.len());
    let (mut refused, mut understood) = (None, false);
    for (kind, sort_by) in kinds.iter().zip(sort_by) {
        let of = call.tenant.resource_type(*kind);
        let others = kinds.iter().filter(|other| *other != kind);
        let others: Vec<_> = others
            .map(|kind| call.tenant.resource_type(*kind))
            .collect();
        let filter = filter.map(|filter| filter.resolve_among(of, &others));
        let filter = match filter.transpose() {
            Ok(Some(filter)) if filter.is_unmatchable() => {
                understood = true;
                continue;
            }
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
        Some(error) if parts.is_empty() && !understood => Err(error),
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
