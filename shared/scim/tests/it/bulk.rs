//! The bulk messages: what is read, where references stand, what is put off.

use scim::bulk::{
    BulkRequest, BulkResponse, BulkResult, defer, each_string, of_path, path_to, references,
    resolve,
};
use scim::message::BULK_REQUEST;
use scim::{Error, ErrorKind, Tolerances};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[track_caller]
fn refused(body: Value, kind: ErrorKind, detail: &str) {
    let error = BulkRequest::read(body.clone(), Tolerances::ALL, 3).expect_err(&body.to_string());
    assert_eq!(error.kind(), kind, "{body}");
    assert!(error.detail().contains(detail), "{body}: {error}");
}

#[test]
fn a_request_is_refused_as_a_whole() {
    let with = |field: &str, value: Value| {
        let mut body = json!({"schemas": [BULK_REQUEST], "Operations": []});
        body[field] = value;
        body
    };
    let syntax = ErrorKind::InvalidSyntax;
    refused(json!("x"), syntax, "object");
    refused(json!({}), syntax, "Operations");
    refused(with("Operations", json!({})), syntax, "Operations");
    refused(with("operations", json!([])), syntax, "twice");
    refused(with("failOnErrors", json!("1")), syntax, "integer");
    refused(
        with("failOnErrors", json!(0)),
        ErrorKind::InvalidValue,
        "1 or more",
    );
    let four = json!([{}, {}, {}, {}]);
    let large = ErrorKind::PayloadTooLarge;
    refused(with("Operations", four), large, "maxOperations (3)");
}

#[test]
fn one_operation_is_refused_by_itself_and_keeps_its_name() {
    let good = json!({"method": "DELETE", "path": "/Users/1", "version": "W/\"1.0\"", "data": 1});
    let bad = json!({"method": "POST", "path": "/Users", "bulkId": "b"});
    let body = json!({"schemas": [BULK_REQUEST], "failOnErrors": 2, "Operations": [good, bad]});
    let request = BulkRequest::read(body, Tolerances::NONE, 3).unwrap();
    assert_eq!(request.fail_on_errors.map(Into::into), Some(2_usize));
    let read = request.operations[0].as_ref().unwrap();
    assert_eq!(read.version.as_deref(), Some("W/\"1.0\""));
    assert_eq!(read.data, None, "a DELETE has no body");
    let refused = request.operations[1].as_ref().unwrap_err();
    let bulk_id = refused.bulk_id.as_ref().unwrap();
    assert_eq!(bulk_id.as_str(), "b");
    assert!(
        refused.error.detail().contains("`data`"),
        "{}",
        refused.error
    );
}

/// Each is refused for what is wrong with it.
#[test]
fn an_operation_that_cannot_be_read_says_why() {
    for (operation, detail) in [
        (json!("x"), "a bulk operation must be a JSON object"),
        (
            json!({"method": "POST", "Method": "PUT"}),
            "`Method` is given twice",
        ),
        (json!({"method": "GET", "path": "/Users/1"}), "`method`"),
        (json!({"method": "DELETE"}), "`path`"),
    ] {
        let body = json!({"schemas": [BULK_REQUEST], "Operations": [operation]});
        let request = BulkRequest::read(body, Tolerances::ALL, 3).unwrap();
        let error = &request.operations[0].as_ref().unwrap_err().error;
        assert!(error.detail().contains(detail), "{operation}: {error}");
    }
}

