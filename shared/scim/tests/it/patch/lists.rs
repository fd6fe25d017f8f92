//! Multi-valued attributes without a filter, and the one primary.

use super::check::{BABS, BADGE, MINIMAL, changes, keeps, refuses};
use scim::ErrorKind::InvalidValue;

#[test]
fn add_appends() {
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails","value":[{"value":"a@x","type":"work"}]}"#,
        r#"{"emails":[{"value":"a@x","type":"work"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails","value":{"value":"a@x"}}"#,
        r#"{"emails":[{"value":"a@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails","value":"a@x"}"#,
        r#"{"emails":[{"value":"a@x"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"roles","value":[{"value":"Admin"}]}"#,
        r#"{"roles":[{"value":"User"},{"value":"Admin"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","value":{"roles":[{"value":"Admin"}]}}"#,
        r#"{"roles":[{"value":"User"},{"value":"Admin"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"addresses","value":[{"type":"home","locality":"Bergen"}]}"#,
        r#"{"addresses":[{"type":"home","locality":"Oslo","country":"NO"},{"type":"home","locality":"Bergen"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"roles","value":[{"value":"A"},{"value":"A"}]}"#,
        r#"{"roles":[{"value":"User"},{"value":"A"}]}"#,
    );
    changes(
        BADGE,
        r#"{"op":"add","path":"@badge:tags","value":["c","a"]}"#,
        r#"{"@badge":{"tags":["a","b","c"]}}"#,
    );
    changes(
        BADGE,
        r#"{"op":"add","path":"tags","value":"c"}"#,
        r#"{"@badge":{"tags":["a","b","c"]}}"#,
    );
    refuses(
        BABS,
        r#"{"op":"add","path":"emails","value":7}"#,
        InvalidValue,
        "`emails`",
    );
    refuses(
        BABS,
        r#"{"op":"add","path":"emails","value":[{"value":7}]}"#,
        InvalidValue,
        "emails",
    );
}

#[test]
fn elements_without_a_value_are_kept() {
    changes(
        BABS,
        r#"{"op":"add","path":"roles","value":[{"type":"x","display":"X"}]}"#,
        r#"{"roles":[{"value":"User"},{"type":"x","display":"X"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"roles","value":[{"primary":true}]}"#,
        r#"{"roles":[{"primary":true}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","value":{"emails":[{"type":"other","primary":true}]}}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":false},{"type":"home","value":"babs@jensen.org"},{"type":"other","primary":true}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails.display","value":"d"}"#,
        r#"{"emails":[{"display":"d"}]}"#,
    );
}

