//! A user as Entra ID's default mappings create one, and the same again.

use serde_json::{Value, json};

use crate::doctor::call::USERS;
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::compare::at_least;
use crate::doctor::visit::{ENTERPRISE, USER, Visit};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "user-create",
        title: "a user is created",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "POST /Users with every attribute of Entra ID's default mappings",
        expected: "201 (200 is tolerated) and the user with its `id`",
        source: "RFC 7644 section 3.3",
        entra: "the user is not provisioned; the log shows the action Create with the status Failure",
        remedy: "accept every attribute of the default mappings, or take those away from the mappings that the application does not know",
        run: |visit| Box::pin(create(visit)),
    },
    Check {
        name: "user-created-answer",
        title: "a creation is answered with 201, Location and meta",
        needs: &["user-create"],
        severity: Severity::Warning,
        sent: "POST /Users with a userName",
        expected: "201, a Location header, and `meta` with resourceType User and the same location",
        source: "RFC 7644 section 3.3",
        entra: "nothing; other clients look for the new user at its Location",
        remedy: "answer 201 with Location and a whole `meta`",
        run: |visit| Box::pin(created_answer(visit)),
    },
    Check {
        name: "user-values",
        title: "what was sent is what is read back",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "GET /Users/{id}",
        expected: "200 and every value as it was sent: names, addresses, phone numbers, the enterprise extension, booleans as booleans",
        source: "RFC 7644 section 3.3",
        entra: "the same change is sent in every cycle, as Entra ID sees a difference each time; values are lost",
        remedy: "store what is sent as it is sent: no reformatting of phone numbers, no codes for countries, booleans as booleans",
        run: |visit| Box::pin(values(visit)),
    },
    Check {
        name: "user-duplicate",
        title: "the same user a second time is refused",
        needs: &["user-create"],
        severity: Severity::Fault,
        sent: "POST /Users with the same body again",
        expected: "409",
        source: "RFC 7644 section 3.3",
        entra: "two accounts for one person, then DuplicateTargetEntries: the user is not provisioned any more",
        remedy: "keep userName unique, whatever its case, and answer 409",
        run: |visit| Box::pin(duplicate(visit)),
    },
    Check {
        name: "error-409",
        title: "that refusal is a SCIM error with scimType uniqueness",
        needs: &["user-duplicate"],
        severity: Severity::Warning,
        sent: "POST /Users with the same body again",
        expected: "the Error schema, `status` as the string \"409\", scimType `uniqueness`, a `detail`",
        source: "RFC 7644 sections 3.3 and 3.12",
        entra: "EntryConflict without the sentence that would say which value is taken",
        remedy: "write it as a SCIM error with scimType uniqueness",
        run: |visit| Box::pin(conflict(visit)),
    },
    Check {
        name: "user-without-name",
        title: "a user without userName is refused",
        needs: &["user-create"],
        severity: Severity::Warning,
        sent: "POST /Users without a userName",
        expected: "400",
        source: "RFC 7643 section 4.1.1",
        entra: "accounts that no cycle finds again",
        remedy: "require userName and answer 400 with scimType invalidValue",
        run: |visit| Box::pin(nameless(visit)),
    },
];

/// Fixture of the default mappings: country is a name and no code, the phone numbers have no format.
fn full_user(visit: &Visit) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": visit.name("full"),
        "userName": visit.address("full"),
        "active": true,
        "displayName": "Ada Lovelace",
        "title": "Architect",
        "preferredLanguage": "en",
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"},
        "emails": [{"primary": true, "type": "work", "value": visit.address("full")}],
        "addresses": [{
            "type": "work", "formatted": "12 Quay Street, Bremen",
            "streetAddress": "12 Quay Street", "locality": "Bremen", "region": "HB",
            "postalCode": "28195", "country": "Germany",
        }],
        "phoneNumbers": [
            {"type": "work", "value": "55555555555"},
            {"type": "mobile", "value": "55555555556"},
            {"type": "fax", "value": "55555555557"},
        ],
        ENTERPRISE: {"employeeNumber": "40017", "department": "Engines"},
    })
}

async fn create(visit: &mut Visit) -> Told {
    let answer = visit.create(USERS, full_user(visit)).await?;
    if answer.status == 403 {
        return Err(answer.halt().remedied(
            "the token may read but not write: make one that may, and paste it as the Secret Token",
        ));
    }
    let answer = answer.is(&[200, 201])?;
    visit.full = answer.resource()?.1.to_owned();
    Ok(())
}

async fn created_answer(visit: &Visit) -> Told {
    let body = json!({"schemas": [USER], "userName": visit.address("created")});
    let answer = visit.create(USERS, body).await?.is(&[201])?;
    let (user, _) = answer.resource()?;
    let Some(location) = answer.location.as_deref() else {
        return Err(Halt::seen("the answer has no Location"));
    };
    let expected = json!({"meta": {"resourceType": "User", "location": location}});
    at_least("", user, &expected)
}

async fn values(visit: &Visit) -> Told {
    let user = visit.read(USERS, &visit.full).await?;
    let mut expected = full_user(visit);
    if let Some(expected) = expected.as_object_mut() {
        // What the server says itself.
        expected.remove("schemas");
        expected.remove("meta");
    }
    at_least("", &user, &expected)
}

async fn duplicate(visit: &Visit) -> Told {
    let answer = visit.create(USERS, full_user(visit)).await?;
    answer.is(&[409]).map(|_| ())
}

async fn conflict(visit: &Visit) -> Told {
    let answer = visit.create(USERS, full_user(visit)).await?;
    answer.is_scim_error()?;
    match answer.scim_type() {
        Some("uniqueness") => Ok(()),
        other => Err(Halt::seen(format!(
            "`{}` answered 409 with scimType {}",
            answer.asked,
            other.unwrap_or("absent")
        ))),
    }
}

async fn nameless(visit: &Visit) -> Told {
    let body = json!({"schemas": [USER], "displayName": visit.name("nameless")});
    let answer = visit.create(USERS, body).await?;
    answer.refused().map(|_| ())
}