#[test]
fn references_are_whole_strings_and_ends_of_refs() {
    let data = json!({
        "a": "bulkId:1", "b": ["bulkId:2", "x bulkId:3"], "c": {"d": {"value": "bulkId:4"}},
        "$ref": "https://host/Users/bulkId:5/6", "e": "/Users/bulkId:7", "f": 8, "g": "bulkid:9",
    });
    assert_eq!(references(&data), ["1", "2", "4", "5/6"]);
    let mut resolved = data.clone();
    resolve(&mut resolved, &|id| (id != "2").then(|| format!("<{id}>")));
    let expected = json!({
        "a": "<1>", "b": ["bulkId:2", "x bulkId:3"], "c": {"d": {"value": "<4>"}},
        "$ref": "https://host/Users/<5/6>", "e": "/Users/bulkId:7", "f": 8, "g": "bulkid:9",
    });
    assert_eq!(resolved, expected);
    for (path, expected) in [
        ("/Users/bulkId:x", Some(("/Users/", "x"))),
        ("/Users/bulkId:a/bulkId:b", Some(("/Users/", "a/bulkId:b"))),
        ("bulkId:x", Some(("", "x"))),
        ("/Users/x", None),
        ("/Users/xbulkId:y", None),
    ] {
        assert_eq!(of_path(path), expected, "{path}");
    }
    assert_eq!(path_to("/Users/bulkId:x", "1"), "/Users/1");
    assert_eq!(path_to("/Users/2", "1"), "/Users/2");
}

/// RFC 7644 section 3.7.2 has them resolved wherever an id would stand.
#[test]
fn references_in_the_filter_of_a_path() {
    let member = |of: &str| format!("members[value eq \"{of}\"]");
    let (one, other) = ("bulkId:1", "2819c223-7f76-453a-919d-413861904646");
    for (path, strings, found, resolved) in [
        (member(one), vec![one], vec!["1"], member("<1>")),
        (member(other), vec![other], vec![], member(other)),
        (
            member("bulkId:2"),
            vec!["bulkId:2"],
            vec!["2"],
            member("bulkId:2"),
        ),
        (
            member("x bulkId:1"),
            vec!["x bulkId:1"],
            vec![],
            member("x bulkId:1"),
        ),
        (
            member("bulkid:1"),
            vec!["bulkid:1"],
            vec![],
            member("bulkid:1"),
        ),
        (
            format!("a[b eq \"{one}\" or c eq \"x\" or d eq \"bulkId:3\"].e"),
            vec![one, "x", "bulkId:3"],
            vec!["1", "3"],
            "a[b eq \"<1>\" or c eq \"x\" or d eq \"<3>\"].e".to_owned(),
        ),
        // A string of JSON, with its escapes.
        (
            r#"a[b eq "bulkId:\"\\4" and c eq "\""]"#.to_owned(),
            vec!["bulkId:\"\\4", "\""],
            vec!["\"\\4"],
            r#"a[b eq "<\"\\4>" and c eq "\""]"#.to_owned(),
        ),
        // What is no filter is left as it is, to be refused.
        (one.to_owned(), vec![], vec![], one.to_owned()),
        ("members".to_owned(), vec![], vec![], "members".to_owned()),
        (
            "a[b eq \"bulkId:1".to_owned(),
            vec![],
            vec![],
            "a[b eq \"bulkId:1".to_owned(),
        ),
        (
            "é[b eq \"\\x\"]".to_owned(),
            vec![],
            vec![],
            "é[b eq \"\\x\"]".to_owned(),
        ),
    ] {
        for keys in [("Operations", "path"), ("operations", "Path")] {
            let body = |path: &str| json!({"x": "y", keys.0: [{"op": "remove", keys.1: path}]});
            let mut data = body(&path);
            let mut visited = Vec::new();
            each_string(&data, &mut |key, text| {
                if key == keys.1 {
                    visited.push(text.to_owned());
                }
            });
            assert_eq!(visited, strings, "{path}");
            assert_eq!(references(&data), found, "{path}");
            resolve(&mut data, &|id| (id != "2").then(|| format!("<{id}>")));
            assert_eq!(data, body(&resolved), "{path}");
        }
        // Elsewhere it is a text like any other.
        for elsewhere in [
            json!({"path": member(one)}),
            json!({"Operations": [{"value": member(one)}]}),
            json!({"Operations": [{"value": {"path": member(one)}}]}),
            json!({"path": [{"path": member(one)}]}),
        ] {
            let mut data = elsewhere.clone();
            assert_eq!(references(&data), Vec::<String>::new(), "{elsewhere}");
            resolve(&mut data, &|id| Some(format!("<{id}>")));
            assert_eq!(data, elsewhere);
        }
    }
}

