//! What a realm has used, and what that comes to.

use super::events::parameter;
use super::input::invalid;
use super::openapi::Problem;
use super::{AdminCall, shown};
use crate::respond::Reply;
use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use scim::Result;
use serde::Serialize;
use std::str::FromStr;
use store::UsageDay;
use utoipa::ToSchema;

/// Days that are shown when nothing is said, today among them.
const DAYS: i32 = 30;

/// What us-east-1 asks on demand, in dollars: DynamoDB, Standard table class
/// (<https://aws.amazon.com/dynamodb/pricing/on-demand/>), and a million
/// requests of an HTTP API ($1.00) and of Lambda ($0.20). What Lambda's time,
/// logs and storage cost is not among it.
const PRICES: Prices = Prices {
    read_unit_million: 0.125,
    write_unit_million: 0.625,
    request_million: 1.20,
    source: "us-east-1, on demand: DynamoDB's read and write request units; requests of an HTTP \
             API ($1.00) and of Lambda ($0.20). Lambda's time, logs and storage come on top.",
};

/// What a realm has used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RealmUsage {
    /// The days on which anything was used, the oldest first.
    days: Vec<DayOfUsage>,
    /// All of them together.
    total: Usage,
    prices: Prices,
}

/// What was used on a day.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DayOfUsage {
    /// The day (UTC).
    #[schema(format = Date)]
    date: String,
    operations: Vec<Usage>,
}

/// What some requests have used.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    /// What was asked for, such as `PatchGroup`; `Unrouted` is no endpoint, `RecordUsage` the
    /// keeping of these figures. Absent from a total.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "PatchUser")]
    operation: Option<String>,
    requests: u64,
    /// Those that were answered with a status of 400 or more.
    errors: u64,
    /// Read request units of DynamoDB.
    read_units: f64,
    /// Write request units.
    write_units: f64,
    /// Requests and units in dollars.
    dollars: f64,
}

/// What the dollars are computed from.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Prices {
    /// Dollars a million read request units.
    read_unit_million: f64,
    /// Dollars a million write request units.
    write_unit_million: f64,
    /// Dollars a million requests.
    request_million: f64,
    /// Whose prices they are.
    source: &'static str,
}

/// Show what a realm has used
///
/// By day (UTC) and operation. Each process of the service writes its share once
/// a minute, so the last minute may be missing.
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/usage",
    operation_id = "getUsage",
    tag = "usage",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("from" = Option<String>, Query, format = Date, description = "The first day; 29 days before the last when it is not said"),
        ("to" = Option<String>, Query, format = Date, description = "The last day; today when it is not said"),
    ),
    responses(
        (status = 200, description = "What was used", body = RealmUsage),
        (status = 400, description = "A parameter is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(call: &AdminCall<'_>) -> Result<Reply> {
    let realm = call.realm_name()?;
    let (first, last) = days(call)?;
    let admin = call.admin(StatusCode::OK);
    let used = admin.usage(&realm, first, last).await?;
    Ok(Reply::ok(shown(&RealmUsage::of(&used))?))
}

/// The first and the last day asked for.
fn days(call: &AdminCall<'_>) -> Result<(Date, Date)> {
    let is = "a day such as `2030-01-31`";
    let day = |name| parameter(call, name, is, day);
    let last = day("to")?.unwrap_or_else(|| today(call.arrival.now));
    let first = match day("from")? {
        Some(first) => first,
        None => last.saturating_sub(Span::new().days(DAYS - 1)),
    };
    if first > last {
        return Err(invalid("`from` is after `to`"));
    }
    Ok((first, last))
}

fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// A day in RFC 3339: nothing before or after it, and a year of four digits.
fn day(text: &str) -> Result<Date, ()> {
    let day = Date::from_str(text).map_err(|_| ())?;
    (day.year() >= 0 && day.to_string() == text)
        .then_some(day)
        .ok_or(())
}

impl RealmUsage {
    fn of(used: &[UsageDay]) -> Self {
        let mut total = store::Usage::default();
        let mut days = Vec::with_capacity(used.len());
        for day in used {
            let mut operations = Vec::with_capacity(day.operations.len());
            for (operation, usage) in &day.operations {
                total += *usage;
                operations.push(Usage::of(Some(operation), usage));
            }
            days.push(DayOfUsage {
                date: day.date.to_string(),
                operations,
            });
        }
        Self {
            days,
            total: Usage::of(None, &total),
            prices: PRICES,
        }
    }
}

impl Usage {
    #[expect(
        clippy::cast_precision_loss,
        reason = "no realm makes 2^53 requests in the days that are kept"
    )]
    fn of(operation: Option<&String>, usage: &store::Usage) -> Self {
        let millionths = usage.requests as f64 * PRICES.request_million
            + usage.read_units * PRICES.read_unit_million
            + usage.write_units * PRICES.write_unit_million;
        Self {
            operation: operation.cloned(),
            requests: usage.requests,
            errors: usage.errors,
            read_units: usage.read_units,
            write_units: usage.write_units,
            // To the billionth: below it stands nothing but the arithmetic's own noise.
            dollars: (millionths * 1e3).round() / 1e9,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RealmUsage, day};
    use jiff::civil::date;
    use std::collections::BTreeMap;
    use store::{Usage, UsageDay};

    #[test]
    fn dollars() {
        let usage = |requests, read_units, write_units| Usage {
            requests,
            errors: 0,
            read_units,
            write_units,
        };
        let operations = BTreeMap::from([
            ("GetUser".to_owned(), usage(1_000_000, 3_500_000.0, 0.0)),
            ("PatchUser".to_owned(), usage(1, 3.5, 4.0)),
        ]);
        let day = UsageDay {
            date: date(2030, 1, 31),
            operations,
        };
        let shown = RealmUsage::of(&[day]);
        let dollars = shown.days.iter().flat_map(|day| &day.operations);
        let dollars: Vec<f64> = dollars.map(|usage| usage.dollars).collect();
        assert_eq!(format!("{dollars:?}"), "[1.6375, 4.138e-6]");
        assert_eq!(format!("{}", shown.total.dollars), "1.637504138");
        assert_eq!(shown.total.requests, 1_000_001);
    }

    #[test]
    fn days() {
        for (text, expected) in [
            ("2030-01-31", Ok(date(2030, 1, 31))),
            ("2030-02-30", Err(())),
            ("2030-1-31", Err(())),
            ("2030-01-31T00:00:00", Err(())),
            ("20300131", Err(())),
            ("-009999-01-01", Err(())),
            ("", Err(())),
        ] {
            assert_eq!(day(text), expected, "{text}");
        }
    }
}
