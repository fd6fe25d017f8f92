//! What happened in a realm.

use super::input::{INSTANT, Page, excerpt, invalid, rfc_3339};
use super::openapi::Problem;
use super::{AdminCall, instant, shown};
use crate::clients::client;
use crate::respond::Reply;
use auth::Actor;
use axum::http::StatusCode;
use scim::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use std::str::FromStr;
use store::{
    EventAction, EventCursor, EventKind, EventOrder, EventQuery, EventStatus, Kind, Tenant,
};
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    /// Ids sort by time.
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = DateTime)]
    time: String,
    realm: String,
    /// `write`, `refusal` (of a write), `authentication` (that failed),
    /// `administration`, `member`, `key`, `guard`.
    kind: &'static str,
    /// What was done or asked for, such as `create` or `updateRealm`.
    #[schema(value_type = String, example = "patch")]
    action: EventAction,
    /// The key that was used; of a failed authentication the one that was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The operator that acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    /// Which client it was, told from what it calls itself; `unknown` where that tells nothing.
    #[schema(example = "Okta")]
    client: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_address: Option<String>,
    method: String,
    /// A realm's relative to its Tenant URL.
    #[schema(example = "/Users")]
    path: String,
    /// The status answered.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    scim_type: Option<String>,
    /// Why it was refused; of a member that has moved along, from where to where.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<EventResource>,
    /// The attributes that changed, the first of them.
    changed: Vec<String>,
    /// How many changed, where not all are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_count: Option<usize>,
    /// The same by the company's own names, as the realm's mappers have them now.
    attributes: Vec<String>,
    /// Their new values, where the realm keeps them; null for what is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    values: Option<Map<String, Value>>,
    /// The same by the company's own names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    profile: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<MemberCounts>,
    /// The answer's `x-request-id`.
    #[schema(format = "uuid")]
    request_id: String,
    /// How long the request had taken when the event was written.
    duration_ms: u64,
    /// What it had read by then.
    read_units: f64,
    /// What it had written by then, the change itself not among it.
    write_units: f64,
}

/// What an event is about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventResource {
    /// `User`, `Group`, `Key` or `Schema`.
    #[serde(rename = "type")]
    about_type: &'static str,
    id: String,
}

/// What happened to a group's members, or to a resource's memberships.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberCounts {
    added: usize,
    removed: usize,
    /// How many values named no user or group.
    unknown: usize,
    /// Some of them, where they look like ids.
    unknown_ids: Vec<String>,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventPage {
    events: Vec<Event>,
    /// Where the next page begins; there may be one also after a page that is short or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// List a realm's events
///
/// What clients have changed, what was refused to them, who was not let in, what
/// operators have done. A page looks through so many events and may be short, or
/// empty, when few of them are wanted.
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/events",
    operation_id = "listEvents",
    tag = "events",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("from" = Option<String>, Query, format = DateTime, description = "Not before"),
        ("to" = Option<String>, Query, format = DateTime, description = "Not after"),
        ("kind" = Option<String>, Query, pattern = "^(write|refusal|authentication|administration|member|key|guard)$", description = "Only of this kind"),
        ("status" = Option<String>, Query, pattern = "^([1-5]xx|[1-5][0-9][0-9])$", description = "Only with this status, or of this class such as `4xx`"),
        ("resource" = Option<String>, Query, description = "Only about what has this id"),
        ("key" = Option<String>, Query, pattern = "^[0-9A-Za-z]{12}$", description = "Only by or about this key"),
        ("order" = Option<String>, Query, pattern = "^(asc|desc)$", description = "`desc`, the newest first, is the default"),
        ("limit" = Option<u32>, Query, minimum = 1, description = "How many; at most 100"),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page", body = EventPage),
        (status = 400, description = "A parameter is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let realm = call.realm_name()?;
    let query = query(call)?;
    let admin = call.admin(StatusCode::OK);
    let (events, next) = admin.events(&realm, &query).await?;
    let tenant = call.tenant().await?;
    let events = events.into_iter().map(|event| Event::of(&tenant, event));
    Ok(Reply::ok(shown(&EventPage {
        events: events.collect(),
        next_cursor: next.map(|cursor| cursor.to_string()),
    })?))
}

/// Show an event
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/events/{id}",
    operation_id = "getEvent",
    tag = "events",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("id" = String, Path, description = "The event's id"),
    ),
    responses(
        (status = 200, description = "The event", body = Event),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or event", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(call: &AdminCall<'_>) -> Result<Reply> {
    let realm = call.realm_name()?;
    let text = call.parameters.get("id").unwrap_or_default();
    let id: Uuid = text.parse().map_err(|_| {
        let text = excerpt(text);
        Error::new(ErrorKind::NotFound, format!("there is no event `{text}`"))
    })?;
    let admin = call.admin(StatusCode::OK);
    let event = admin.recorded_event(&realm, id).await?;
    let tenant = call.tenant().await?;
    Ok(Reply::ok(shown(&Event::of(&tenant, event))?))
}