#[track_caller]
fn deferred(data: Value, left: &Value, operations: Option<Value>) {
    let mut taken = data.clone();
    let patch = defer(&mut taken, &|bulk_id| bulk_id.starts_with("later"));
    assert_eq!(taken, *left, "{data}");
    assert_eq!(
        patch.map(|patch| patch["Operations"].clone()),
        operations,
        "{data}"
    );
}

#[test]
fn what_cannot_be_there_yet_is_put_off() {
    let member = |id: &str| json!({"value": format!("bulkId:{id}")});
    deferred(
        json!({"displayName": "x", "members": [member("now"), member("later")]}),
        &json!({"displayName": "x", "members": [member("now")]}),
        Some(json!([{"op": "add", "path": "members", "value": [member("later")]}])),
    );
    deferred(
        json!({"userName": "x", ENTERPRISE: {"division": "y", "manager": member("later")}}),
        &json!({"userName": "x", ENTERPRISE: {"division": "y"}}),
        Some(
            json!([{"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": member("later")}]),
        ),
    );
    // What is no extension is put off whole.
    deferred(
        json!({"name": {"givenName": "now", "familyName": "bulkId:later"}}),
        &json!({}),
        Some(
            json!([{"op": "add", "path": "name", "value": {"givenName": "now", "familyName": "bulkId:later"}}]),
        ),
    );
    deferred(
        json!({"manager": "bulkId:later", "title": null}),
        &json!({"title": null}),
        Some(json!([{"op": "add", "path": "manager", "value": "bulkId:later"}])),
    );
    deferred(
        json!({"members": [member("now")]}),
        &json!({"members": [member("now")]}),
        None,
    );
    deferred(json!("bulkId:later"), &json!("bulkId:later"), None);
}

#[test]
fn an_answer_says_what_came_of_each() {
    let result = |outcome| BulkResult {
        method: None,
        bulk_id: None,
        location: Some("https://host/Users/1".to_owned()),
        version: None,
        outcome,
    };
    let gone = Error::new(ErrorKind::NotFound, "gone");
    let response = BulkResponse {
        operations: vec![result(Ok(200)), result(Err(gone))],
    };
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": [
            {"location": "https://host/Users/1", "status": "200"},
            {"location": "https://host/Users/1", "status": "404", "response": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "404", "detail": "gone",
            }},
        ],
    });
    assert_eq!(Value::from(response), expected);
}

#[test]
fn as_many_operations_as_allowed_and_ids_as_long_as_allowed() {
    let with_id = |id: &str| {
        let operation = json!({"method": "POST", "path": "/Users", "bulkId": id, "data": {}});
        let body = json!({"schemas": [BULK_REQUEST], "Operations": [operation, {}, {}]});
        let request = BulkRequest::read(body, Tolerances::NONE, 3).unwrap();
        request.operations.into_iter().next().unwrap()
    };
    for good in ["b", "longer", &"b".repeat(256)] {
        let read = with_id(good).unwrap();
        assert_eq!(read.bulk_id.as_ref().map(|id| id.as_str()), Some(good));
        assert_eq!(read.method.to_string(), "POST");
    }
    assert_eq!(
        with_id("short").unwrap().bulk_id.unwrap().to_string(),
        "short"
    );
    for bad in ["", &"b".repeat(257), &"b".repeat(400)] {
        let refused = with_id(bad).unwrap_err();
        assert_eq!(refused.error.kind(), ErrorKind::InvalidValue, "{bad}");
    }
}
