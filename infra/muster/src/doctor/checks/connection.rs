//! The Tenant URL, the way there, and the token: what Test Connection is about.

use reqwest::header::WWW_AUTHENTICATE;
use uuid::Uuid;

use super::MICROSOFT;
use crate::doctor::answer::{Answer, Body};
use crate::doctor::call::{Call, Credentials, GROUPS, USERS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::tenant_url::Remark;
use crate::doctor::visit::Visit;

const INVALID_CREDENTIALS: &str = "Test Connection: You appear to have entered invalid credentials";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "tenant-url",
        title: "the Tenant URL is as Entra ID wants it",
        needs: &[],
        severity: Severity::Warning,
        sent: "nothing: the URL is looked at",
        expected: "https, no slash at its end, nothing behind the base URL but `?aadOptscim062020`",
        source: MICROSOFT,
        entra: "requests for `//Users`, which many servers answer with 404: Test Connection fails",
        remedy: "remove the slash at the end of the Tenant URL; the doctor goes on without it",
        run: |visit| Box::pin(async { tenant_url(visit) }),
    },
    Check {
        name: "reached",
        title: "the server can be reached",
        needs: &[],
        severity: Severity::Fault,
        sent: "GET /ServiceProviderConfig",
        expected: "any answer of the server itself, no redirect; TLS 1.2 or newer and a certificate that public authorities vouch for, but on this very machine",
        source: MICROSOFT,
        entra: "Test Connection: We received this unexpected response from your application; later quarantine",
        remedy: "look at host and port, the firewall (Entra ID comes from the internet), and the whole chain of the certificate",
        run: |visit| Box::pin(reached(visit)),
    },
    Check {
        name: "endpoint",
        title: "the Tenant URL leads to a SCIM endpoint",
        needs: &["reached"],
        severity: Severity::Fault,
        sent: "GET /ServiceProviderConfig and GET /Users with a filter",
        expected: "an answer other than 404 or a web page from at least one of them",
        source: "RFC 7644 section 3.2",
        entra: "Test Connection fails; a job that runs already goes into quarantine",
        remedy: "compare the Tenant URL with the one the application shows, letter by letter; it often ends in `/scim` or `/scim/v2`",
        run: |visit| Box::pin(endpoint(visit)),
    },
    Check {
        name: "token",
        title: "the Secret Token is accepted",
        needs: &["endpoint"],
        severity: Severity::Fault,
        sent: "GET /Users with a filter and the token",
        expected: "neither 401 nor 403",
        source: "RFC 7644 section 2",
        entra: INVALID_CREDENTIALS,
        remedy: "paste the Secret Token again, whole and without spaces; see whether its key has expired or is revoked, and whether the Tenant URL names the realm or tenant it was made for",
        run: |visit| Box::pin(token(visit)),
    },
    Check {
        name: "test-connection",
        title: "Test Connection: a user nobody knows is an empty list",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "GET /Users?filter=userName eq \"a random GUID\"",
        expected: "200 and a ListResponse with totalResults 0",
        source: MICROSOFT,
        entra: "Test Connection fails; a 404 or an error puts a running job into quarantine",
        remedy: "answer a filter that finds nothing with 200, totalResults 0 and no Resources",
        run: |visit| Box::pin(probe(visit, Call::get(USERS), "userName")),
    },
    Check {
        name: "group-probe",
        title: "a group nobody knows is an empty list",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "GET /Groups?excludedAttributes=members&filter=displayName eq \"a random GUID\"",
        expected: "200 and a ListResponse with totalResults 0",
        source: MICROSOFT,
        entra: "no group is provisioned: the query before each creation fails",
        remedy: "support filter=displayName eq together with excludedAttributes=members on /Groups",
        run: |visit| {
            let call = Call::get(GROUPS).query("excludedAttributes", "members");
            Box::pin(probe(visit, call, "displayName"))
        },
    },
    Check {
        name: "wrong-token",
        title: "a wrong token is refused",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "GET /Users with a token that nobody has made",
        expected: "401",
        source: "RFC 7644 section 3.12, RFC 6750 section 3.1",
        entra: "Test Connection is green with any token, and anyone may read and change the users",
        remedy: "compare the token before anything else and answer 401",
        run: |visit| Box::pin(refused(visit, Credentials::Wrong)),
    },
    Check {
        name: "no-token",
        title: "a request without a token is refused",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "GET /Users without an Authorization header",
        expected: "401",
        source: "RFC 7644 section 3.12, RFC 6750 section 3.1",
        entra: "nothing, which is the danger: anyone may read and change the users",
        remedy: "authenticate every request before anything else and answer 401",
        run: |visit| Box::pin(refused(visit, Credentials::None)),
    },
    Check {
        name: "error-401",
        title: "the refusal is a SCIM error",
        needs: &["wrong-token"],
        severity: Severity::Warning,
        sent: "GET /Users with a token that nobody has made",
        expected: "the Error schema, `status` as the string \"401\", a `detail`, and WWW-Authenticate: Bearer",
        source: "RFC 7644 section 3.12, RFC 7235 section 3.1",
        entra: "an error without the sentence that would say what is wrong",
        remedy: "write every error as a SCIM error, those of gateways and middleware included",
        run: |visit| Box::pin(refusal(visit)),
    },
];