impl Event {
    fn of(tenant: &Tenant, event: store::Event) -> Self {
        let step = match event.action {
            EventAction::MoveMember => event.subject.clone(),
            _ => None,
        };
        let mappers = tenant.mappers();
        // Mappers are of users.
        let is_user = matches!(event.resource, Some((Kind::User, _)));
        let changed = event.changed.iter().filter(|_| is_user);
        let mut attributes: Vec<String> = changed
            .flat_map(|name| mappers.names_for(name))
            .map(str::to_owned)
            .collect();
        attributes.sort_unstable();
        attributes.dedup();
        let values = event.values.as_ref().filter(|_| is_user);
        let profile = values.map(|values| mappers.profile(values));
        let (key, operator) = match event.actor {
            Some(Actor::Key(key)) => (Some(key.to_string()), None),
            Some(Actor::Operator(name)) => (None, Some(name)),
            None => (None, None),
        };
        let store::MemberCounts {
            added,
            removed,
            unknown,
            unknown_ids,
        } = event.members;
        let members = MemberCounts {
            added,
            removed,
            unknown,
            unknown_ids,
        };
        Self {
            id: event.id.to_string(),
            time: instant(event.time),
            realm: tenant.record().name.to_string(),
            kind: event.kind.as_str(),
            action: event.action,
            key,
            operator,
            client: client(event.user_agent.as_deref()),
            user_agent: event.user_agent,
            source_address: event.source,
            method: event.method,
            path: event.path,
            status: event.status,
            scim_type: event.scim_type,
            detail: event.detail.or(step),
            resource: match (event.resource, event.subject) {
                (Some((kind, id)), _) => Some(EventResource {
                    about_type: kind.resource_type().name,
                    id: id.to_string(),
                }),
                (None, Some(id)) => Some(EventResource {
                    about_type: subject_type(event.action),
                    id,
                }),
                (None, None) => None,
            },
            changed_count: Some(event.changed_count).filter(|all| *all > event.changed.len()),
            changed: event.changed,
            attributes,
            values: event.values,
            profile,
            members: Some(members)
                .filter(|members| members.added + members.removed + members.unknown > 0),
            request_id: event.request.to_string(),
            duration_ms: event.duration_ms,
            read_units: event.read_units,
            write_units: event.write_units,
        }
    }
}

/// What a subject is that is no resource.
fn subject_type(action: EventAction) -> &'static str {
    match action {
        EventAction::PutSchema | EventAction::DeleteSchema => "Schema",
        _ => "Key",
    }
}

fn query(call: &AdminCall<'_>) -> Result<EventQuery> {
    let page = call.page()?;
    let after = page.after::<EventCursor>()?;
    let Page { limit, .. } = page;
    let kind = |text: &str| {
        let found = EventKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text);
        found.ok_or(())
    };
    let order = |text: &str| match text {
        "asc" => Ok(EventOrder::Ascending),
        "desc" => Ok(EventOrder::Descending),
        _ => Err(()),
    };
    let instant = |text: &str| rfc_3339(text).ok_or(());
    let status = "a status such as `409`, or a class such as `4xx`";
    let kinds =
        "`write`, `refusal`, `authentication`, `administration`, `member`, `key` or `guard`";
    let key = "a key's id: the twelve characters after `mst_` in its token";
    Ok(EventQuery {
        from: parameter(call, "from", INSTANT, instant)?,
        to: parameter(call, "to", INSTANT, instant)?,
        order: parameter(call, "order", "`asc` or `desc`", order)?.unwrap_or_default(),
        kind: parameter(call, "kind", kinds, kind)?,
        status: parameter(call, "status", status, EventStatus::from_str)?,
        resource: call.arrival.query.get("resource").map(str::to_owned),
        key: parameter(call, "key", key, str::parse)?,
        limit,
        after,
    })
}

/// A parameter of the query, which must be what `is` says.
pub(super) fn parameter<T, E>(
    call: &AdminCall<'_>,
    name: &str,
    is: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>> {
    let text = call.arrival.query.get(name);
    text.map(|text| parse(text).map_err(|_| invalid(format!("`{name}` is {is}"))))
        .transpose()
}
