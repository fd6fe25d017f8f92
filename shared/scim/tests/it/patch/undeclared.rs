//! Extensions the realm has not declared: kept verbatim, set and removed by path.

use super::check::{BABS, MINIMAL, changes, keeps, refuses};
use scim::ErrorKind::{InvalidPath, InvalidValue, PayloadTooLarge};

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
        BABS,
        r#"{"op":"replace","path":"@x:box[lid eq \"red\"].size","value":2}"#,
        InvalidPath,
        "declared",
    );
    let big = "x".repeat(20_000);
    refuses(
        MINIMAL,
        &format!(r#"{{"op":"add","path":"@x:tag","value":"{big}"}}"#),
        PayloadTooLarge,
        "",
    );
}
