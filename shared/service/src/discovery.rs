//! What the service says of itself (RFC 7644 section 4): documents made from the schemas and the limits.

use crate::config::Limits;
use crate::cursor;
use crate::parameters::Query;
use crate::respond::Reply;
use crate::route::Operation;
use crate::service::Service;
use scim::message::{ListResponse, Paging};
use scim::schema::Schema;
use scim::{Error, ErrorKind, ResourceType, Result};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What the documents are made of.
pub(crate) struct Documents<'a> {
    /// The resource types: the realm's own, or the stock ones for whoever has no token.
    pub(crate) types: &'a [&'a ResourceType],
    /// What every location begins with.
    pub(crate) base: &'a str,
    pub(crate) service: &'a Service,
}

impl Documents<'_> {
    /// Answers without looking at the table. Without a token the documents are
    /// the same for every realm but for their locations, so that nothing shows
    /// which realms exist.
    ///
    /// # Errors
    /// `Forbidden` for a filter, `NotFound` for an unknown id.
    pub(crate) fn answer(
        &self,
        operation: Operation,
        query: &Query,
        id: Option<&str>,
    ) -> Result<Reply> {
        // RFC 7644 section 4: "If a "filter" is provided, the service provider
        // SHOULD respond with HTTP status code 403 (Forbidden)".
        if query.get("filter").is_some() {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "discovery endpoints cannot be filtered; remove the `filter` parameter",
            ));
        }
        let id = id.unwrap_or_default();
        let (types, base) = (self.types, self.base);
        let body = match operation {
            Operation::ResourceTypes => list(resource_types(types, base))?,
            Operation::ResourceType => one(resource_types(types, base), id, "resource type")?,
            Operation::Schemas => list(schemas(types, base)?)?,
            Operation::Schema => one(schemas(types, base)?, id, "schema")?,
            _ => provider_config(base, &self.service.config.limits),
        };
        Ok(Reply::ok(body))
    }
}

/// RFC 7643 section 5, RFC 9865 section 4.
fn provider_config(base: &str, limits: &Limits) -> Value {
    json!({
        "schemas": [PROVIDER_CONFIG],
        "patch": {"supported": true},
        "bulk": {
            "supported": true,
            "maxOperations": limits.bulk_operations,
            "maxPayloadSize": limits.bulk_body,
        },
        "filter": {"supported": true, "maxResults": limits.page_max},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        // Clients that know nothing of cursors expect pages by index (RFC 9865 section 2.4).
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.page_default,
            "maxPageSize": limits.page_max,
            "cursorTimeout": cursor::LIFE.as_secs(),
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "OAuth Bearer Token",
            "description": "A Secret Token of the realm in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

/// RFC 7643 section 6.
fn resource_types(types: &[&ResourceType], base: &str) -> Vec<Map<String, Value>> {
    types
        .iter()
        .map(|of| {
            let mut document = Map::new();
            let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
            set("schemas", json!([RESOURCE_TYPE]));
            set("id", of.name.into());
            set("name", of.name.into());
            set("endpoint", of.endpoint.into());
            set("description", of.description.into());
            set("schema", of.schema.id.as_str().into());
            let extensions: Vec<Value> = of
                .extensions
                .iter()
                .map(|extension| json!({"schema": extension.schema.id, "required": extension.required}))
                .collect();
            if !extensions.is_empty() {
                set("schemaExtensions", extensions.into());
            }
            set("meta", meta("ResourceType", format!("{base}/ResourceTypes/{}", of.name)));
            document
        })
        .collect()
}

/// RFC 7643 section 7; an erratum gives the documents `schemas` and `meta`, as every resource has.
fn schemas(types: &[&ResourceType], base: &str) -> Result<Vec<Map<String, Value>>> {
    let core = types.iter().map(|of| &of.schema);
    let extensions = types
        .iter()
        .flat_map(|of| of.extensions.iter().map(|extension| &extension.schema));
    let mut documents: Vec<&Arc<Schema>> = core.collect();
    for schema in extensions {
        if !documents.iter().any(|known| known.id == schema.id) {
            documents.push(schema);
        }
    }
    documents
        .into_iter()
        .map(|schema| {
            let mut document = Map::from_iter([("schemas".to_owned(), json!([SCHEMA]))]);
            if let Value::Object(own) = to_value(schema)? {
                document.extend(own);
            }
            let location = format!("{base}/Schemas/{}", schema.id);
            document.insert("meta".to_owned(), meta("Schema", location));
            Ok(document)
        })
        .collect()
}

fn meta(resource_type: &str, location: String) -> Value {
    json!({"resourceType": resource_type, "location": location})
}

fn list(documents: Vec<Map<String, Value>>) -> Result<Value> {
    let count = documents.len() as u64;
    to_value(&ListResponse {
        paging: Paging::Index {
            total_results: count,
            start_index: 1,
        },
        items_per_page: count,
        resources: documents,
    })
}

/// Entra's validator looks schemas up in any case.
fn one(documents: Vec<Map<String, Value>>, id: &str, what: &str) -> Result<Value> {
    documents
        .into_iter()
        .find(|document| {
            let own = document.get("id").and_then(Value::as_str);
            own.is_some_and(|own| own.eq_ignore_ascii_case(id))
        })
        .map(Value::Object)
        .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no {what} `{id}`")))
}

fn to_value(document: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(document).map_err(|cause| {
        Error::caused_by(ErrorKind::Internal, "a document cannot be written", &cause)
    })
}
