//! `""`, null and empty lists clear, whatever they come in.

use super::check::{BABS, MINIMAL, changes, keeps, refuses};
use scim::ErrorKind::{InvalidValue, Mutability};

#[test]
fn empty_and_null_clear() {
    changes(
        BABS,
        r#"{"op":"replace","path":"title","value":""}"#,
        r#"{"title":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"title","value":null}"#,
        r#"{"title":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"title","value":""}"#,
        r#"{"title":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"title","value":null}"#,
        r#"{"title":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"title":null,"displayName":""}}"#,
        r#"{"title":null,"displayName":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"active","value":null}"#,
        r#"{"active":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"active","value":""}"#,
        r#"{"active":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name","value":null}"#,
        r#"{"name":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name","value":""}"#,
        r#"{"name":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name.givenName","value":null}"#,
        r#"{"name":{"givenName":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"name.givenName":""}}"#,
        r#"{"name":{"givenName":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"name":{"givenName":null}}}"#,
        r#"{"name":{"givenName":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name","value":{"givenName":null,"familyName":""}}"#,
        r#"{"name":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@ent:department","value":""}"#,
        r#"{"@ent":{"department":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"addresses[type eq \"home\"].locality","value":""}"#,
        r#"{"addresses":[{"type":"home","country":"NO"}]}"#,
    );
    keeps(MINIMAL, r#"{"op":"replace","path":"title","value":""}"#);
    keeps(
        MINIMAL,
        r#"{"op":"replace","path":"name.givenName","value":null}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"replace","value":{"name.givenName":"","@ent:department":null,"@ent":{"manager":""}}}"#,
    );
}

#[test]
fn required_attributes_stay() {
    refuses(
        BABS,
        r#"{"op":"remove","path":"userName"}"#,
        Mutability,
        "`userName`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"userName","value":""}"#,
        InvalidValue,
        "`userName`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","value":{"userName":null}}"#,
        InvalidValue,
        "`userName`",
    );
    refuses(
        super::check::GUIDES,
        r#"{"op":"remove","path":"displayName"}"#,
        Mutability,
        "`displayName`",
    );
    refuses(
        super::check::GUIDES,
        r#"{"op":"replace","path":"displayName","value":null}"#,
        InvalidValue,
        "`displayName`",
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"userName","value":"b"}"#,
        r#"{"userName":"b"}"#,
    );
}

/// Labels are left over where there is something that they label.
#[test]
fn labels_that_are_all_there_is_stay() {
    let start = r#"{"userName":"b","@badge":{"level":"l","case":{"type":"dry","size":1},"marks":[{"type":"t","primary":true}]}}"#;
    changes(
        start,
        r#"{"op":"remove","path":"@badge:case.size"}"#,
        r#"{"@badge":{"case":{"size":null}}}"#,
    );
    changes(
        start,
        r#"{"op":"remove","path":"@badge:marks.primary"}"#,
        r#"{"@badge":{"marks":[{"type":"t"}]}}"#,
    );
}

#[test]
fn what_an_element_requires_stays_but_its_value_takes_it_away() {
    let start = r#"{"userName":"b","@badge":{"level":"l","visits":[{"value":"v","day":"2020-01-01T00:00:00Z"}]}}"#;
    let part = "operation 1: `day` of `visits` is required and cannot be removed";
    let path = r#""path":"visits[value eq \"v\"].day""#;
    refuses(
        start,
        &format!(r#"{{"op":"remove",{path}}}"#),
        Mutability,
        part,
    );
    refuses(
        start,
        &format!(r#"{{"op":"replace",{path},"value":null}}"#),
        InvalidValue,
        part,
    );
    changes(
        start,
        r#"{"op":"remove","path":"visits[value eq \"v\"].value"}"#,
        r#"{"@badge":{"visits":null}}"#,
    );
}