fn tenant_url(visit: &Visit) -> Told {
    match visit.scim.url().remark() {
        None => Ok(()),
        Some(Remark::TrailingSlash) => Err(Halt::seen("it ends with a slash")),
    }
}

async fn reached(visit: &Visit) -> Told {
    let call = Call::get("ServiceProviderConfig");
    let answer = visit.scim.send(&call).await?;
    if !(300..400).contains(&answer.status) {
        return Ok(());
    }
    let to = answer.location.as_deref().unwrap_or("somewhere");
    let seen = format!("`{}` is redirected to `{to}`", answer.asked);
    Err(Halt::seen(seen).remedied(
        "paste the URL it leads to as the Tenant URL: no redirect is followed with a token",
    ))
}

fn unknown_user() -> Call {
    Call::get(USERS).filter(format!("userName eq \"{}\"", Uuid::new_v4()))
}

async fn endpoint(visit: &Visit) -> Told {
    let config = visit.scim.send(&Call::get("ServiceProviderConfig")).await?;
    let users = visit.scim.send(&unknown_user()).await?;
    if is_elsewhere(&config) && is_elsewhere(&users) {
        return Err(users.halt());
    }
    Ok(())
}

/// Whether an answer comes from something that is no SCIM endpoint.
fn is_elsewhere(answer: &Answer) -> bool {
    answer.status == 404 || answer.is_success() && !matches!(answer.body, Body::Json(_))
}

async fn token(visit: &Visit) -> Told {
    let answer = visit.scim.send(&unknown_user()).await?;
    match answer.status {
        401 => Err(answer.halt()),
        403 => Err(answer.halt().remedied(
            "the token is known, but what it belongs to may do nothing: enable the realm or tenant, or make a token that may provision",
        )),
        _ => Ok(()),
    }
}

async fn probe(visit: &Visit, call: Call, naming: &str) -> Told {
    let call = call.filter(format!("{naming} eq \"{}\"", Uuid::new_v4()));
    let list = visit.list(&call).await?;
    if list.total_results == 0 && list.resources.is_empty() {
        return Ok(());
    }
    Err(Halt::seen(format!(
        "`{call}` answered totalResults {} and {} resources, as if it had no filter",
        list.total_results,
        list.resources.len()
    )))
}

async fn refused(visit: &Visit, credentials: Credentials) -> Told {
    let call = unknown_user().credentials(credentials);
    visit.scim.send(&call).await?.is(&[401]).map(|_| ())
}

async fn refusal(visit: &Visit) -> Told {
    let call = unknown_user().credentials(Credentials::Wrong);
    let answer = visit.scim.send(&call).await?;
    answer.is_scim_error()?;
    if answer.challenge.is_none() {
        return Err(Halt::seen(format!(
            "`{}` answered 401 without {WWW_AUTHENTICATE}",
            answer.asked
        )));
    }
    Ok(())
}
