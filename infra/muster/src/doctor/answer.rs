//! One answer, and what a check may ask of it. Whatever does not hold becomes
//! the sentence a reader sees.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;

use super::check::{Halt, Told};
use super::compare::shortened;

const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// How much of an answer's own words is quoted.
const QUOTED: usize = 200;

#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The request, as it is quoted.
    pub(super) asked: String,
    pub(super) status: u16,
    pub(super) body: Body,
    /// Location of a new resource, or where a redirect points.
    pub(super) location: Option<String>,
    pub(super) challenge: Option<String>,
    /// How long the client is asked to wait.
    pub(super) retry_after: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Empty,
    Json(Value),
    /// Something else, or JSON that cannot be read.
    Text(String),
}

/// RFC 7644 section 3.4.2.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) total_results: u64,
    pub(super) start_index: Option<u64>,
    pub(super) items_per_page: Option<u64>,
    pub(super) resources: Vec<Value>,
}

impl Answer {
    /// Holds when the status is one of these.
    pub(super) fn is(self, statuses: &[u16]) -> Told<Self> {
        if statuses.contains(&self.status) {
            Ok(self)
        } else {
            Err(self.halt())
        }
    }

    /// Holds when the request was refused as the client's mistake.
    pub(super) fn refused(self) -> Told<Self> {
        if (400..500).contains(&self.status) {
            Ok(self)
        } else {
            Err(self.halt())
        }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What was answered, as the reason why a check does not hold.
    pub(super) fn halt(&self) -> Halt {
        Halt::seen(self.said())
    }

    /// What was answered, in a sentence.
    pub(super) fn said(&self) -> String {
        let status = StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        let words = match &self.body {
            Body::Empty => " without a body".to_owned(),
            Body::Text(text) => format!(" and no JSON: \"{}\"", shortened(text.trim(), QUOTED)),
            Body::Json(body) => match (body.get("scimType"), body.get("detail")) {
                (_, Some(Value::String(detail))) => format!(": \"{}\"", shortened(detail, QUOTED)),
                (Some(Value::String(kind)), _) => format!(": {kind}"),
                _ if self.is_success() => String::new(),
                _ => format!(": `{}`", shortened(&body.to_string(), QUOTED)),
            },
        };
        format!("`{}` answered {} {status}{words}", self.asked, self.status)
    }

    pub(super) fn json(&self) -> Told<&Value> {
        match &self.body {
            Body::Json(body) => Ok(body),
            _ => Err(self.halt()),
        }
    }

    /// A resource: an object with an id.
    pub(super) fn resource(&self) -> Told<(&Value, &str)> {
        let body = self.json()?;
        match body.get("id") {
            Some(Value::String(id)) if !id.is_empty() => Ok((body, id)),
            _ => Err(Halt::seen(format!(
                "`{}` answered {} without an `id`",
                self.asked, self.status
            ))),
        }
    }

    /// A ListResponse with counters that are numbers.
    pub(super) fn list(&self) -> Told<List> {
        let body = self.json()?;
        let wrong = |what: &str| {
            Halt::seen(format!(
                "`{}` answered {} and no ListResponse: {what}",
                self.asked, self.status
            ))
        };
        if !has_schema(body, LIST_RESPONSE) {
            return Err(wrong("its `schemas` do not name it"));
        }
        let number = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(number) => Ok(Some(number)),
                None => Err(wrong(&format!("`{name}` is `{value}`, not a number"))),
            },
        };
        let total_results =
            number("totalResults")?.ok_or_else(|| wrong("`totalResults` is missing"))?;
        let resources = match body.get("Resources") {
            Some(Value::Array(resources)) => resources.clone(),
            // RFC 7644 section 3.4.2: "REQUIRED if "totalResults" is non-zero".
            None | Some(Value::Null) => Vec::new(),
            Some(_) => return Err(wrong("`Resources` is no list")),
        };
        Ok(List {
            total_results,
            start_index: number("startIndex")?,
            items_per_page: number("itemsPerPage")?,
            resources,
        })
    }

    /// Holds when an error looks as RFC 7644 section 3.12 wants.
    pub(super) fn is_scim_error(&self) -> Told {
        let wrong = |what: String| {
            Err(Halt::seen(format!(
                "`{}` answered {} {what}",
                self.asked, self.status
            )))
        };
        let body = match &self.body {
            Body::Empty => return wrong("without a body".to_owned()),
            Body::Text(text) => {
                return wrong(format!(
                    "and no JSON: \"{}\"",
                    shortened(text.trim(), QUOTED)
                ));
            }
            Body::Json(body) => body,
        };
        if !has_schema(body, ERROR) {
            return wrong(format!("and `schemas` do not name `{ERROR}`"));
        }
        match body.get("status") {
            Some(Value::String(status)) if *status == self.status.to_string() => {}
            Some(status) => {
                return wrong(format!("and `status` is `{status}`, not a string of it"));
            }
            None => return wrong("and no `status`".to_owned()),
        }
        match body.get("detail") {
            Some(Value::String(detail)) if !detail.is_empty() => Ok(()),
            _ => wrong("and no `detail`, which the administrator would read".to_owned()),
        }
    }

    pub(super) fn scim_type(&self) -> Option<&str> {
        match &self.body {
            Body::Json(body) => body.get("scimType").and_then(Value::as_str),
            _ => None,
        }
    }
}

impl List {
    /// The ids on this page.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.resources
            .iter()
            .filter_map(|resource| resource.get("id"))
            .filter_map(Value::as_str)
            .collect()
    }

    /// Holds when exactly this resource was found.
    pub(super) fn is_only(&self, asked: &str, id: &str) -> Told {
        let ids = self.ids();
        if self.total_results == 1 && ids == [id] {
            return Ok(());
        }
        let found = match ids.as_slice() {
            [] => "no resource".to_owned(),
            [_] => "another resource".to_owned(),
            more => format!("{} resources", more.len()),
        };
        Err(Halt::seen(format!(
            "{asked} answered totalResults {} and {found} instead of the one that is there",
            self.total_results
        )))
    }
}

fn has_schema(body: &Value, urn: &str) -> bool {
    let schemas = body.get("schemas").and_then(Value::as_array);
    schemas.is_some_and(|schemas| {
        schemas
            .iter()
            .filter_map(Value::as_str)
            .any(|schema| schema.eq_ignore_ascii_case(urn))
    })
}
