//! What the server says of itself. Entra ID provisions without it; validators,
//! schema discovery and other clients do not.

use serde_json::Value;

use crate::doctor::call::{Call, GROUPS, USERS};
use crate::doctor::check::{Check, Halt, Severity, Told};
use crate::doctor::visit::{ENTERPRISE, USER, Visit};

const VALIDATOR: &str =
    "nothing while it provisions; Microsoft's SCIM Validator and schema discovery complain";

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "provider-config",
        title: "ServiceProviderConfig says that PATCH and filters are supported",
        needs: &["token"],
        severity: Severity::Warning,
        sent: "GET /ServiceProviderConfig",
        expected: "200, `patch.supported` and `filter.supported` true",
        source: "RFC 7643 section 5",
        entra: VALIDATOR,
        remedy: "serve /ServiceProviderConfig and let it say what is there",
        run: |visit| Box::pin(provider_config(visit)),
    },
    Check {
        name: "resource-types",
        title: "ResourceTypes name Users and Groups",
        needs: &["token"],
        severity: Severity::Warning,
        sent: "GET /ResourceTypes",
        expected: "200 and a ListResponse with the endpoints `/Users` and `/Groups`",
        source: "RFC 7643 section 6",
        entra: VALIDATOR,
        remedy: "serve /ResourceTypes as a ListResponse",
        run: |visit| Box::pin(resource_types(visit)),
    },
    Check {
        name: "schemas",
        title: "Schemas describe the User and its enterprise extension",
        needs: &["token"],
        severity: Severity::Warning,
        sent: "GET /Schemas",
        expected: "200 and a ListResponse with both schemas, userName among their attributes",
        source: "RFC 7643 section 7",
        entra: "attributes are missing in the list of the target's attributes when mappings are made",
        remedy: "serve /Schemas as a ListResponse with every attribute that can be mapped",
        run: |visit| Box::pin(schemas(visit)),
    },
    Check {
        name: "canonical-types",
        title: "the types of e-mail addresses are listed",
        needs: &["schemas"],
        severity: Severity::Warning,
        sent: "GET /Schemas",
        expected: "`canonicalValues` with `work` on `emails.type`",
        source: "RFC 7643 section 8.7.1",
        entra: "the validator sends `emails[type eq \"untyped\"]` and fails",
        remedy: "give the `type` sub-attributes their canonicalValues",
        run: |visit| Box::pin(canonical_types(visit)),
    },
];

async fn provider_config(visit: &Visit) -> Told {
    let answer = visit
        .scim
        .send(&Call::get("ServiceProviderConfig"))
        .await?
        .is(&[200])?;
    let config = answer.json()?;
    for feature in ["patch", "filter"] {
        let supported = config
            .get(feature)
            .and_then(|feature| feature.get("supported"));
        if supported != Some(&Value::Bool(true)) {
            return Err(Halt::seen(format!("`{feature}.supported` is not true")));
        }
    }
    Ok(())
}

async fn resource_types(visit: &Visit) -> Told {
    let list = visit.list(&Call::get("ResourceTypes")).await?;
    for endpoint in [USERS, GROUPS] {
        let named = list.resources.iter().any(|kind| {
            let own = kind.get("endpoint").and_then(Value::as_str);
            own.is_some_and(|own| own.trim_end_matches('/').ends_with(endpoint))
        });
        if !named {
            return Err(Halt::seen(format!("no resource type has `/{endpoint}`")));
        }
    }
    Ok(())
}

async fn schemas(visit: &Visit) -> Told {
    let schemas = visit.list(&Call::get("Schemas")).await?.resources;
    schema(&schemas, ENTERPRISE)?;
    attribute(schema(&schemas, USER)?, "attributes", "userName").map(|_| ())
}

async fn canonical_types(visit: &Visit) -> Told {
    let schemas = visit.list(&Call::get("Schemas")).await?.resources;
    let emails = attribute(schema(&schemas, USER)?, "attributes", "emails")?;
    let kind = attribute(emails, "subAttributes", "type")?;
    let values = kind.get("canonicalValues").and_then(Value::as_array);
    if values.is_some_and(|values| values.iter().any(|value| value == "work")) {
        return Ok(());
    }
    Err(Halt::seen("`emails.type` has no canonicalValue `work`"))
}

fn schema<'a>(schemas: &'a [Value], urn: &str) -> Told<&'a Value> {
    let found = schemas
        .iter()
        .find(|schema| schema.get("id").is_some_and(|id| id == urn));
    found.ok_or_else(|| Halt::seen(format!("`{urn}` is not among the schemas")))
}

fn attribute<'a>(of: &'a Value, list: &str, name: &str) -> Told<&'a Value> {
    let attributes = of.get(list).and_then(Value::as_array);
    let found = attributes
        .into_iter()
        .flatten()
        .find(|attribute| attribute.get("name").is_some_and(|own| own == name));
    found.ok_or_else(|| Halt::seen(format!("no schema describes `{name}`")))
}
