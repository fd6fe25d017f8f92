//! Extensions the realm has not declared: kept verbatim, set and removed by path.

use super::check::{BABS, MINIMAL, attributes, changes, keeps, refuses};
use scim::ErrorKind::{InvalidPath, InvalidValue, PayloadTooLarge};
use scim::{ResourceType, Tolerance, Tolerances, patch};
use serde_json::json;

#[test]
fn set() {
    changes(
        MINIMAL,
        r#"{"op":"Add","path":"@x:tag","value":"x"}"#,
        r#"{"@x":{"tag":"x"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@x:tag","value":"b"}"#,
        r#"{"@x":{"tag":"b"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@x:TAG","value":"b"}"#,
        r#"{"@x":{"tag":"b"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"URN:example:CUSTOM:2.0:user:tag","value":"b"}"#,
        r#"{"@x":{"tag":"b"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"@x:list","value":["a",1,{"b":true}]}"#,
        r#"{"@x":{"list":["a",1,{"b":true}]}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"@x:box.lid","value":"blue"}"#,
        r#"{"@x":{"box":{"lid":"blue"}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"@x:other.lid","value":"blue"}"#,
        r#"{"@x":{"other":{"lid":"blue"}}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"@x:tag":"x"}}"#,
        r#"{"@x":{"tag":"x"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"@x:box":{"lid":"red"}}}"#,
        r#"{"@x":{"box":{"lid":"red"}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","value":{"@x":{"tag":"b","new":2}}}"#,
        r#"{"@x":{"tag":"b","new":2}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@x","value":{"tag":"b","level":null}}"#,
        r#"{"@x":{"tag":"b","level":null}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"department":"R"}}}"#,
        r#"{"urn:ietf:params:scim:schemas:extension:enterprise:2.0User":{"department":"R"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"urn:example:custom":{"a":1}}}"#,
        r#"{"urn:example:custom":{"a":1}}"#,
    );
    keeps(BABS, r#"{"op":"replace","path":"@x:tag","value":"a"}"#);
}

/// A key that reads as no path is a URN or nothing.
#[test]
fn what_no_extension_is_named_by() {
    for value in [
        r#"{"bad'key":{"a":1}}"#,
        r#"{"urn:example:1.0":"text"}"#,
        r#"{"urn:example:1.0":null}"#,
        r#"{"@ent":{"urn:example:1.0":{"a":1}}}"#,
        r#"{"@ent":{"bad'key":{"a":1}}}"#,
        r#"{"@ent:bad'key":{"a":1}}"#,
    ] {
        keeps(MINIMAL, &format!(r#"{{"op":"add","value":{value}}}"#));
    }
}

#[test]
fn remove() {
    changes(
        BABS,
        r#"{"op":"remove","path":"@x:tag"}"#,
        r#"{"@x":{"tag":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@x:tag","value":""}"#,
        r#"{"@x":{"tag":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"@x:tag":null}}"#,
        r#"{"@x":{"tag":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"@x:box.lid"}"#,
        r#"{"@x":{"box":{"lid":null}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"@x:box.lid"},{"op":"remove","path":"@x:box.size"}"#,
        r#"{"@x":{"box":null}}"#,
    );
    changes(BABS, r#"{"op":"remove","path":"@x"}"#, r#"{"@x":null}"#);
    changes(
        BABS,
        r#"{"op":"replace","path":"@x","value":null}"#,
        r#"{"@x":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"@x:tag"},{"op":"remove","path":"@x:level"},{"op":"remove","path":"@x:box"}"#,
        r#"{"@x":null}"#,
    );
    changes(
        r#"{"userName":"b","urn:example:custom":{"a":1}}"#,
        r#"{"op":"remove","path":"urn:example:custom"}"#,
        r#"{"urn:example:custom":null}"#,
    );
    keeps(MINIMAL, r#"{"op":"remove","path":"@x:tag"}"#);
    keeps(MINIMAL, r#"{"op":"remove","path":"@x"}"#);
    keeps(BABS, r#"{"op":"remove","path":"@x:nothing.here"}"#);
}

#[test]
fn refused() {
    refuses(
        BABS,
        r#"{"op":"replace","path":"@x","value":"b"}"#,
        InvalidValue,
        "object",
    );
    refuses(
        MINIMAL,
        r#"{"op":"replace","path":"@x","value":"b"}"#,
        InvalidValue,
        "object",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"@x:box[lid eq \"red\"].size","value":2}"#,
        InvalidPath,
        "declared",
    );
    // An attribute has sub-attributes, behind a dot, and no attributes.
    for op in [
        r#"{"op":"add","path":"@x:box:lid","value":"x"}"#,
        r#"{"op":"add","path":"@x:box:lid.a","value":{"a":1}}"#,
    ] {
        refuses(
            BABS,
            op,
            InvalidPath,
            ":box` is no extension but an attribute of one",
        );
    }
    // As any key that names nothing.
    keeps(BABS, r#"{"op":"add","value":{"@x:box:lid":"x"}}"#);
    changes(
        r#"{"userName":"b","@x:box":{"lid":1}}"#,
        r#"{"op":"remove","path":"@x:box"}"#,
        r#"{"@x:box":null}"#,
    );
    keeps(BABS, r#"{"op":"remove","path":"@x:box:lid"}"#);
    let big = "x".repeat(20_000);
    refuses(
        MINIMAL,
        &format!(r#"{{"op":"add","path":"@x:tag","value":"{big}"}}"#),
        PayloadTooLarge,
        "",
    );
}

const LISTS: &str = r#"{"userName":"b","@x":{"tags":["x","y"],"pairs":[{"a":1},{"a":2}],"tag":"t","box":{"tags":["x"]}}}"#;

/// RFC 7644 section 3.5.2.1: "a new value is added".
#[test]
fn a_list_is_added_to() {
    let more = r#"{"@x":{"tags":["x","y","z"]}}"#;
    for op in [
        r#"{"op":"add","path":"@x:tags","value":["z"]}"#,
        r#"{"op":"add","path":"@x:TAGS","value":["z","x","z"]}"#,
        r#"{"op":"add","path":"@x:tags","value":"z"}"#,
        r#"{"op":"add","path":"@x","value":{"tags":["y","z"]}}"#,
        r#"{"op":"add","value":{"@x:tags":["z"]}}"#,
        r#"{"op":"add","value":{"@x":{"tags":["z"]}}}"#,
    ] {
        changes(LISTS, op, more);
    }
    for op in [
        r#"{"op":"replace","path":"@x:tags","value":["z"]}"#,
        r#"{"op":"replace","path":"@x","value":{"tags":["z"]}}"#,
        r#"{"op":"replace","value":{"@x:tags":["z"]}}"#,
    ] {
        changes(LISTS, op, r#"{"@x":{"tags":["z"]}}"#);
    }
    changes(
        LISTS,
        r#"{"op":"add","path":"@x:pairs","value":[{"a":2},{"a":3}]}"#,
        r#"{"@x":{"pairs":[{"a":1},{"a":2},{"a":3}]}}"#,
    );
    changes(
        LISTS,
        r#"{"op":"add","path":"@x:box.tags","value":["y"]}"#,
        r#"{"@x":{"box":{"tags":["x","y"]}}}"#,
    );
    changes(
        LISTS,
        r#"{"op":"add","path":"@x:tag","value":["u"]}"#,
        r#"{"@x":{"tag":["u"]}}"#,
    );
    for value in [r#"["y","x"]"#, r#""y""#, "[]", "null", r#"[""]"#] {
        keeps(
            LISTS,
            &format!(r#"{{"op":"add","path":"@x:tags","value":{value}}}"#),
        );
        keeps(
            LISTS,
            &format!(r#"{{"op":"add","value":{{"@x":{{"tags":{value}}}}}}}"#),
        );
    }
    changes(
        LISTS,
        r#"{"op":"replace","path":"@x:tags","value":[]}"#,
        r#"{"@x":{"tags":null}}"#,
    );
    changes(
        LISTS,
        r#"{"op":"add","path":"@x","value":null}"#,
        r#"{"@x":null}"#,
    );
}

#[test]
fn a_list_loses_what_is_listed() {
    for (path, value, left) in [
        ("@x:tags", r#"["x"]"#, r#"{"tags":["y"]}"#),
        ("@x:tags", r#""x""#, r#"{"tags":["y"]}"#),
        ("@x:tags", r#"["x","y","z"]"#, r#"{"tags":null}"#),
        ("@x:tags", "null", r#"{"tags":null}"#),
        ("@x:tags", "[]", "{}"),
        ("@x:tags", r#"["X"]"#, "{}"),
        ("@x:pairs", r#"[{"a":1}]"#, r#"{"pairs":[{"a":2}]}"#),
        ("@x:pairs", r#"[{}]"#, "{}"),
        ("@x:box.tags", r#"["x"]"#, r#"{"box":null}"#),
        // Of what is no list there is nothing to choose.
        ("@x:tag", r#"["u"]"#, r#"{"tag":null}"#),
    ] {
        changes(
            LISTS,
            &format!(r#"{{"op":"remove","path":"{path}","value":{value}}}"#),
            &format!(r#"{{"@x":{left}}}"#),
        );
    }
    let remove =
        |path: &str| remove_with(path, Tolerances::ALL.without(&[Tolerance::RemoveListed]));
    assert!(remove("@x:tags").unwrap_err().contains("removeListed"));
    assert!(remove("@x:tag").is_ok());
    assert!(remove_with("@x:tags", Tolerances::ALL).is_ok());
}

fn remove_with(path: &str, tolerances: Tolerances) -> Result<(), String> {
    let of = ResourceType::user().of_realm(Vec::new(), tolerances);
    let path = super::check::expand(path);
    let message = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "remove", "path": path, "value": ["x"]}]});
    let done =
        patch::parse(&of, message).and_then(|ops| patch::apply(&of, &attributes(LISTS), &ops));
    done.map(drop).map_err(|error| error.to_string())
}

/// Fixture `069-entra-patch-legacy-dotted-extension`, for what is not declared.
#[test]
fn a_dot_behind_the_type_is_a_colon() {
    for (path, value, left) in [
        ("@x.tag", r#""v""#, r#"{"tag":"v"}"#),
        ("@x.TAG", r#""v""#, r#"{"tag":"v"}"#),
        (
            "@x.box",
            r#"{"a":1}"#,
            r#"{"box":{"a":1,"lid":null,"size":null}}"#,
        ),
        ("@x.box.lid", r#""v""#, r#"{"box":{"lid":"v"}}"#),
        (
            "@x.tag",
            r#"[{"$ref":null,"value":"v"}]"#,
            r#"{"tag":[{"$ref":null,"value":"v"}]}"#,
        ),
    ] {
        let left = format!(r#"{{"@x":{left}}}"#);
        changes(
            BABS,
            &format!(r#"{{"op":"Replace","path":"{path}","value":{value}}}"#),
            &left,
        );
        changes(
            BABS,
            &format!(r#"{{"op":"Replace","value":{{"{path}":{value}}}}}"#),
            &left,
        );
    }
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@x.box","value":{"a":1}}"#,
        r#"{"@x":{"box":{"a":1}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"Remove","path":"@x.tag"}"#,
        r#"{"@x":{"tag":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"Remove","path":"@x.box.lid"}"#,
        r#"{"@x":{"box":{"lid":null}}}"#,
    );
    // Behind a type's name that is an attribute's it is a sub-attribute.
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@x:user.id","value":"v"}"#,
        r#"{"@x":{"user":{"id":"v"}}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@x:user","value":"v"}"#,
        r#"{"@x":{"user":"v"}}"#,
    );
    refuses(
        MINIMAL,
        r#"{"op":"add","path":"@user.shoeSize","value":44}"#,
        InvalidPath,
        "shoeSize",
    );
    for missing in [Tolerance::DottedUrns, Tolerance::UndeclaredExtensions] {
        let error = remove_with("@x.tag", Tolerances::ALL.without(&[missing])).unwrap_err();
        assert!(error.contains(missing.name()), "{error}");
    }
    let error =
        remove_with("@x.tag", Tolerances::ALL.without(&[Tolerance::DottedUrns])).unwrap_err();
    assert!(
        error.contains("is written `urn:example:custom:2.0:User:tag`"),
        "{error}"
    );
}

const VERSION: &str = r#"{"userName":"b","urn:acme:custom:1.0":{"address":{"a":1},"n":1}}"#;
const BOTH: &str =
    r#"{"userName":"b","urn:acme:custom:1.0":{"n":1},"urn:acme:custom:1.0:address":{"b":2}}"#;
const WHOLE: &str = r#"{"userName":"b","urn:acme:custom:1.0:address":{"b":2}}"#;

/// A URN that does not end in a type: what the resource has says where it ends.
#[test]
fn what_is_there_says_where_a_urn_ends() {
    let path = "urn:ACME:custom:1.0:address";
    for (start, value, left) in [
        (
            VERSION,
            r#"{"a":2}"#,
            r#"{"urn:acme:custom:1.0":{"address":{"a":2}}}"#,
        ),
        (
            VERSION,
            r#""v""#,
            r#"{"urn:acme:custom:1.0":{"address":"v"}}"#,
        ),
        (
            BOTH,
            r#"{"a":2}"#,
            r#"{"urn:acme:custom:1.0:address":{"b":2,"a":2}}"#,
        ),
        (BOTH, r#""v""#, r#"{"urn:acme:custom:1.0":{"address":"v"}}"#),
        (
            WHOLE,
            r#"{"a":2}"#,
            r#"{"urn:acme:custom:1.0:address":{"b":2,"a":2}}"#,
        ),
    ] {
        for op in ["add", "replace"] {
            changes(
                start,
                &format!(r#"{{"op":"{op}","path":"{path}","value":{value}}}"#),
                left,
            );
            changes(
                start,
                &format!(r#"{{"op":"{op}","value":{{"{path}":{value}}}}}"#),
                left,
            );
        }
    }
    refuses(
        WHOLE,
        &format!(r#"{{"op":"add","path":"{path}","value":"v"}}"#),
        InvalidValue,
        "needs an object",
    );
    for (start, left) in [
        (VERSION, r#"{"urn:acme:custom:1.0":{"address":null}}"#),
        (BOTH, r#"{"urn:acme:custom:1.0:address":null}"#),
        (WHOLE, r#"{"urn:acme:custom:1.0:address":null}"#),
        (MINIMAL, "{}"),
    ] {
        changes(
            start,
            &format!(r#"{{"op":"remove","path":"{path}"}}"#),
            left,
        );
    }
    // Behind a type's name all is an attribute, unless the resource has no more than that extension.
    let start = r#"{"userName":"b","@x:box":{"a":1}}"#;
    changes(
        start,
        r#"{"op":"remove","path":"@x:box"}"#,
        r#"{"@x:box":null}"#,
    );
    changes(
        start,
        r#"{"op":"add","value":{"@x:tag":{"a":1}}}"#,
        r#"{"@x":{"tag":{"a":1}}}"#,
    );
}
