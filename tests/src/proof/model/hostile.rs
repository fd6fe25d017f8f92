//! Requests that are refused whatever there is: malformed, oversized, at the wrong
//! address (DESIGN.md sections 2 and 6; README, "Limits").

use super::Fault;
use super::render::Request;

/// One of them.
struct Row {
    name: &'static str,
    method: &'static str,
    /// `{other}` is the other realm's name.
    path: &'static str,
    body: Body,
    status: u16,
    scim_type: &'static str,
}

/// What it carries.
enum Body {
    None,
    Text(&'static str),
    /// As `text/plain`.
    Plain(&'static str),
    /// Before, so often something, behind.
    Many(&'static str, &'static str, usize, &'static str),
}

const NOBODY: &str = "/Users/00000000-0000-4000-8000-000000000000";

const fn row(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    body: Body,
    status: u16,
    scim_type: &'static str,
) -> Row {
    Row {
        name,
        method,
        path,
        body,
        status,
        scim_type,
    }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("no such endpoint", "GET", "/Entitlements", Body::None, 404, ""),
    row("an endpoint in other case", "GET", "/users", Body::None, 404, ""),
    row("a path into the other realm", "GET", "/Users/..%2f..%2f..%2f..%2f{other}/scim/v2/Users", Body::None, 404, ""),
    row("a path with dots", "GET", "/Users/x/..%2f", Body::None, 404, ""),
    row("a path with NUL", "GET", "/Users/%00", Body::None, 404, ""),
    row("an id in a path behind an id", "GET", "/Users/a/b", Body::None, 404, ""),
    row("the wrong method", "PUT", "/Users", Body::Text("{}"), 405, ""),
    row("the wrong method of a search", "GET", "/.search", Body::None, 405, ""),
    row("me", "GET", "/Me", Body::None, 501, ""),
    row("another media type", "POST", "/Users", Body::Plain(r#"{"userName":"x"}"#), 415, ""),
    row("no body", "POST", "/Users", Body::Text(""), 400, "invalidSyntax"),
    row("half a body", "POST", "/Users", Body::Text(r#"{"userName":"x""#), 400, "invalidSyntax"),
    row("two bodies", "POST", "/Users", Body::Text(r#"{"userName":"x"} {}"#), 400, "invalidSyntax"),
    row("a list for a body", "POST", "/Users", Body::Text("[]"), 400, "invalidSyntax"),
    row("a key twice", "POST", "/Users", Body::Text(r#"{"userName":"x","userName":"y"}"#), 400, "invalidSyntax"),
    row("NUL in a name", "POST", "/Users", Body::Text(r#"{"userName":"x\u0000"}"#), 400, "invalidSyntax"),
    row("half a character", "POST", "/Users", Body::Text(r#"{"userName":"x\ud800"}"#), 400, "invalidSyntax"),
    row("another schema", "POST", "/Users", Body::Text(r#"{"userName":"x","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]}"#), 400, "invalidValue"),
    row("deep nesting", "POST", "/Users", Body::Many(r#"{"userName":"x","q":"#, "[", 20_000, ""), 400, "invalidSyntax"),
    row("a body of more than 1 MiB", "POST", "/Users", Body::Many(r#"{"userName":""#, "x", 1 << 20, r#""}"#), 413, ""),
    row("a document of more than 300 KiB", "POST", "/Users", Body::Many(r#"{"userName":"large","title":""#, "x", 310 << 10, r#""}"#), 413, ""),
    row("a group in a body of more than 4 MiB", "POST", "/Groups", Body::Many(r#"{"displayName":""#, "x", 4 << 20, r#""}"#), 413, ""),
    row("a PATCH without operations", "PATCH", NOBODY, Body::Text("{}"), 400, "invalidSyntax"),
    row("a PATCH of 1,001 operations", "PATCH", NOBODY, Body::Many(r#"{"Operations":[{"op":"remove","path":"title"}"#, r#",{"op":"remove","path":"title"}"#, 1_000, "]}"), 400, "invalidValue"),
    row("a PATCH with an open bracket", "PATCH", NOBODY, Body::Text(r#"{"Operations":[{"op":"remove","path":"emails[type eq \"work\""}]}"#), 400, "invalidPath"),
    row("a PATCH with words behind its path", "PATCH", NOBODY, Body::Text(r#"{"Operations":[{"op":"remove","path":"emails[type eq \"work\"] or title"}]}"#), 400, "invalidPath"),
    row("a PATCH of many brackets", "PATCH", NOBODY, Body::Many(r#"{"Operations":[{"op":"remove","path":"emails["#, "(", 3_000, r#""}]}"#), 400, "invalidPath"),
    row("a filter without an operand", "GET", "/Users?filter=userName%20eq", Body::None, 400, "invalidFilter"),
    row("a filter with a word left over", "GET", "/Users?filter=userName%20eq%20%22x%22%20y", Body::None, 400, "invalidFilter"),
    row("a filter with an open quote", "GET", "/Users?filter=userName%20eq%20%22x", Body::None, 400, "invalidFilter"),
    row("a filter with an unknown operator", "GET", "/Users?filter=userName%20like%20%22x%22", Body::None, 400, "invalidFilter"),
    row("a filter with nothing in brackets", "GET", "/Users?filter=emails%5B%5D", Body::None, 400, "invalidFilter"),
    row("two filters", "GET", "/Users?filter=title%20pr&filter=title%20pr", Body::None, 400, "invalidFilter"),
    row("a filter of 1,100 comparisons", "POST", "/Users/.search", Body::Many(r#"{"filter":"title pr"#, " or title pr", 1_100, r#""}"#), 400, "invalidFilter"),
    row("a filter of many parentheses", "POST", "/.search", Body::Many(r#"{"filter":""#, "(", 4_000, r#""}"#), 400, "invalidFilter"),
    row("a search that is no object", "POST", "/.search", Body::Text("[]"), 400, "invalidSyntax"),
    row("a count that is none", "GET", "/Users?count=many", Body::None, 400, "invalidValue"),
    row("a broken index", "GET", "/Groups?startIndex=1.5", Body::None, 400, "invalidValue"),
    row("a cursor that is none", "GET", "/Users?cursor=x", Body::None, 400, "invalidCursor"),
    row("a cursor and an index", "GET", "/Users?cursor=&startIndex=1", Body::None, 400, "invalidValue"),
    row("a cursor and a count that is none", "GET", "/Users?cursor=&count=x", Body::None, 400, "invalidCount"),
    row("a bulk request without operations", "POST", "/Bulk", Body::Text("{}"), 400, "invalidSyntax"),
    row("a bulk request that fails at once", "POST", "/Bulk", Body::Text(r#"{"Operations":[],"failOnErrors":0}"#), 400, "invalidValue"),
    row("a bulk request of 1,001 operations", "POST", "/Bulk", Body::Many(r#"{"Operations":[{}"#, ",{}", 1_000, "]}"), 413, ""),
];

/// Their names.
pub fn names() -> Vec<&'static str> {
    ROWS.iter().map(|row| row.name).collect()
}

fn find(name: &str) -> &'static Row {
    ROWS.iter()
        .find(|row| row.name == name)
        .expect("a request of the table")
}

/// The refusal that it meets.
pub fn fault(name: &str) -> Fault {
    let row = find(name);
    Fault::of(row.status, row.scim_type)
}

/// Whether it is for somebody who may write.
pub fn writes(name: &str) -> bool {
    let row = find(name);
    row.method != "GET" && !row.path.ends_with(".search")
}

/// The request; `other` is the other realm's name.
pub fn request(name: &str, other: &str) -> Request {
    let row = find(name);
    let mut headers = Vec::new();
    let body = match &row.body {
        Body::None => None,
        Body::Text(text) => Some((*text).to_owned()),
        Body::Plain(text) => {
            headers.push(("content-type".to_owned(), "text/plain".to_owned()));
            Some((*text).to_owned())
        }
        Body::Many(before, one, times, behind) => {
            Some(format!("{before}{}{behind}", one.repeat(*times)))
        }
    };
    Request {
        method: row.method.to_owned(),
        path: row.path.replace("{other}", other),
        headers,
        body,
    }
}
