//! A group's members: changes of edges, never of the document.

use super::check::{GUIDES, changes, message, moves, refuses, shown};
use scim::ErrorKind::{InvalidPath, InvalidValue, Mutability};

#[test]
fn add() {
    moves(
        r#"{"op":"add","path":"members","value":[{"value":"a"}]}"#,
        "+a",
    );
    moves(
        r#"{"op":"Add","path":"Members","value":[{"$ref":null,"value":"a"}]}"#,
        "+a",
    );
    moves(
        r#"{"op":"add","path":"members","value":[{"value":"a"},{"value":"b","type":"Group"}]}"#,
        "+a,b",
    );
    moves(
        r#"{"op":"add","path":"members","value":{"value":"a"}}"#,
        "+a",
    );
    moves(r#"{"op":"add","path":"members","value":"a"}"#, "+a");
    moves(
        r#"{"op":"add","path":"members","value":["a","b","a"]}"#,
        "+a,b",
    );
    moves(r#"{"op":"add","value":{"members":[{"value":"a"}]}}"#, "+a");
    moves(
        r#"{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:Group:members","value":[{"value":"a"}]}"#,
        "+a",
    );
    moves(
        r#"{"op":"add","path":"members[value eq \"a\"]","value":{"value":"a","display":"A"}}"#,
        "+a",
    );
    moves(r#"{"op":"add","path":"members","value":[]}"#, "");
    moves(r#"{"op":"add","path":"members","value":null}"#, "");
    moves(r#"{"op":"add","value":{"members":[]}}"#, "");
    refuses(
        GUIDES,
        r#"{"op":"add","path":"members","value":7}"#,
        InvalidValue,
        "operation 1",
    );
    moves(
        r#"{"op":"add","path":"members","value":[{"display":"A"},{"value":"a"},{"value":null},{"value":""},{},null]}"#,
        "+a",
    );
    moves(
        r#"{"op":"add","path":"members","value":[{"value":""}]}"#,
        "",
    );
    refuses(
        GUIDES,
        r#"{"op":"add","path":"members[value eq \"a\"]","value":{"value":"b"}}"#,
        Mutability,
        "`members`",
    );
}

#[test]
fn remove() {
    moves(r#"{"op":"remove","path":"members[value eq \"a\"]"}"#, "-a");
    moves(
        r#"{"op":"remove","path":"members[value eq \"a\" or value eq \"b\"]"}"#,
        "-a,b",
    );
    moves(
        r#"{"op":"remove","path":"members[type eq \"Group\"]"}"#,
        "-?",
    );
    moves(
        r#"{"op":"remove","path":"members[value eq \"a\" and type eq \"User\"]"}"#,
        "-?",
    );
    moves(
        r#"{"op":"remove","path":"members","value":[{"value":"a"}]}"#,
        "-a",
    );
    moves(
        r#"{"op":"Remove","path":"members","value":[{"$ref":null,"value":"a"},{"value":"b"}]}"#,
        "-a,b",
    );
    moves(r#"{"op":"remove","path":"members","value":"a"}"#, "-a");
    moves(
        r#"{"op":"remove","path":"members","value":{"value":"a"}}"#,
        "-a",
    );
    moves(r#"{"op":"remove","path":"members"}"#, "=");
    moves(r#"{"op":"remove","path":"members","value":null}"#, "=");
    moves(r#"{"op":"remove","path":"members","value":[]}"#, "");
    moves(r#"{"op":"remove","path":"members","value":""}"#, "");
    moves(
        r#"{"op":"remove","path":"members","value":[{"value":""},{"value":null},{}]}"#,
        "",
    );
    refuses(
        GUIDES,
        r#"{"op":"remove","path":"members","value":7}"#,
        InvalidValue,
        "operation 1",
    );
}

#[test]
fn replace() {
    moves(
        r#"{"op":"replace","path":"members","value":[{"value":"a","display":"A"},{"value":"b"}]}"#,
        "=a,b",
    );
    moves(
        r#"{"op":"replace","value":{"members":[{"value":"a"}]}}"#,
        "=a",
    );
    moves(r#"{"op":"replace","path":"members","value":[]}"#, "=");
    moves(r#"{"op":"replace","path":"members","value":null}"#, "=");
    moves(r#"{"op":"replace","path":"members","value":""}"#, "=");
    moves(
        r#"{"op":"replace","path":"members","value":[{"value":""},{"value":"a"}]}"#,
        "=a",
    );
    moves(r#"{"op":"replace","value":{"members":[]}}"#, "=");
    moves(
        r#"{"op":"replace","path":"members[value eq \"a\"]","value":{"value":"b"}}"#,
        "-a +b",
    );
    moves(
        r#"{"op":"replace","path":"members[value eq \"a\"]","value":"a"}"#,
        "+a",
    );
    moves(
        r#"{"op":"replace","path":"members[value eq \"a\"]","value":null}"#,
        "-a",
    );
    refuses(
        GUIDES,
        r#"{"op":"replace","path":"members[type eq \"User\"]","value":{"value":"b"}}"#,
        Mutability,
        "`members`",
    );
}

#[test]
fn a_member_does_not_change() {
    refuses(
        GUIDES,
        r#"{"op":"replace","path":"members.value","value":"b"}"#,
        Mutability,
        "`members`",
    );
    refuses(
        GUIDES,
        r#"{"op":"replace","path":"members[value eq \"a\"].value","value":"b"}"#,
        Mutability,
        "`members`",
    );
    refuses(
        GUIDES,
        r#"{"op":"add","path":"members[value eq \"a\"].display","value":"b"}"#,
        Mutability,
        "`members",
    );
    refuses(
        GUIDES,
        r#"{"op":"remove","path":"members[value eq \"a\"].type"}"#,
        Mutability,
        "`members`",
    );
    refuses(
        GUIDES,
        r#"{"op":"remove","path":"members[value eq \"a\"].displayName"}"#,
        InvalidPath,
        "`displayName`",
    );
}

#[test]
fn in_order_and_beside_the_document() {
    moves(
        r#"{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"a"}]}"#,
        "= +a",
    );
    moves(
        r#"{"op":"remove","path":"members[value eq \"b\"]"},{"op":"add","path":"members","value":[{"value":"a","display":"A"}]}"#,
        "-b +a",
    );
    changes(
        GUIDES,
        r#"{"op":"replace","value":{"id":"g","displayName":"X"}}"#,
        r#"{"displayName":"X"}"#,
    );
    let patched = message(GUIDES, r#"{"Operations":[{"op":"replace","value":{"displayName":"X","members":[{"value":"a"}]}}]}"#).unwrap();
    assert_eq!(shown(&patched.members), "=a");
    assert_eq!(patched.attributes.str("displayName"), Some("X"));
}
