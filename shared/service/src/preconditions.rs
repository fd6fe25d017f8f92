//! If-Match and If-None-Match (RFC 7644 section 3.14, RFC 9110 section 13.1).

use crate::call::Call;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName};
use scim::{Error, ErrorKind, Result};
use std::sync::Arc;
use store::{Guard, Record, Tenant};

/// What a client demands of the state of the resource.
#[derive(Debug, Clone)]
pub(crate) struct Preconditions {
    tenant: Arc<Tenant>,
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
}

#[derive(Debug, Clone)]
enum Tags {
    Any,
    These(Vec<String>),
}

impl Preconditions {
    pub(crate) fn of(call: &Call) -> Self {
        Self {
            tenant: call.tenant.clone(),
            if_match: tags(&call.headers, &IF_MATCH),
            if_none_match: tags(&call.headers, &IF_NONE_MATCH),
        }
    }

    /// The guard a change needs so that what was checked still holds when it is written.
    pub(crate) fn guard(&self) -> Guard {
        if self.if_match.is_some() || self.if_none_match.is_some() {
            Guard::Version
        } else {
            Guard::Exists
        }
    }

    /// Whether a GET may be answered with 304.
    pub(crate) fn not_modified(&self, record: &Record) -> bool {
        // A client's copy shows the memberships, too, as the realm's schemas have
        // it: the whole tag has to be the same.
        self.if_none_match.as_ref().is_some_and(|tags| match tags {
            Tags::Any => true,
            Tags::These(tags) => tags.contains(&record.etag(&self.tenant)),
        })
    }

    /// If-Match alone, for a GET.
    pub(crate) fn check_match(&self, record: &Record) -> Result<()> {
        match &self.if_match {
            Some(tags) if !tags.hold(record) => Err(Error::new(
                ErrorKind::PreconditionFailed,
                format!(
                    "the resource has changed: its version is now `{}`; read it again, then \
                     repeat the change",
                    record.etag(&self.tenant)
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Both, for a write.
    pub(crate) fn check(&self, record: &Record) -> Result<()> {
        self.check_match(record)?;
        match &self.if_none_match {
            Some(tags) if tags.hold(record) => Err(Error::new(
                ErrorKind::PreconditionFailed,
                format!(
                    "the resource exists with version `{}`",
                    record.etag(&self.tenant)
                ),
            )),
            _ => Ok(()),
        }
    }
}

impl Tags {
    /// Compares the version of the document: a user who has joined a group is
    /// still the user whom the client has read.
    fn hold(&self, record: &Record) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| version(tag) == Some(record.version)),
        }
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Tags> {
    let mut found = Vec::new();
    for value in headers.get_all(name) {
        // What is no text matches nothing, which is what an unknown tag does.
        for tag in value.to_str().unwrap_or("\"\"").split(',').map(str::trim) {
            if tag == "*" {
                return Some(Tags::Any);
            }
            if !tag.is_empty() {
                found.push(weak(tag));
            }
        }
    }
    headers.contains_key(name).then_some(Tags::These(found))
}

/// Tags compare weakly: `"1.0"` is `W/"1.0"`.
fn weak(tag: &str) -> String {
    if tag.starts_with("W/") {
        tag.to_owned()
    } else {
        format!("W/{tag}")
    }
}

/// The document's version in one of our own tags.
fn version(tag: &str) -> Option<u64> {
    tag.strip_prefix("W/\"")?
        .strip_suffix('"')?
        .split_once('.')?
        .0
        .parse()
        .ok()
}
