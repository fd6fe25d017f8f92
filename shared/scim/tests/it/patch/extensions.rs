//! Declared extensions: by URN, whole, dotted, bare; `manager` in its every shape.

use super::check::{BABS, BADGE, MINIMAL, changes, keeps, refuses};
use scim::ErrorKind::{InvalidPath, InvalidValue, Mutability, NoTarget};

#[test]
fn attributes() {
    changes(
        BABS,
        r#"{"op":"add","path":"@ent:department","value":"R"}"#,
        r#"{"@ent":{"department":"R"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"replace","path":"@ent:department","value":"R"}"#,
        r#"{"@ent":{"department":"R"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"replace","path":"department","value":"R"}"#,
        r#"{"@ent":{"department":"R"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"replace","path":"@ent.department","value":"R"}"#,
        r#"{"@ent":{"department":"R"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"URN:IETF:params:scim:schemas:extension:ENTERPRISE:2.0:user:Department","value":"R"}"#,
        r#"{"@ent":{"department":"R"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"@ent:department":"R","@ent:costCenter":"C"}}"#,
        r#"{"@ent":{"department":"R","costCenter":"C"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"@ent:department"}"#,
        r#"{"@ent":{"department":null}}"#,
    );
    keeps(MINIMAL, r#"{"op":"remove","path":"@ent:department"}"#);
    keeps(
        BABS,
        r#"{"op":"replace","path":"@ent:department","value":"Sales"}"#,
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"@ent:department","value":7}"#,
        InvalidValue,
        "`department`",
    );
}

