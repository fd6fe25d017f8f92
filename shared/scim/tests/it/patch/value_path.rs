//! Paths with a filter: `emails[type eq "work"].value` and its like.

use super::check::{BABS, BADGE, MINIMAL, changes, keeps, refuses};
use scim::ErrorKind::{InvalidValue, NoTarget};

#[test]
fn matching_elements_change() {
    changes(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers[type eq \"work\"].value","value":"9"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"9"},{"type":"fax","value":"2"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"phoneNumbers[TYPE eq \"WORK\"].VALUE","value":"9"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"9"},{"type":"fax","value":"2"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"phoneNumbers[value sw \"\"].display","value":"d"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"1","display":"d"},{"type":"fax","value":"2","display":"d"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers[type eq \"work\" or value eq \"2\"].display","value":"d"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"1","display":"d"},{"type":"fax","value":"2","display":"d"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"addresses[type eq \"home\"]","value":{"locality":"Bergen","region":"V"}}"#,
        r#"{"addresses":[{"type":"home","locality":"Bergen","region":"V"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"addresses[type eq \"home\"]","value":[{"locality":"Bergen"}]}"#,
        r#"{"addresses":[{"type":"home","locality":"Bergen"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers[type eq \"fax\"]","value":"9"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"1"},{"type":"fax","value":"9"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers[type eq \"fax\"].type","value":"mobile"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":"2"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@user:phoneNumbers[type eq \"fax\"].type","value":"mobile"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"1"},{"type":"mobile","value":"2"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails[primary eq true].value","value":"p@x"}"#,
        r#"{"emails":[{"type":"work","value":"p@x","primary":true},{"type":"home","value":"babs@jensen.org"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails[primary eq \"True\"].value","value":"p@x"}"#,
        r#"{"emails":[{"type":"work","value":"p@x","primary":true},{"type":"home","value":"babs@jensen.org"}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers[type eq \"work\"].value","value":"1"}"#,
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers[type eq \"work\"].value","value":7}"#,
        InvalidValue,
        "operation 1",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"addresses[type eq \"home\"]","value":"Oslo"}"#,
        InvalidValue,
        "`addresses`",
    );
}

#[test]
fn no_match_creates() {
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails[type eq \"work\"].value","value":"a@x"}"#,
        r#"{"emails":[{"type":"work","value":"a@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@x"}"#,
        r#"{"emails":[{"type":"work","value":"a@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails[type eq \"work\"]","value":{"value":"a@x"}}"#,
        r#"{"emails":[{"type":"work","value":"a@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails[type eq \"work\" and primary eq true].value","value":"a@x"}"#,
        r#"{"emails":[{"type":"work","primary":true,"value":"a@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"roles[primary eq \"True\"].value","value":"R"}"#,
        r#"{"roles":[{"primary":true,"value":"R"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails[type eq \"work\"].primary","value":true},{"op":"add","path":"emails[type eq \"work\"].value","value":"a@x"}"#,
        r#"{"emails":[{"type":"work","primary":true,"value":"a@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"addresses[type eq \"work\"].locality":"Oslo","addresses[type eq \"work\"].country":"NO"}}"#,
        r#"{"addresses":[{"type":"work","locality":"Oslo","country":"NO"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails[type eq \"other\" and primary eq true].value","value":"a@x"}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":false},{"type":"home","value":"babs@jensen.org"},{"type":"other","primary":true,"value":"a@x"}]}"#,
    );
    changes(
        BADGE,
        r#"{"op":"add","path":"doors[value eq \"d2\"].floor","value":2}"#,
        r#"{"@badge":{"doors":[{"value":"d1","floor":1},{"value":"d2","floor":2}]}}"#,
    );
    changes(
        BADGE,
        r#"{"op":"add","path":"doors[floor eq 2].value","value":"d2"}"#,
        r#"{"@badge":{"doors":[{"value":"d1","floor":1},{"value":"d2","floor":2}]}}"#,
    );
    changes(
        BADGE,
        r#"{"op":"add","path":"visits[day eq \"2020-01-01T00:00:00Z\"].value","value":"v"}"#,
        r#"{"@badge":{"visits":[{"value":"v","day":"2020-01-01T00:00:00Z"}]}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails[type eq \"work\"].primary","value":true}"#,
        r#"{"emails":[{"type":"work","primary":true}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"Replace","path":"roles[primary eq \"True\"].display","value":"R"}"#,
        r#"{"roles":[{"value":"User"},{"primary":true,"display":"R"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails[type eq \"other\"].primary","value":"True"}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":false},{"type":"home","value":"babs@jensen.org"},{"type":"other","primary":true}]}"#,
    );
}

