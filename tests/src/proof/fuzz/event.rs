//! Events of the gateway: the law is that of [`crate::hostile`].

use crate::hostile::Deployment;
use serde_json::{Value, json};

pub(super) const WORDS: &[&str] = &[
    "\u{1e}",
    "/realms/",
    "acme",
    "other",
    "/scim/v2",
    "/Users",
    "/Groups",
    "/.search",
    "/Bulk",
    "/Schemas",
    "/Me",
    "/admin/v1/realms",
    "/",
    "//",
    "/..",
    "%2e%2e",
    "%2f",
    "%00",
    "%",
    "%6fther",
    "..;",
    "\\",
    "?",
    "#",
    "@",
    "\u{0}",
    "\n",
    " ",
    "R#other#U",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "filter=",
    "userName+eq+%22x%22",
    "count=",
    "cursor=",
    "startIndex=",
    "sortBy=userName",
    "attributes=",
    "&",
    "=",
    "content-type",
    "application/json",
    "host",
    "if-match",
    "W/\"1.1\"",
    "x-forwarded-host",
    "accept-encoding",
    "gzip",
    "expect",
    "content-length",
    "Bearer ",
    "mst_",
    "Basic ",
    "$default",
    "prod",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "null",
    "\"userName\":\"x\"",
    "\"displayName\":\"y\"",
    "\"members\":",
    "\"Operations\":",
    "\"value\":",
    "\"rawPath\":",
    "\"requestContext\":",
    "\"headers\":",
    "\"version\":",
    "eyJ1c2VyTmFtZSI6IngifQ==",
];

thread_local! {
    static DEPLOYMENT: Deployment = Deployment::new();
}

pub(super) fn law(data: &[u8]) {
    DEPLOYMENT.with(|deployment| {
        deployment.ask(of_json(deployment, data).unwrap_or_else(|| of_fields(deployment, data)));
    });
}

fn of_fields(deployment: &Deployment, data: &[u8]) -> Value {
    let text = String::from_utf8_lossy(data);
    let mut fields = text.split('\u{1e}').map(str::to_owned);
    let mut next = || fields.next().unwrap_or_default();
    let (flag, method, path, query, body) = (next(), next(), next(), next(), next());
    let (name, value, stage, authorization) = (next(), next(), next(), next());
    let mut event = deployment.event(&method, &path, &query);
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(flag == "1");
    if !name.is_empty() && !name.eq_ignore_ascii_case("authorization") {
        event["headers"][name] = json!(value);
    }
    if !stage.is_empty() {
        event["requestContext"]["stage"] = json!(stage);
    }
    if !authorization.is_empty() {
        event["headers"]["authorization"] = json!(authorization);
    }
    event
}

/// An event as it is, but for what the gateway alone says of its caller.
fn of_json(deployment: &Deployment, data: &[u8]) -> Option<Value> {
    let mut event: Value = serde_json::from_slice(data).ok()?;
    if let Some(context) = event
        .get_mut("requestContext")
        .and_then(Value::as_object_mut)
    {
        context.remove("authorizer");
    }
    if let Some(headers) = event.get_mut("headers").and_then(Value::as_object_mut) {
        headers.insert(
            "authorization".to_owned(),
            deployment.authorization().into(),
        );
    }
    Some(event)
}