#[test]
fn whole_extensions() {
    changes(
        BABS,
        r#"{"op":"add","value":{"@ent":{"department":"R"}}}"#,
        r#"{"@ent":{"department":"R"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@ent","value":{"DEPARTMENT":"R","costCenter":"C"}}"#,
        r#"{"@ent":{"department":"R","costCenter":"C"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@ent","value":{"manager":"m2","unknown":1}}"#,
        r#"{"@ent":{"manager":{"value":"m2"}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","value":{"@ent":{"department":null,"manager.value":"m2"}}}"#,
        r#"{"@ent":{"department":null,"manager":{"value":"m2","$ref":null}}}"#,
    );
    changes(BABS, r#"{"op":"remove","path":"@ent"}"#, r#"{"@ent":null}"#);
    changes(
        BABS,
        r#"{"op":"replace","path":"@ent","value":null}"#,
        r#"{"@ent":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"@ent":""}}"#,
        r#"{"@ent":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"department"},{"op":"remove","path":"manager"},{"op":"remove","path":"employeeNumber"}"#,
        r#"{"@ent":null}"#,
    );
    keeps(MINIMAL, r#"{"op":"remove","path":"@ent"}"#);
    keeps(MINIMAL, r#"{"op":"add","path":"@ent","value":{}}"#);
    refuses(
        BABS,
        r#"{"op":"replace","path":"@ent","value":"x"}"#,
        InvalidValue,
        "object",
    );
    refuses(
        BADGE,
        r#"{"op":"remove","path":"@badge"}"#,
        Mutability,
        "`number`",
    );
}

#[test]
fn manager_is_always_an_object() {
    let m2 = r#"{"@ent":{"manager":{"value":"m2","$ref":null}}}"#;
    for value in [
        r#""m2""#,
        r#"{"value":"m2"}"#,
        r#"[{"value":"m2"}]"#,
        r#"["m2"]"#,
        r#"{"Value":"m2","displayName":"M"}"#,
    ] {
        for path in ["manager", "@ent:manager", "@ent.manager"] {
            changes(
                MINIMAL,
                &format!(r#"{{"op":"Add","path":"{path}","value":{value}}}"#),
                m2,
            );
        }
        changes(
            MINIMAL,
            &format!(r#"{{"op":"replace","value":{{"@ent:manager":{value}}}}}"#),
            m2,
        );
        changes(
            MINIMAL,
            &format!(r#"{{"op":"replace","value":{{"@ent":{{"manager":{value}}}}}}}"#),
            m2,
        );
        changes(
            MINIMAL,
            &format!(r#"{{"op":"replace","value":{{"manager":{value}}}}}"#),
            m2,
        );
    }
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@ent:manager.value","value":"m2"}"#,
        m2,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@ent.manager.value","value":"m2"}"#,
        m2,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"@ent.manager.value":"m2"}}"#,
        m2,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@user.name.givenName","value":"B"}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"manager.value","value":"m2"}"#,
        m2,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"manager","value":{"value":"m2","$ref":"../Users/m2"}}"#,
        r#"{"@ent":{"manager":{"value":"m2","$ref":"../Users/m2"}}}"#,
    );
    keeps(BABS, r#"{"op":"replace","path":"manager","value":"m1"}"#);
}

#[test]
fn manager_goes_away() {
    let gone = r#"{"@ent":{"manager":null}}"#;
    for value in [
        r#""""#,
        "null",
        "[]",
        r#"{"value":""}"#,
        r#"{"value":null}"#,
        r#"[{"value":""}]"#,
        r#"{"$ref":"x","value":""}"#,
        r#"{"$ref":"x","value":{}}"#,
        r#"[null]"#,
    ] {
        changes(
            BABS,
            &format!(r#"{{"op":"replace","path":"manager","value":{value}}}"#),
            gone,
        );
        changes(
            BABS,
            &format!(r#"{{"op":"add","path":"@ent:manager","value":{value}}}"#),
            gone,
        );
        changes(
            BABS,
            &format!(r#"{{"op":"replace","value":{{"@ent:manager":{value}}}}}"#),
            gone,
        );
        keeps(
            MINIMAL,
            &format!(r#"{{"op":"replace","path":"manager","value":{value}}}"#),
        );
    }
    changes(BABS, r#"{"op":"remove","path":"manager"}"#, gone);
    changes(
        BABS,
        r#"{"op":"remove","path":"manager","value":[{"value":"m1"}]}"#,
        gone,
    );
    changes(BABS, r#"{"op":"remove","path":"@ent:manager.value"}"#, gone);
    changes(
        BABS,
        r#"{"op":"replace","path":"@ent:manager.value","value":""}"#,
        gone,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"@ent:manager.value":null}}"#,
        gone,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"manager[value eq \"m1\"]"}"#,
        gone,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"@ent:manager[value eq \"m1\"]"}"#,
        gone,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"manager[value eq \"m1\"].value"}"#,
        gone,
    );
    keeps(BABS, r#"{"op":"remove","path":"manager[value eq \"m9\"]"}"#);
    keeps(
        MINIMAL,
        r#"{"op":"remove","path":"manager[value eq \"m1\"]"}"#,
    );
}

#[test]
fn a_filter_on_a_single_value() {
    changes(
        BABS,
        r#"{"op":"replace","path":"manager[value eq \"m1\"].value","value":"m2"}"#,
        r#"{"@ent":{"manager":{"value":"m2","$ref":null}}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"manager[value eq \"m1\"].$ref","value":"r"}"#,
        r#"{"@ent":{"manager":{"value":"m1","$ref":"r"}}}"#,
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"manager[value eq \"m9\"].value","value":"m2"}"#,
        NoTarget,
        "`manager`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"@ent[department eq \"x\"].manager","value":"m2"}"#,
        InvalidPath,
        "operation 1",
    );
}

const REFERENCE: &str = r#"{"userName":"babs","@badge":{"level":"low",
    "host":{"value":"h1","$ref":"../Users/h1","display":"Ann","note":"n","since":"s"},
    "guests":[{"value":"g1","$ref":"../Users/g1","display":"Bob"},{"value":"g2","$ref":"../Users/g2"}]}}"#;

/// RFC 7643 section 4.3: `$ref` is the URI of the resource that `value` names.
#[test]
fn a_reference_goes_with_the_value_it_is_of() {
    let host = |there: &str| format!(r#"{{"@badge":{{"host":{there}}}}}"#);
    let alone = host(r#"{"value":"h2","$ref":null,"display":null}"#);
    for op in [
        r#"{"op":"replace","path":"@badge:host","value":{"value":"h2"}}"#,
        r#"{"op":"add","path":"@badge:host","value":"h2"}"#,
        r#"{"op":"replace","path":"host.value","value":"h2"}"#,
        r#"{"op":"replace","value":{"@badge:host.value":"h2"}}"#,
        r#"{"op":"add","value":{"@badge":{"host":{"value":"h2"}}}}"#,
        r#"{"op":"replace","path":"host.$ref","value":"../Users/h2"},{"op":"replace","path":"host.value","value":"h2"}"#,
    ] {
        changes(REFERENCE, op, &alone);
    }
    // What the operation brings stays, wherever it stands in it.
    for op in [
        r#"{"op":"replace","path":"host","value":{"value":"h2","$ref":"r"}}"#,
        r#"{"op":"replace","value":{"@badge:host.$ref":"r","@badge:host.value":"h2"}}"#,
        r#"{"op":"replace","value":{"@badge:host.value":"h2","@badge:host.$ref":"r"}}"#,
    ] {
        changes(
            REFERENCE,
            op,
            &host(r#"{"value":"h2","$ref":"r","display":null}"#),
        );
    }
    changes(
        REFERENCE,
        r#"{"op":"replace","path":"host","value":{"value":"h2","display":"Ann"}}"#,
        &host(r#"{"value":"h2","$ref":null}"#),
    );
    // Of another attribute it is brought for that one.
    changes(
        REFERENCE,
        r#"{"op":"replace","value":{"@badge:host.value":"h2","@ent:manager":{"value":"m","$ref":"r"}}}"#,
        r#"{"@badge":{"host":{"value":"h2","$ref":null,"display":null}},"@ent":{"manager":{"value":"m","$ref":"r"}}}"#,
    );
    // The same value, and a first one, leave what is there.
    for op in [
        r#"{"op":"replace","path":"host","value":{"value":"h1"}}"#,
        r#"{"op":"replace","path":"host.value","value":"H1"},{"op":"replace","path":"host.value","value":"h1"}"#,
    ] {
        keeps(REFERENCE, op);
    }
    changes(
        REFERENCE,
        r#"{"op":"replace","path":"host.note","value":"m"}"#,
        &host(r#"{"note":"m"}"#),
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"manager.$ref","value":"r"},{"op":"add","path":"manager.value","value":"m"}"#,
        r#"{"@ent":{"manager":{"$ref":"r","value":"m"}}}"#,
    );
    // Of a list each element by itself.
    changes(
        REFERENCE,
        r#"{"op":"replace","path":"guests[value eq \"g1\"].value","value":"g3"}"#,
        r#"{"@badge":{"guests":[{"value":"g3"},{"value":"g2","$ref":"../Users/g2"}]}}"#,
    );
    // What is no reference has a `display` of its own, and what is set once stays.
    changes(
        r#"{"userName":"b","emails":[{"value":"a@x","display":"A"}]}"#,
        r#"{"op":"replace","path":"emails.value","value":"b@x"}"#,
        r#"{"emails":[{"value":"b@x","display":"A"}]}"#,
    );
    changes(
        r#"{"userName":"b","@badge":{"level":"low","sponsor":{"value":"a","$ref":"r","display":"A"}}}"#,
        r#"{"op":"replace","path":"sponsor.value","value":"b"}"#,
        r#"{"@badge":{"sponsor":{"value":"b","display":null}}}"#,
    );
}