#[test]
fn no_match_and_nothing_to_create_from() {
    refuses(
        MINIMAL,
        r#"{"op":"replace","path":"emails[type sw \"w\"].value","value":"a@x"}"#,
        NoTarget,
        "`emails`",
    );
    refuses(
        MINIMAL,
        r#"{"op":"add","path":"emails[type eq \"a\" or type eq \"b\"].value","value":"a@x"}"#,
        NoTarget,
        "`emails`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"emails[not (value pr)]","value":{"value":"a@x"}}"#,
        NoTarget,
        "`emails`",
    );
    // What no client could send, a filter does not bring in.
    for (path, part) in [
        (r#"manager[displayName eq \"M\"].value"#, "`manager`"),
        (
            r#"manager[value eq \"m\" and displayName eq \"M\"].$ref"#,
            "`manager`",
        ),
        (
            r#"x509Certificates[value eq \"not base64!\"].display"#,
            "`x509Certificates`",
        ),
        (r#"emails[type eq \"\"].value"#, "`emails`"),
        ("doors[floor eq 1.5].value", "`doors`"),
        (
            r#"locks[opened eq \"2020-01-01T00:00:00Z\"].make"#,
            "`locks`",
        ),
    ] {
        refuses(
            MINIMAL,
            &format!(r#"{{"op":"add","path":"{path}","value":"x"}}"#),
            NoTarget,
            part,
        );
    }
    keeps(
        MINIMAL,
        r#"{"op":"replace","path":"emails[type sw \"w\"].value","value":""}"#,
    );
}

#[test]
fn cleared_values_create_nothing() {
    keeps(
        MINIMAL,
        r#"{"op":"replace","path":"emails[type eq \"work\"].value","value":""}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"add","path":"emails[type eq \"work\"].value","value":null}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":""}}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"replace","path":"emails[type eq \"work\"]","value":null}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"add","path":"addresses[type eq \"work\"]","value":{"locality":"","country":null}}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"add","path":"addresses[type eq \"work\"]","value":{"type":"work","locality":""}}"#,
    );
}

#[test]
fn removal() {
    let home = r#"{"emails":[{"type":"home","value":"babs@jensen.org"}]}"#;
    changes(
        BABS,
        r#"{"op":"remove","path":"emails[type eq \"work\"]"}"#,
        home,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails[type eq \"work\" and value ew \"example.com\"]"}"#,
        home,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails[type eq \"work\"].value"}"#,
        home,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"work\"].value","value":""}"#,
        home,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":null}}"#,
        home,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"work\"]","value":""}"#,
        home,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails[value pr]"}"#,
        r#"{"emails":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"addresses[type eq \"home\"].locality"}"#,
        r#"{"addresses":[{"type":"home","country":"NO"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"addresses[type eq \"home\"].locality"},{"op":"remove","path":"addresses[type eq \"home\"].country"}"#,
        r#"{"addresses":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails[type eq \"work\"].primary"}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com"},{"type":"home","value":"babs@jensen.org"}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"emails[type eq \"other\"]"}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"emails[type eq \"other\"].value"}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"emails[type eq \"work\"].display"}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"remove","path":"emails[type eq \"work\"]"}"#,
    );
}

#[test]
fn elements_that_become_the_same_are_one() {
    changes(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers.value","value":"1"},{"op":"replace","path":"phoneNumbers.type","value":"work"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"1"}]}"#,
    );
}

#[test]
fn an_element_is_known_by_its_value() {
    let gone = r#"{"@badge":{"doors":null}}"#;
    changes(
        BADGE,
        r#"{"op":"remove","path":"doors[value eq \"d1\"].value"}"#,
        gone,
    );
    changes(
        BADGE,
        r#"{"op":"replace","path":"doors.value","value":""}"#,
        gone,
    );
}

#[test]
fn simple_lists() {
    changes(
        BADGE,
        r#"{"op":"remove","path":"tags[value eq \"a\"]"}"#,
        r#"{"@badge":{"tags":["b"]}}"#,
    );
    changes(
        BADGE,
        r#"{"op":"replace","path":"@badge:tags[value eq \"a\"]","value":"c"}"#,
        r#"{"@badge":{"tags":["c","b"]}}"#,
    );
    keeps(BADGE, r#"{"op":"remove","path":"tags[value eq \"z\"]"}"#);
}

/// RFC 7644 section 3.5.2.3: "all matching record values SHALL be replaced"; 3.5.2.1 adds to them.
#[test]
fn an_element_is_replaced_whole() {
    let home = |element: &str| format!(r#"{{"addresses":[{element}]}}"#);
    for (op, value, left) in [
        (
            "replace",
            r#"{"type":"home","locality":"Bergen"}"#,
            r#"{"type":"home","locality":"Bergen"}"#,
        ),
        (
            "replace",
            r#"{"type":"work","region":"V"}"#,
            r#"{"type":"work","region":"V"}"#,
        ),
        ("replace", r#"{"type":"home"}"#, r#"{"type":"home"}"#),
        (
            "add",
            r#"{"region":"V"}"#,
            r#"{"type":"home","locality":"Oslo","country":"NO","region":"V"}"#,
        ),
    ] {
        changes(
            BABS,
            &format!(r#"{{"op":"{op}","path":"addresses[type eq \"home\"]","value":{value}}}"#),
            &home(left),
        );
    }
    // What the filter describes stays as it is spelt, and no more than that.
    changes(
        BABS,
        r#"{"op":"replace","path":"addresses[type eq \"HOME\" and country eq \"no\"]","value":{"region":"V"}}"#,
        &home(r#"{"type":"home","country":"NO","region":"V"}"#),
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"addresses[type sw \"h\"]","value":{"region":"V"}}"#,
        &home(r#"{"region":"V"}"#),
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"phoneNumbers[type eq \"work\"]":{"display":"d","value":"9"}}}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"9","display":"d"},{"type":"fax","value":"2"}]}"#,
    );
    changes(
        BADGE,
        r#"{"op":"replace","path":"doors[value eq \"d1\"]","value":{"floor":2}}"#,
        r#"{"@badge":{"doors":[{"value":"d1","floor":2}]}}"#,
    );
    // Cleared of all but labels it is gone, as one that is made.
    changes(
        BABS,
        r#"{"op":"replace","path":"addresses[type eq \"home\"]","value":{"locality":""}}"#,
        r#"{"addresses":null}"#,
    );
    // A sub-attribute's path leaves the rest, and so does a single value's filter.
    changes(
        BABS,
        r#"{"op":"replace","path":"addresses[type eq \"home\"].locality","value":"Bergen"}"#,
        &home(r#"{"type":"home","locality":"Bergen","country":"NO"}"#),
    );
    changes(
        r#"{"userName":"b","name":{"givenName":"B","familyName":"J"}}"#,
        r#"{"op":"replace","path":"name[givenName eq \"B\"]","value":{"givenName":"C"}}"#,
        r#"{"name":{"givenName":"C"}}"#,
    );
}

/// A value names what goes, beside the path.
#[test]
fn a_removal_with_a_value_is_of_what_it_lists() {
    let home = r#"{"emails":[{"type":"home","value":"babs@jensen.org"}]}"#;
    for (path, value) in [
        ("emails.value", r#""babs@example.com""#),
        ("emails.value", r#"["BABS@example.com","other@x"]"#),
        ("emails.value", r#"[{"value":"babs@example.com"}]"#),
        (
            r#"emails[type eq \"work\"]"#,
            r#"[{"value":"babs@example.com"}]"#,
        ),
        (r#"emails[type eq \"work\"]"#, r#""babs@example.com""#),
        (r#"emails[value pr].value"#, r#""babs@example.com""#),
    ] {
        changes(
            BABS,
            &format!(r#"{{"op":"remove","path":"{path}","value":{value}}}"#),
            home,
        );
    }
    changes(
        BABS,
        r#"{"op":"remove","path":"phoneNumbers.type","value":"fax"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"1"},{"value":"2"}]}"#,
    );
    changes(
        BADGE,
        r#"{"op":"remove","path":"tags[value sw \"\"]","value":["a","c"]}"#,
        r#"{"@badge":{"tags":["b"]}}"#,
    );
    for (path, value) in [
        ("emails.value", r#""other@x""#),
        ("emails.value", "[]"),
        ("emails.value", r#""""#),
        (
            r#"emails[type eq \"work\"]"#,
            r#"[{"value":"babs@jensen.org"}]"#,
        ),
        (r#"emails[type eq \"work\"].value"#, r#""babs@jensen.org""#),
    ] {
        keeps(
            BABS,
            &format!(r#"{{"op":"remove","path":"{path}","value":{value}}}"#),
        );
    }
    // Of a single value there is nothing to choose.
    changes(
        BABS,
        r#"{"op":"remove","path":"manager.value","value":"m9"}"#,
        r#"{"@ent":{"manager":null}}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails.value","value":null}"#,
        r#"{"emails":null}"#,
    );
    refuses(
        BABS,
        r#"{"op":"remove","path":"emails.primary","value":"perhaps"}"#,
        InvalidValue,
        "`primary`",
    );
}
