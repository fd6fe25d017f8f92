//! The PatchOp message itself: keys, operations, limits, whole or nothing.

use super::check::{BABS, GUIDES, MINIMAL, attributes, changes, keeps, message, refuses, type_of};
use scim::ErrorKind::{InvalidPath, InvalidSyntax, InvalidValue, NoTarget};
use scim::{ErrorKind, patch};

#[track_caller]
fn accepted(body: &str) {
    let patched = message(MINIMAL, body).unwrap_or_else(|error| panic!("{error:?} for {body}"));
    assert_eq!(patched.attributes.str("title"), Some("T"), "{body}");
}

#[track_caller]
fn no_op(body: &str) {
    let patched = message(MINIMAL, body).unwrap_or_else(|error| panic!("{error:?} for {body}"));
    assert_eq!(patched.attributes, attributes(MINIMAL), "{body}");
}

#[track_caller]
fn rejected(body: &str, kind: ErrorKind, part: &str) {
    let error = message(MINIMAL, body).expect_err(body);
    assert_eq!(error.kind(), kind, "{error} for {body}");
    assert!(error.detail().contains(part), "no `{part}` in `{error}`");
}

#[test]
fn the_envelope() {
    accepted(
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"title","value":"T"}]}"#,
    );
    accepted(
        r#"{"Operations":[{"op":"add","path":"title","value":"T"}],"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}"#,
    );
    accepted(r#"{"operations":[{"op":"add","path":"title","value":"T"}]}"#);
    accepted(r#"{"OPERATIONS":[{"Op":"ADD","Path":"title","Value":"T"}]}"#);
    accepted(
        r#"{"id":"x","extra":{"a":1},"Operations":[{"name":"setTitle","op":"Replace","path":"title","value":"T"}]}"#,
    );
    accepted(
        r#"{"schemas":"nonsense","Operations":[{"op":"Add","path":null,"value":{"title":"T"}}]}"#,
    );
    for schemas in [
        "null",
        "[]",
        "[7]",
        r#""urn:ietf:params:scim:api:messages:2.0:PatchOp""#,
        r#"["URN:ietf:params:scim:api:messages:2.0:patchop"]"#,
        r#"["urn:ietf:params:scim:api:messages:2.0:Error","urn:x"]"#,
        r#"["urn:ietf:params:scim:api:messages:2.0:Error","urn:ietf:params:scim:api:messages:2.0:PatchOp"]"#,
        r#"["urn:ietf:params:scim:schemas:core:2.0:User"]"#,
    ] {
        accepted(&format!(
            r#"{{"schemas":{schemas},"Operations":[{{"op":"add","path":"title","value":"T"}}]}}"#
        ));
    }
    for schemas in [
        r#"["urn:ietf:params:scim:api:messages:2.0:ListResponse"]"#,
        r#""urn:ietf:params:scim:api:messages:2.0:BulkRequest""#,
        r#"["URN:IETF:params:scim:api:messages:2.0:Error","urn:ietf:params:scim:api:messages:2.0:x"]"#,
    ] {
        rejected(
            &format!(r#"{{"schemas":{schemas},"Operations":[]}}"#),
            InvalidSyntax,
            "`schemas`",
        );
    }
    no_op(r#"{"Operations":[]}"#);
    no_op(r#"{"operations":[]}"#);
    rejected("[]", InvalidSyntax, "object");
    rejected(r#""Operations""#, InvalidSyntax, "object");
    rejected("{}", InvalidSyntax, "`Operations`");
    rejected(
        r#"{"Operations":{"op":"add","path":"title","value":"T"}}"#,
        InvalidSyntax,
        "`Operations`",
    );
    rejected(r#"{"Operations":null}"#, InvalidSyntax, "`Operations`");
    rejected(
        r#"{"Operations":[],"operations":[]}"#,
        InvalidSyntax,
        "twice",
    );
}

#[test]
fn the_operation() {
    refuses(
        MINIMAL,
        "7",
        InvalidSyntax,
        "operation 1: an operation must be an object",
    );
    refuses(
        MINIMAL,
        r#"{"path":"title","value":"T"}"#,
        InvalidSyntax,
        "`op`",
    );
    refuses(
        MINIMAL,
        r#"{"op":1,"path":"title","value":"T"}"#,
        InvalidSyntax,
        "`op`",
    );
    refuses(
        MINIMAL,
        r#"{"op":"move","path":"title","value":"T"}"#,
        InvalidSyntax,
        "`move`",
    );
    refuses(
        MINIMAL,
        r#"{"op":"test","path":"title","value":"T"}"#,
        InvalidSyntax,
        "`test`",
    );
    refuses(
        MINIMAL,
        r#"{"op":"add","Op":"add","path":"title","value":"T"}"#,
        InvalidSyntax,
        "twice",
    );
    refuses(
        MINIMAL,
        r#"{"op":"add","path":7,"value":"T"}"#,
        InvalidPath,
        "string",
    );
    refuses(
        MINIMAL,
        r#"{"op":"add","path":"","value":"T"}"#,
        InvalidValue,
        "object",
    );
    refuses(MINIMAL, r#"{"op":"remove","path":" "}"#, NoTarget, "`path`");
    for path in ["", " ", "\\t"] {
        changes(
            MINIMAL,
            &format!(r#"{{"op":"add","path":"{path}","value":{{"title":"T"}}}}"#),
            r#"{"title":"T"}"#,
        );
    }
    changes(
        MINIMAL,
        r#"{"op":"add","path":"  title ","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    refuses(
        MINIMAL,
        r#"{"op":"add","path":"title"}"#,
        InvalidValue,
        "`value`",
    );
    refuses(
        MINIMAL,
        r#"{"op":"replace","path":"title"}"#,
        InvalidValue,
        "`value`",
    );
    refuses(MINIMAL, r#"{"op":"add"}"#, InvalidValue, "`value`");
    refuses(
        MINIMAL,
        r#"{"op":"add","value":"T"}"#,
        InvalidValue,
        "object",
    );
    refuses(
        MINIMAL,
        r#"{"op":"replace","value":null}"#,
        InvalidValue,
        "object",
    );
    refuses(
        MINIMAL,
        r#"{"op":"replace","value":[{"title":"T"}]}"#,
        InvalidValue,
        "object",
    );
    refuses(MINIMAL, r#"{"op":"remove"}"#, NoTarget, "`path`");
    refuses(
        MINIMAL,
        r#"{"op":"Remove","value":{"title":"T"}}"#,
        NoTarget,
        "`path`",
    );
    refuses(
        MINIMAL,
        r#"{"op":"remove","path":"@user"}"#,
        NoTarget,
        "User",
    );
}

#[test]
fn paths_that_name_nothing() {
    refuses(
        BABS,
        r#"{"op":"add","path":"shoeSize","value":"T"}"#,
        InvalidPath,
        "`shoeSize`",
    );
    refuses(
        BABS,
        r#"{"op":"remove","path":"shoeSize"}"#,
        InvalidPath,
        "`shoeSize`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"name.nick","value":"T"}"#,
        InvalidPath,
        "`nick`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"@ent:shoeSize","value":"T"}"#,
        InvalidPath,
        "shoeSize",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"@user:shoeSize","value":"T"}"#,
        InvalidPath,
        "shoeSize",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"work\"].nick","value":"T"}"#,
        InvalidPath,
        "`nick`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"work\"","value":"T"}"#,
        InvalidPath,
        "operation 1",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"emails[]","value":"T"}"#,
        InvalidPath,
        "operation 1",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"work\"]x","value":"T"}"#,
        InvalidPath,
        "operation 1",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"emails/0","value":"T"}"#,
        InvalidPath,
        "operation 1",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"not a path","value":"T"}"#,
        InvalidPath,
        "operation 1",
    );
    refuses(
        GUIDES,
        r#"{"op":"replace","path":"userName","value":"T"}"#,
        InvalidPath,
        "`userName`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"http://example.com:x","value":"T"}"#,
        InvalidPath,
        "operation 1",
    );
}

#[test]
fn filters_that_do_not_fit() {
    for path in [
        r#"emails[nick eq \"x\"].value"#,
        r#"emails[primary gt true].value"#,
    ] {
        let op = format!(r#"{{"op":"replace","path":"{path}","value":"T"}}"#);
        let error = message(BABS, &format!(r#"{{"Operations":[{op}]}}"#)).expect_err(path);
        assert!(
            matches!(error.kind(), ErrorKind::InvalidFilter | InvalidPath),
            "{error}"
        );
        assert!(error.detail().starts_with("operation 1: "), "{error}");
    }
}

#[test]
fn whole_or_nothing_and_the_number_of_the_culprit() {
    let good = r#"{"op":"replace","path":"title","value":"T"}"#;
    refuses(
        BABS,
        &format!(r#"{good},{{"op":"remove","path":"userName"}}"#),
        ErrorKind::Mutability,
        "operation 2: ",
    );
    refuses(
        BABS,
        &format!(r#"{good},{good},{{"op":"add","path":"active","value":"maybe"}}"#),
        InvalidValue,
        "operation 3: ",
    );
    refuses(
        BABS,
        &format!(r#"{good},{{"op":"add","path":"emails[type sw \"x\"].value","value":"a"}}"#),
        NoTarget,
        "operation 2: ",
    );
}

#[test]
fn operations_see_what_those_before_did() {
    changes(
        BABS,
        r#"{"op":"remove","path":"emails"},{"op":"add","path":"emails","value":[{"value":"n@x","type":"work"}]}"#,
        r#"{"emails":[{"value":"n@x","type":"work"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"}"#,
        r#"{"title":"B"}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"title"},{"op":"add","path":"title","value":"Guide"}"#,
    );
}

#[test]
fn at_most_a_thousand() {
    let of = scim::ResourceType::user();
    let body = |count: usize| serde_json::json!({"Operations": vec![serde_json::json!({"op": "add", "path": "title", "value": "T"}); count]});
    assert_eq!(
        patch::parse(of, body(patch::MAX_OPERATIONS)).unwrap().len(),
        1_000
    );
    let error = patch::parse(of, body(patch::MAX_OPERATIONS + 1)).unwrap_err();
    assert_eq!(error.kind(), InvalidValue);
    assert!(error.detail().contains("1000"), "{error}");
    let wide = |count: usize| {
        let keys: serde_json::Map<_, _> = (0..count)
            .map(|number| {
                (
                    format!("emails[type eq \"t{number}\"].value"),
                    serde_json::json!("v"),
                )
            })
            .collect();
        serde_json::json!({"Operations": [{"op": "add", "value": keys}]})
    };
    assert!(patch::parse(of, wide(patch::MAX_OPERATIONS)).is_ok());
    let error = patch::parse(of, wide(patch::MAX_OPERATIONS + 1)).unwrap_err();
    assert_eq!(error.kind(), InvalidValue);
    assert!(error.detail().contains("1001 attributes"), "{error}");
}

/// What a document holds that no write could have put there is gone with the next one.
#[test]
fn a_document_is_closed_anew() {
    for start in [MINIMAL, GUIDES] {
        let beside = r#""shoe":{"size":44},"meta":{"version":"1"},"members":[{"value":"m"}],"@core":{"title":"T"},"urn:x:empty":{},"urn:x:text":"t","urn:x:y":{"a":1}"#;
        let of = type_of(start);
        let stray = start.replacen('{', &format!("{{{beside},"), 1);
        let stray = stray.replace("@core", &of.schema.id);
        let stray = scim::Attributes::from_stored(&stray).unwrap();
        let op = serde_json::json!({"op": "replace", "path": "displayName", "value": "New"});
        let ops = patch::parse(of, serde_json::json!({"Operations": [op]})).unwrap();
        let found = patch::apply(of, &stray, &ops)
            .unwrap()
            .attributes
            .into_map();
        let mut expected = attributes(start).into_map();
        expected.insert("displayName".to_owned(), "New".into());
        expected.insert("urn:x:y".to_owned(), serde_json::json!({"a": 1}));
        assert_eq!(found, expected);
    }
}
