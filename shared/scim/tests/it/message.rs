//! The protocol's own messages on the wire and as they are read.

use scim::message::{ErrorBody, ListResponse, Paging, SearchRequest, SortOrder};
use scim::{Error, ErrorKind};
use serde_json::{Value, json};

fn strings(lists: &[&str]) -> Vec<String> {
    lists.iter().map(|list| (*list).to_owned()).collect()
}

#[test]
fn messages_on_the_wire() {
    let by_cursor = |total_results, next: Option<&str>| Paging::Cursor {
        total_results,
        next_cursor: next.map(str::to_owned),
    };
    let by_index = Paging::Index {
        total_results: 0,
        start_index: 1,
    };
    for (paging, members) in [
        (
            by_index,
            r#""totalResults":0,"startIndex":1,"itemsPerPage":0"#,
        ),
        (
            by_cursor(Some(7), Some("x")),
            r#""totalResults":7,"itemsPerPage":0,"nextCursor":"x""#,
        ),
        (by_cursor(None, None), r#""itemsPerPage":0"#),
    ] {
        let list = ListResponse {
            paging,
            items_per_page: 0,
            resources: Vec::<Value>::new(),
        };
        assert_eq!(
            serde_json::to_string(&list).unwrap(),
            format!(
                r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],{members},"Resources":[]}}"#
            )
        );
    }
    let error = Error::caused_by(
        ErrorKind::InvalidValue,
        "attribute `x` is required",
        "secret",
    );
    assert_eq!(
        serde_json::to_string(&ErrorBody::from(&error)).unwrap(),
        concat!(
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"#,
            r#""status":"400","scimType":"invalidValue","detail":"attribute `x` is required"}"#
        )
    );
    let error = Error::new(ErrorKind::NotFound, "no such user");
    assert_eq!(
        serde_json::to_value(ErrorBody::from(&error)).unwrap(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "404", "detail": "no such user"
        })
    );
}

#[test]
fn searches_are_read() {
    let search = SearchRequest::parse(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "Attributes": ["displayName", "userName"], "excludedattributes": "emails",
        "filter": "x", "sortBy": "y", "sortOrder": "Descending",
        "startIndex": 1, "COUNT": -1, "cursor": "", "more": {}
    }));
    assert_eq!(
        search.unwrap(),
        SearchRequest {
            attributes: strings(&["displayName", "userName"]),
            excluded_attributes: strings(&["emails"]),
            filter: Some("x".into()),
            sort_by: Some("y".into()),
            sort_order: Some(SortOrder::Descending),
            start_index: Some(1),
            count: Some(-1),
            cursor: Some(String::new()),
        }
    );
    let empty = SearchRequest::parse(json!({"filter": null, "count": null})).unwrap();
    assert_eq!(empty, SearchRequest::default());
}

#[test]
fn searches_that_are_none() {
    for (body, kind, detail) in [
        (
            json!([]),
            ErrorKind::InvalidSyntax,
            "the search must be a JSON object",
        ),
        (
            json!({"filter": 1}),
            ErrorKind::InvalidSyntax,
            "`filter` must be a string",
        ),
        (
            json!({"attributes": [1]}),
            ErrorKind::InvalidSyntax,
            "`attributes` must be an array of strings",
        ),
        (
            json!({"attributes": {}}),
            ErrorKind::InvalidSyntax,
            "`attributes` must be an array of strings",
        ),
        (
            json!({"count": "1"}),
            ErrorKind::InvalidSyntax,
            "`count` must be an integer",
        ),
        (
            json!({"startIndex": 1.5}),
            ErrorKind::InvalidSyntax,
            "`startIndex` must be an integer",
        ),
        (
            json!({"count": 1, "Count": 1}),
            ErrorKind::InvalidSyntax,
            "`Count` is given twice",
        ),
        (
            json!({"sortOrder": "up"}),
            ErrorKind::InvalidValue,
            "not `up`",
        ),
    ] {
        let error = SearchRequest::parse(body.clone()).expect_err(&body.to_string());
        assert_eq!(
            (error.kind(), error.detail().contains(detail)),
            (kind, true),
            "{body}: {error}"
        );
    }
}
