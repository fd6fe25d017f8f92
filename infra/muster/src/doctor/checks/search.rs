//! The queries by which Entra ID finds a user again, and those that must not succeed.

use serde_json::Value;
use uuid::Uuid;

use super::MICROSOFT;
use crate::doctor::call::{Call, Spaces, USERS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::visit::{ENTERPRISE, Visit};

const CREATED_AGAIN: &str = "Entra ID does not find the user, creates it again in every cycle and gets EntryConflict or a second account";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "find-user",
        title: "a user is found by userName",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=userName eq \"…\", the spaces once as `+` and once as `%20`",
        expected: "200, totalResults 1 and the user",
        source: MICROSOFT,
        entra: CREATED_AGAIN,
        remedy: "decode the query as a form (`+` and `%20` are spaces) and filter on userName",
        run: |visit| Box::pin(by_user_name(visit)),
    },
    Check {
        name: "find-other-case",
        title: "a user is found by userName in another case",
        needs: &["find-user"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=userName eq \"…\" in capitals",
        expected: "200, totalResults 1 and the user",
        source: "RFC 7643 section 4.1.1 (userName is case insensitive)",
        entra: CREATED_AGAIN,
        remedy: "compare userName without regard to case, in filters and for uniqueness",
        run: |visit| {
            Box::pin(found(
                visit,
                format!("userName eq \"{}\"", visit.address("full").to_uppercase()),
            ))
        },
    },
    Check {
        name: "find-external-id",
        title: "a user is found by externalId",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=externalId eq \"…\"",
        expected: "200, totalResults 1 and the user",
        source: MICROSOFT,
        entra: "where externalId is the matching attribute: the user is created again in every cycle",
        remedy: "store externalId and filter on it",
        run: |visit| {
            Box::pin(found(
                visit,
                format!("externalId eq \"{}\"", visit.name("full")),
            ))
        },
    },
    Check {
        name: "find-work-email",
        title: "a user is found by its work e-mail address",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=emails[type eq \"work\"].value eq \"…\"",
        expected: "200, totalResults 1 and the user",
        source: MICROSOFT,
        entra: "where mail is the matching attribute: the user is created again in every cycle",
        remedy: "support a value filter with a sub-attribute behind it, as RFC 7644 section 3.4.2.2 writes it",
        run: |visit| {
            Box::pin(found(
                visit,
                format!(
                    "emails[type eq \"work\"].value eq \"{}\"",
                    visit.address("full")
                ),
            ))
        },
    },
    Check {
        name: "find-with-flag",
        title: "an unknown query parameter does no harm",
        needs: &["find-user"],
        severity: Severity::Warning,
        sent: "GET /Users?aadOptscim062020&filter=userName eq \"…\"",
        expected: "200, totalResults 1 and the user",
        source: "learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility",
        entra: "nothing as long as the flag is not forwarded",
        remedy: "ignore query parameters you do not know",
        run: |visit| Box::pin(with_flag(visit)),
    },
    Check {
        name: "attributes",
        title: "`attributes` leaves out what was not asked for",
        needs: &["user-create"],
        severity: Severity::Warning,
        sent: "GET /Users/{id}?attributes=userName",
        expected: "200, `id` and `userName`, and neither emails nor name",
        source: "RFC 7644 section 3.9",
        entra: "nothing but larger answers",
        remedy: "return what is asked for, and `id` always",
        run: |visit| Box::pin(attributes(visit)),
    },
    Check {
        name: "filter-unknown-attribute",
        title: "a filter on an attribute that does not exist is refused",
        needs: &["find-user"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=noSuchAttributeAnywhere eq \"x\"",
        expected: "400, scimType invalidFilter",
        source: "RFC 7644 section 3.4.2.2",
        entra: "a mistake in the matching attribute looks like a tenant without users: everybody is created a second time",
        remedy: "resolve the attributes of a filter against the schema and answer 400 for those it does not have",
        run: |visit| Box::pin(refused(visit, &["noSuchAttributeAnywhere eq \"x\""])),
    },
    Check {
        name: "filter-malformed",
        title: "a malformed filter is refused",
        needs: &["find-user"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=userName eq, and with a word left over at its end",
        expected: "400, scimType invalidFilter",
        source: "RFC 7644 section 3.4.2.2",
        entra: "whatever the server makes of it: an empty list creates users again, a full one is DuplicateTargetEntries",
        remedy: "parse the filter to its end and answer 400 where that fails",
        run: |visit| {
            Box::pin(refused(
                visit,
                &["userName eq", "userName eq \"x\" nonsense"],
            ))
        },
    },
    Check {
        name: "error-400",
        title: "that refusal is a SCIM error with scimType invalidFilter",
        needs: &["filter-malformed"],
        severity: Severity::Warning,
        sent: "GET /Users?filter=userName eq",
        expected: "the Error schema, `status` as the string \"400\", scimType invalidFilter, a `detail`",
        source: "RFC 7644 section 3.12",
        entra: "an error without the sentence that would say what is wrong",
        remedy: "write it as a SCIM error with scimType invalidFilter",
        run: |visit| Box::pin(filter_error(visit)),
    },
    Check {
        name: "unknown-user",
        title: "a user that does not exist is 404",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "GET /Users/{a random GUID}",
        expected: "404",
        source: "RFC 7644 section 3.12",
        entra: "a user deleted in the application is never provisioned again",
        remedy: "answer 404 for an id nobody has",
        run: |visit| Box::pin(unknown(visit)),
    },
    Check {
        name: "error-404",
        title: "that answer is a SCIM error",
        needs: &["unknown-user"],
        severity: Severity::Warning,
        sent: "GET /Users/{a random GUID}",
        expected: "the Error schema, `status` as the string \"404\", a `detail`",
        source: "RFC 7644 section 3.12",
        entra: "an error without the sentence that would say what is wrong",
        remedy: "write every error as a SCIM error, those of the router and of gateways included",
        run: |visit| Box::pin(not_found_error(visit)),
    },
];

async fn found(visit: &Visit, filter: String) -> Told {
    only_full(visit, &Call::get(USERS).filter(filter)).await
}

async fn only_full(visit: &Visit, call: &Call) -> Told {
    let list = visit.list(call).await?;
    list.is_only(&format!("`{call}`"), &visit.full)
}

async fn by_user_name(visit: &Visit) -> Told {
    let filter = format!("userName eq \"{}\"", visit.address("full"));
    for spaces in [Spaces::Plus, Spaces::Percent20] {
        let call = Call::get(USERS).filter(filter.as_str()).spaces(spaces);
        only_full(visit, &call).await?;
    }
    Ok(())
}

async fn with_flag(visit: &Visit) -> Told {
    let filter = format!("userName eq \"{}\"", visit.address("full"));
    let call = Call::get(USERS).query("aadOptscim062020", "");
    only_full(visit, &call.filter(filter)).await
}

async fn attributes(visit: &Visit) -> Told {
    let call = Call::get(USERS).id(&visit.full);
    let answer = visit
        .scim
        .send(&call.query("attributes", "userName"))
        .await?;
    let answer = answer.is(&[200])?;
    let (user, _) = answer.resource()?;
    if user.get("userName").and_then(Value::as_str).is_none() {
        return Err(Halt::seen("userName, which was asked for, is absent"));
    }
    for name in ["emails", "name", ENTERPRISE] {
        if user.get(name).is_some() {
            return Err(Halt::seen(format!("`{name}` is there unasked")));
        }
    }
    Ok(())
}

async fn refused(visit: &Visit, filters: &[&str]) -> Told {
    for filter in filters {
        let call = Call::get(USERS).filter(*filter);
        visit.scim.send(&call).await?.refused()?;
    }
    Ok(())
}

async fn filter_error(visit: &Visit) -> Told {
    let call = Call::get(USERS).filter("userName eq");
    let answer = visit.scim.send(&call).await?.is(&[400])?;
    answer.is_scim_error()?;
    match answer.scim_type() {
        Some("invalidFilter") => Ok(()),
        other => Err(Halt::seen(format!(
            "`{call}` answered 400 with scimType {}",
            other.unwrap_or("absent")
        ))),
    }
}

fn nobody() -> Call {
    Call::get(USERS).id(&Uuid::new_v4().to_string())
}

async fn unknown(visit: &Visit) -> Told {
    visit.scim.send(&nobody()).await?.is(&[404]).map(|_| ())
}

async fn not_found_error(visit: &Visit) -> Told {
    visit.scim.send(&nobody()).await?.is_scim_error()
}