#[test]
fn what_is_left_over_goes() {
    for (roles, op, left) in [
        (
            r#"[{"type":"t","value":"v","display":"d"}]"#,
            r#""path":"roles.value""#,
            "null",
        ),
        (
            r#"[{"type":"t","primary":true,"display":"d"}]"#,
            r#""path":"roles.display""#,
            "null",
        ),
        (
            r#"[{"type":"t","display":"d"}]"#,
            r#""path":"roles.type""#,
            r#"[{"display":"d"}]"#,
        ),
        (
            r#"[{"type":"t","primary":true}]"#,
            r#""path":"roles.primary""#,
            "null",
        ),
        (
            r#"[{"type":"t"},{"display":"d"}]"#,
            r#""path":"roles.display""#,
            r#"[{"type":"t"}]"#,
        ),
    ] {
        let start = format!(r#"{{"userName":"b","roles":{roles}}}"#);
        let difference = format!(r#"{{"roles":{left}}}"#);
        changes(&start, &format!(r#"{{"op":"remove",{op}}}"#), &difference);
        changes(
            &start,
            &format!(r#"{{"op":"replace",{op},"value":""}}"#),
            &difference,
        );
    }
}

#[test]
fn add_skips_what_is_there() {
    keeps(
        BABS,
        r#"{"op":"add","path":"roles","value":[{"value":"User"}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"add","path":"emails","value":[{"value":"babs@jensen.org","type":"home"}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"add","path":"addresses","value":[{"country":"NO","type":"home","locality":"Oslo"}]}"#,
    );
    keeps(BABS, r#"{"op":"add","path":"roles","value":[]}"#);
    keeps(BABS, r#"{"op":"add","path":"roles","value":null}"#);
    keeps(
        BABS,
        r#"{"op":"add","path":"roles","value":[{"type":"x","value":""}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails","value":[{"value":"babs@jensen.org","type":"home","display":"B"}]}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":true},{"type":"home","value":"babs@jensen.org","display":"B"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails","value":[{"value":"babs@jensen.org","type":"other"}]}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":true},{"type":"home","value":"babs@jensen.org"},{"type":"other","value":"babs@jensen.org"}]}"#,
    );
}

#[test]
fn replace_replaces_all() {
    changes(
        BABS,
        r#"{"op":"replace","path":"emails","value":[{"value":"n@x"}]}"#,
        r#"{"emails":[{"value":"n@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"replace","path":"emails","value":[{"value":"n@x"}]}"#,
        r#"{"emails":[{"value":"n@x"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"emails":[{"value":"n@x","Type":"work","Primary":"True"}]}}"#,
        r#"{"emails":[{"value":"n@x","type":"work","primary":true}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails","value":[]}"#,
        r#"{"emails":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails","value":null}"#,
        r#"{"emails":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails","value":""}"#,
        r#"{"emails":null}"#,
    );
    changes(
        BADGE,
        r#"{"op":"replace","path":"tags","value":["z"]}"#,
        r#"{"@badge":{"tags":["z"]}}"#,
    );
    keeps(
        BABS,
        r#"{"op":"replace","path":"roles","value":[{"value":"User"}]}"#,
    );
}

#[test]
fn remove_all_or_those_listed() {
    changes(
        BABS,
        r#"{"op":"remove","path":"emails"}"#,
        r#"{"emails":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails","value":null}"#,
        r#"{"emails":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails","value":[{"value":"babs@jensen.org"}]}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":true}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails","value":[{"value":"BABS@jensen.org","type":"home"}]}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":true}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"emails","value":"babs@jensen.org"}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":true}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"addresses","value":[{"type":"home","locality":"Oslo","country":"NO"}]}"#,
        r#"{"addresses":null}"#,
    );
    changes(
        BADGE,
        r#"{"op":"remove","path":"tags","value":["a"]}"#,
        r#"{"@badge":{"tags":["b"]}}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"emails","value":[{"value":"babs@jensen.org","type":"work"}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"emails","value":[{"value":"other@x"}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"addresses","value":[{"locality":"Oslo","type":"work"}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"addresses","value":[{"region":"Oslo"},{"unknown":"x"},{}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"remove","path":"emails","value":[{"type":"work","value":""}]}"#,
    );
    keeps(BABS, r#"{"op":"remove","path":"emails","value":[]}"#);
    keeps(MINIMAL, r#"{"op":"remove","path":"emails"}"#);
}

#[test]
fn remove_those_that_agree() {
    for listed in [
        r#"[{"locality":"OSLO"}]"#,
        r#"[{"Type":"Home"}]"#,
        r#"{"type":"home","country":"no"}"#,
        r#"[{"type":"work"},{"type":"home"}]"#,
    ] {
        changes(
            BABS,
            &format!(r#"{{"op":"remove","path":"addresses","value":{listed}}}"#),
            r#"{"addresses":null}"#,
        );
    }
    for listed in [r#"[{"type":"work"}]"#, r#"[{"primary":"True"}]"#] {
        changes(
            BABS,
            &format!(r#"{{"op":"remove","path":"emails","value":{listed}}}"#),
            r#"{"emails":[{"type":"home","value":"babs@jensen.org"}]}"#,
        );
    }
    changes(
        BABS,
        r#"{"op":"remove","path":"emails","value":[{"type":"home","value":"babs@jensen.org","display":"other"}]}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":true}]}"#,
    );
    changes(
        BADGE,
        r#"{"op":"remove","path":"doors","value":[{"floor":1}]}"#,
        r#"{"@badge":{"doors":null}}"#,
    );
    keeps(
        BADGE,
        r#"{"op":"remove","path":"doors","value":[{"value":"D1"}]}"#,
    );
}

#[test]
fn a_bare_sub_attribute_means_every_element() {
    changes(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers.type","value":"x"}"#,
        r#"{"phoneNumbers":[{"type":"x","value":"1"},{"type":"x","value":"2"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"phoneNumbers.type"}"#,
        r#"{"phoneNumbers":[{"value":"1"},{"value":"2"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"phoneNumbers.value"}"#,
        r#"{"phoneNumbers":null}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"emails.value","value":"a@x"}"#,
        r#"{"emails":[{"value":"a@x"}]}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"emails.value":"a@x","emails.type":"work"}}"#,
        r#"{"emails":[{"value":"a@x","type":"work"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers.value","value":"3"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"3"},{"type":"fax","value":"3"}]}"#,
    );
    keeps(
        MINIMAL,
        r#"{"op":"replace","path":"emails.value","value":""}"#,
    );
    keeps(MINIMAL, r#"{"op":"remove","path":"emails.value"}"#);
}

#[test]
fn one_primary() {
    let moved = r#"{"emails":[{"type":"work","value":"babs@example.com","primary":false},{"type":"home","value":"babs@jensen.org","primary":true}]}"#;
    changes(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}"#,
        moved,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails[type eq \"home\"].primary","value":"True"}"#,
        moved,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails[type eq \"home\"]","value":{"primary":true}}"#,
        moved,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails","value":[{"value":"babs@jensen.org","type":"home","primary":true}]}"#,
        moved,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"emails","value":[{"value":"n@x","primary":true}]}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":false},{"type":"home","value":"babs@jensen.org"},{"value":"n@x","primary":true}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"home\"].primary","value":true},{"op":"replace","path":"emails[type eq \"work\"].primary","value":true}"#,
        r#"{"emails":[{"type":"work","value":"babs@example.com","primary":true},{"type":"home","value":"babs@jensen.org","primary":false}]}"#,
    );
    keeps(
        BABS,
        r#"{"op":"replace","path":"emails[type eq \"work\"].primary","value":true}"#,
    );
    refuses(
        BABS,
        r#"{"op":"add","path":"roles","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}"#,
        InvalidValue,
        "primary",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}"#,
        InvalidValue,
        "primary",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"phoneNumbers.primary","value":true}"#,
        InvalidValue,
        "primary",
    );
    refuses(
        BABS,
        r#"{"op":"add","value":{"phoneNumbers[type eq \"work\"].primary":true,"phoneNumbers[type eq \"fax\"].primary":true}}"#,
        InvalidValue,
        "primary",
    );
}
