//! Walking through all users, as account discovery does.

use std::collections::BTreeSet;

use serde_json::json;

use crate::doctor::answer::List;
use crate::doctor::call::{Call, USERS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::compare::same;
use crate::doctor::visit::Visit;

/// Tenants with more users are not walked through.
const WALKED: u64 = 2_000;
const PAGE: u64 = 100;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "pages",
        title: "pages follow each other",
        needs: &["users-many"],
        severity: Severity::Fault,
        sent: "GET /Users?startIndex=1&count=5, then 6, then 11",
        expected: "200, startIndex as asked for, itemsPerPage what is there, at most five users, nobody on two pages",
        source: "RFC 7644 section 3.4.2.4; Microsoft's SCIM Validator",
        entra: "account discovery misses people or sees them twice",
        remedy: "order by something that does not change (the id), start at startIndex counted from 1, answer numbers as numbers",
        run: |visit| Box::pin(pages(visit)),
    },
    Check {
        name: "total-results",
        title: "totalResults is the number of users",
        needs: &["pages"],
        severity: Severity::Fault,
        sent: "GET /Users by pages of 100 to the end (tenants of at most 2,000 users)",
        expected: "as many different users as totalResults says, those created here among them",
        source: "RFC 7644 section 3.4.2",
        entra: "account discovery ends too early or never",
        remedy: "count all that match, not those on the page",
        run: |visit| Box::pin(total(visit)),
    },
    Check {
        name: "count-zero",
        title: "`count=0` answers the number alone",
        needs: &["pages"],
        severity: Severity::Warning,
        sent: "GET /Users?count=0",
        expected: "200, totalResults, and no Resources",
        source: "RFC 7644 section 3.4.2.4",
        entra: "nothing; other clients count so",
        remedy: "answer totalResults and no Resources",
        run: |visit| Box::pin(count_zero(visit)),
    },
    Check {
        name: "count-too-large",
        title: "a `count` above the maximum is cut to it",
        needs: &["pages"],
        severity: Severity::Warning,
        sent: "GET /Users?count=100000 (tenants of at most 2,000 users)",
        expected: "200 and as many users as the server gives at once",
        source: "RFC 7644 section 3.4.2.4 (fewer may be returned)",
        entra: "nothing at its own page size; other clients get no list at all",
        remedy: "use your own maximum instead of an error",
        run: |visit| Box::pin(count_too_large(visit)),
    },
    Check {
        name: "past-the-end",
        title: "a page behind the last is empty",
        needs: &["pages"],
        severity: Severity::Warning,
        sent: "GET /Users?startIndex=1000001&count=5",
        expected: "200, totalResults, and no Resources",
        source: "RFC 7644 section 3.4.2.4",
        entra: "a walk that ends with an error instead of the end",
        remedy: "answer 200 without Resources",
        run: |visit| Box::pin(past_the_end(visit)),
    },
];

fn page(start: u64, count: u64) -> Call {
    let call = Call::get(USERS).query("startIndex", start.to_string());
    call.query("count", count.to_string())
}

async fn pages(visit: &Visit) -> Told {
    let mut seen = BTreeSet::new();
    for start in [1, 6, 11] {
        let list = visit.list(&page(start, 5)).await?;
        let number = list.resources.len();
        same("startIndex", &json!(list.start_index), &json!(start))?;
        same("itemsPerPage", &json!(list.items_per_page), &json!(number))?;
        // There are more than that: they were created here.
        let expected = visit.crowd.len().saturating_sub(start as usize - 1).min(5);
        if number > 5 || number < expected {
            return Err(Halt::seen(format!(
                "the page at {start} holds {number} users, not {expected}"
            )));
        }
        for id in list.ids() {
            if !seen.insert(id.to_owned()) {
                return Err(Halt::seen(format!("`{id}` is on two pages")));
            }
        }
    }
    Ok(())
}

/// The first page, when the tenant is small enough to be read whole.
async fn small(visit: &Visit) -> Told<List> {
    let list = visit.list(&page(1, PAGE)).await?;
    if list.total_results <= WALKED {
        return Ok(list);
    }
    Err(Halt::Inapplicable(format!(
        "there are {} users, which is too many to walk through",
        list.total_results
    )))
}

async fn total(visit: &Visit) -> Told {
    let mut list = small(visit).await?;
    let total = list.total_results;
    let mut seen = BTreeSet::new();
    let mut start = 1;
    while !list.resources.is_empty() && start <= total {
        seen.extend(list.ids().into_iter().map(str::to_owned));
        start += list.resources.len() as u64;
        list = visit.list(&page(start, PAGE)).await?;
    }
    if let Some(missing) = visit.crowd.iter().find(|id| !seen.contains(*id)) {
        return Err(Halt::seen(format!(
            "`{missing}`, which was created here, is on no page"
        )));
    }
    if seen.len() as u64 == total {
        return Ok(());
    }
    Err(Halt::seen(format!(
        "totalResults is {total}, and the pages hold {} users",
        seen.len()
    )))
}

async fn count_zero(visit: &Visit) -> Told {
    let list = visit.list(&Call::get(USERS).query("count", "0")).await?;
    same(
        "the number of Resources",
        &json!(list.resources.len()),
        &json!(0),
    )?;
    enough(visit, &list)
}

async fn count_too_large(visit: &Visit) -> Told {
    small(visit).await?;
    let list = visit.list(&page(1, 100_000)).await?;
    enough(visit, &list)
}

async fn past_the_end(visit: &Visit) -> Told {
    let list = visit.list(&page(1_000_001, 5)).await?;
    if list.total_results > 1_000_000 {
        return Err(Halt::Inapplicable(
            "there are more than a million users".to_owned(),
        ));
    }
    same(
        "the number of Resources",
        &json!(list.resources.len()),
        &json!(0),
    )?;
    enough(visit, &list)
}

fn enough(visit: &Visit, list: &List) -> Told {
    let made = visit.crowd.len() as u64;
    if list.total_results >= made {
        return Ok(());
    }
    Err(Halt::seen(format!(
        "totalResults is {}, and {made} users were created here",
        list.total_results
    )))
}
