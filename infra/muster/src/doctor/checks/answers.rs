//! What holds for every answer that came on this visit.

use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::visit::Visit;

const SCIM: &str = "application/scim+json";
const JSON: &str = "application/json";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "answers-are-json",
        title: "every answer with a body is JSON",
        needs: &["token"],
        severity: Severity::Fault,
        sent: "everything above",
        expected: "Content-Type application/scim+json, or at least application/json",
        source: "RFC 7644 section 3.1",
        entra: "SystemForCrossDomainIdentityManagementServiceIncompatible: the answer cannot be read",
        remedy: "let errors and pages of middleware, frameworks and gateways be JSON below the Tenant URL",
        run: |visit| Box::pin(async { only(visit, &[SCIM, JSON]) }),
    },
    Check {
        name: "media-type",
        title: "every answer with a body is application/scim+json",
        needs: &["answers-are-json"],
        severity: Severity::Warning,
        sent: "everything above",
        expected: "Content-Type application/scim+json, errors included",
        source: "RFC 7644 section 3.1",
        entra: "nothing; stricter clients refuse the answers",
        remedy: "set Content-Type application/scim+json in one place for all answers",
        run: |visit| Box::pin(async { only(visit, &[SCIM]) }),
    },
];

fn only(visit: &Visit, allowed: &[&str]) -> Told {
    for (media_type, asked) in visit.scim.media_types() {
        if !allowed.contains(&media_type.as_str()) {
            let named = if media_type.is_empty() {
                "no Content-Type".to_owned()
            } else {
                format!("Content-Type {media_type}")
            };
            return Err(Halt::seen(format!("`{asked}` answered {named}")));
        }
    }
    Ok(())
}
