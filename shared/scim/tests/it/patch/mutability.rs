//! readOnly, immutable and writeOnly attributes (RFC 7643 section 7, RFC 7644 section 3.5.2).

use super::check::{BABS, BADGE, MINIMAL, changes, keeps, refuses};
use scim::ErrorKind::{InvalidValue, Mutability};

#[test]
fn read_only_by_path() {
    refuses(
        BABS,
        r#"{"op":"replace","path":"id","value":"x"}"#,
        Mutability,
        "`id`",
    );
    refuses(BABS, r#"{"op":"remove","path":"id"}"#, Mutability, "`id`");
    refuses(
        BABS,
        r#"{"op":"replace","path":"meta","value":{"version":"1"}}"#,
        Mutability,
        "`meta`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"meta.version","value":"1"}"#,
        Mutability,
        "`meta.version`",
    );
    refuses(
        BABS,
        r#"{"op":"add","path":"groups","value":[{"value":"g"}]}"#,
        Mutability,
        "`groups`",
    );
    refuses(
        BABS,
        r#"{"op":"remove","path":"groups[value eq \"g\"]"}"#,
        Mutability,
        "`groups`",
    );
    refuses(
        BABS,
        r#"{"op":"add","path":"schemas","value":["urn:x"]}"#,
        Mutability,
        "`schemas`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"manager.displayName","value":"M"}"#,
        Mutability,
        "`manager.displayName`",
    );
    refuses(
        BADGE,
        r#"{"op":"replace","path":"doors[value eq \"d1\"].seen","value":"2020-01-01T00:00:00Z"}"#,
        Mutability,
        "`doors.seen`",
    );
}

#[test]
fn read_only_inside_a_value() {
    keeps(BABS, r#"{"op":"add","value":{"id":"x"}}"#);
    keeps(
        BABS,
        r#"{"op":"add","value":{"@ent:manager.displayName":"M"}}"#,
    );
    keeps(
        BABS,
        r#"{"op":"add","path":"manager","value":{"displayName":"M"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"manager","value":{"displayName":"M","value":"m2"}}"#,
        r#"{"@ent":{"manager":{"value":"m2","$ref":null}}}"#,
    );
    changes(
        BADGE,
        r#"{"op":"add","path":"doors","value":[{"value":"d2","seen":"2020-01-01T00:00:00Z"}]}"#,
        r#"{"@badge":{"doors":[{"value":"d1","floor":1},{"value":"d2"}]}}"#,
    );
}

#[test]
fn immutable() {
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@badge:number","value":7},{"op":"add","path":"@badge:level","value":"l"}"#,
        r#"{"@badge":{"number":7,"level":"l"}}"#,
    );
    keeps(BADGE, r#"{"op":"add","path":"number","value":7}"#);
    keeps(BADGE, r#"{"op":"replace","value":{"@badge":{"number":7}}}"#);
    refuses(
        BADGE,
        r#"{"op":"add","path":"number","value":8}"#,
        Mutability,
        "`number`",
    );
    refuses(
        BADGE,
        r#"{"op":"replace","path":"number","value":8}"#,
        Mutability,
        "`number`",
    );
    refuses(
        BADGE,
        r#"{"op":"remove","path":"number"}"#,
        Mutability,
        "`number`",
    );
    refuses(
        BADGE,
        r#"{"op":"replace","path":"number","value":null}"#,
        Mutability,
        "`number`",
    );
    keeps(BADGE, r#"{"op":"add","path":"key","value":{"serial":"s"}}"#);
    changes(
        BADGE,
        r#"{"op":"add","path":"key","value":{"serial":"s","note":"m"}}"#,
        r#"{"@badge":{"key":{"note":"m"}}}"#,
    );
    refuses(
        BADGE,
        r#"{"op":"add","path":"key.serial","value":"t"}"#,
        Mutability,
        "`serial`",
    );
    refuses(
        BADGE,
        r#"{"op":"remove","path":"key.serial"}"#,
        Mutability,
        "`serial`",
    );
    refuses(
        BADGE,
        r#"{"op":"replace","path":"doors[value eq \"d1\"].floor","value":2}"#,
        Mutability,
        "`floor`",
    );
    refuses(
        BADGE,
        r#"{"op":"add","path":"doors","value":[{"value":"d1","floor":2}]}"#,
        Mutability,
        "`floor`",
    );
    keeps(
        BADGE,
        r#"{"op":"replace","path":"doors[value eq \"d1\"].floor","value":1}"#,
    );
}

#[test]
fn types_and_the_rest() {
    keeps(BADGE, r#"{"op":"add","path":"@badge:pin","value":"1234"}"#);
    refuses(
        BADGE,
        r#"{"op":"add","path":"@badge:pin","value":1234}"#,
        InvalidValue,
        "`pin`",
    );
    refuses(
        BADGE,
        r#"{"op":"replace","path":"issued","value":"yesterday"}"#,
        InvalidValue,
        "`issued`",
    );
    refuses(
        BADGE,
        r#"{"op":"replace","path":"number","value":1.5}"#,
        InvalidValue,
        "`number`",
    );
    refuses(
        BADGE,
        r#"{"op":"remove","path":"level"}"#,
        Mutability,
        "`level`",
    );
    refuses(
        BADGE,
        r#"{"op":"replace","path":"level","value":""}"#,
        InvalidValue,
        "`level`",
    );
    refuses(
        MINIMAL,
        r#"{"op":"add","path":"@badge:number","value":7}"#,
        InvalidValue,
        "`level`",
    );
}

/// It clears nothing, so what stands beside it is no rest.
#[test]
fn what_is_no_clients_stands_beside_what_is() {
    for beside in [
        r#""opened":"2020-01-01T00:00:00Z""#,
        r#""code":"1234""#,
        r#""hint":"birthday""#,
    ] {
        let value = format!(r#"{{"type":"a",{beside}}}"#);
        let created = r#"{"@badge":{"locks":[{"type":"a"}]}}"#;
        changes(
            BADGE,
            &format!(r#"{{"op":"add","path":"locks[type eq \"a\"]","value":{value}}}"#),
            created,
        );
        changes(
            BADGE,
            &format!(r#"{{"op":"add","path":"locks","value":[{value}]}}"#),
            created,
        );
    }
    keeps(
        BADGE,
        r#"{"op":"add","path":"locks[type eq \"a\"].code","value":"1234"}"#,
    );
    // What is forgotten is not known to the next operation either.
    keeps(
        BADGE,
        r#"{"op":"add","path":"vault.serial","value":"a"},{"op":"add","path":"vault.serial","value":"b"}"#,
    );
    keeps(
        BADGE,
        r#"{"op":"add","path":"vault","value":{"serial":"a"}},{"op":"add","path":"vault","value":{"serial":"b"}}"#,
    );
}
