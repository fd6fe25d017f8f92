//! `muster event tail`: each event once, in the order of their times, as they come.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::line::line;
use crate::Failure;
use crate::cli::files::Reader;
use crate::cli::output::{self, Format};
use crate::client::{AdminClient, EventQuery, Order};

const PAUSE: Duration = Duration::from_secs(2);
/// An event's time is when its request began to write; another's may be
/// earlier and seen later. So far back every look reaches again.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);

/// Never ends but by a failure, or when nobody reads any more.
pub(super) async fn follow(
    client: &AdminClient,
    realm: &str,
    filter: EventQuery,
    limit: usize,
    format: Format,
) -> Result<(), Failure> {
    let pages = client.events(realm, &filter, Order::Descending);
    // The newest even when none is to be shown: what comes is what comes behind it.
    let (mut past, _) = pages.first(limit.max(1)).await?;
    past.reverse();
    let mut seen = Seen::default();
    let past = seen.new_ones(past);
    seen.begin();
    let shown = past.len().saturating_sub(limit);
    for event in past.iter().skip(shown) {
        if say(event, format) == Reader::Gone {
            return Ok(());
        }
    }
    loop {
        tokio::time::sleep(PAUSE).await;
        let query = EventQuery {
            from: seen.from().map(|from| from.to_string()),
            ..filter.clone()
        };
        let mut pages = client.events(realm, &query, Order::Ascending);
        while let Some(page) = pages.page().await? {
            for event in seen.new_ones(page) {
                if say(&event, format) == Reader::Gone {
                    return Ok(());
                }
            }
        }
        seen.forget();
    }
}

fn say(event: &Value, format: Format) -> Reader {
    match format {
        Format::Json => output::print_on(&event.to_string()),
        Format::Text => output::print_on(&line(event)),
    }
}

/// The events of the last moments by their ids, so that each is shown once.
#[derive(Debug, Default)]
struct Seen {
    times: BTreeMap<String, Timestamp>,
    /// Before it lies what was not asked for.
    beginning: Option<Timestamp>,
}

impl Seen {
    /// Those of `events` that were not there before.
    fn new_ones(&mut self, events: Vec<Value>) -> Vec<Value> {
        let mut new = Vec::new();
        for event in events {
            let said = |name| event.get(name).and_then(Value::as_str);
            let Some(id) = said("id") else { continue };
            let time = said("time").and_then(|time| time.parse().ok());
            let time = time.unwrap_or(Timestamp::UNIX_EPOCH);
            if self.times.insert(id.to_owned(), time).is_none() {
                new.push(event);
            }
        }
        new
    }

    /// What comes behind the oldest of those seen so far is new.
    fn begin(&mut self) {
        self.beginning = self.times.values().min().copied();
    }

    /// From when on the next look reads; none: there was nothing yet.
    fn from(&self) -> Option<Timestamp> {
        let newest = self.times.values().max()?;
        let overlap = newest.checked_sub(OVERLAP).ok();
        overlap.max(self.beginning)
    }

    /// Drops those that no look will meet again.
    fn forget(&mut self) {
        if let Some(from) = self.from() {
            self.times.retain(|_, time| *time >= from);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(id: &str, second: i64) -> Value {
        let time = Timestamp::from_second(second).map(|time| time.to_string());
        json!({"id": id, "time": time.unwrap_or_default()})
    }

    #[track_caller]
    fn check(seen: &mut Seen, page: &[(&str, i64)], expected: &[&str]) {
        let page = page.iter().map(|(id, second)| event(id, *second));
        let new = seen.new_ones(page.collect());
        let ids: Vec<_> = new
            .iter()
            .filter_map(|event| event["id"].as_str())
            .collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn each_event_once_also_one_that_comes_late() {
        let mut seen = Seen::default();
        assert_eq!(seen.from(), None);
        check(&mut seen, &[("a", 1_000), ("b", 1_010)], &["a", "b"]);
        assert_eq!(seen.from().map(Timestamp::as_second), Some(980));
        // What was before the first that were shown does not come behind them.
        seen.begin();
        assert_eq!(seen.from().map(Timestamp::as_second), Some(1_000));
        seen.forget();
        check(
            &mut seen,
            &[("a", 1_000), ("late", 1_005), ("b", 1_010), ("c", 1_040)],
            &["late", "c"],
        );
        seen.forget();
        // The next look reads from the second 1,010 on.
        assert_eq!(seen.times.len(), 2);
        check(&mut seen, &[("b", 1_010), ("c", 1_040)], &[]);
        check(&mut seen, &[], &[]);
    }
}
