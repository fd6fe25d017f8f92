//! Attribute paths and PATCH paths: what they read as, what is refused.

use scim::ErrorKind;
use scim::path::{AttrPath, Path};

#[test]
fn attribute_paths() {
    let table = [
        ("userName", (None, "userName", None)),
        ("name.givenName", (None, "name", Some("givenName"))),
        ("$ref", (None, "$ref", None)),
        ("members.$ref", (None, "members", Some("$ref"))),
        ("a-b_c9", (None, "a-b_c9", None)),
        (
            "urn:a:2.0:User:manager.value",
            (Some("urn:a:2.0:User"), "manager", Some("value")),
        ),
        ("urn:a:2.0:User", (Some("urn:a:2.0"), "User", None)),
        (
            "urn:a:2.0:User.department",
            (Some("urn:a:2.0"), "User", Some("department")),
        ),
        (
            "http://schemas.example.com/2.0/Group:x",
            (Some("http://schemas.example.com/2.0/Group"), "x", None),
        ),
    ];
    for (text, (urn, name, sub)) in table {
        let path: AttrPath = text.parse().unwrap();
        let found = (path.urn.as_deref(), path.name.as_str(), path.sub.as_deref());
        assert_eq!(found, (urn, name, sub), "{text}");
        assert_eq!(path.to_string(), text);
    }
    let dotted: AttrPath = "urn:a:2.0:User.manager.value".parse().unwrap();
    let colon: AttrPath = "urn:a:2.0:User:manager.value".parse().unwrap();
    assert_eq!(dotted, colon);
}

#[test]
fn patch_paths() {
    // The path, its attribute, its filter, what it is written as.
    let table = [
        ("userName", "userName", None),
        (
            "urn:a:2.0:User:manager.value",
            "urn:a:2.0:User:manager.value",
            None,
        ),
        (
            r#"members[value eq "x"]"#,
            "members",
            Some(r#"value eq "x""#),
        ),
        (
            r#"emails[type eq "work"].value"#,
            "emails.value",
            Some(r#"type eq "work""#),
        ),
        (
            r#"urn:a:2.0:User:m[value eq "]"].display"#,
            "urn:a:2.0:User:m.display",
            Some(r#"value eq "]""#),
        ),
        (
            "addresses[type eq work and not (primary eq true)].country",
            "addresses.country",
            Some("type eq work and not (primary eq true)"),
        ),
    ];
    for (text, attr, filter) in table {
        let path: Path = text
            .parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(path.attr.to_string(), attr, "{text}");
        assert_eq!(
            path.filter.as_ref().map(ToString::to_string).as_deref(),
            filter,
            "{text}"
        );
        assert_eq!(path.to_string(), text);
    }
    let spaced: Path = "emails[ type EQ work ].value".parse().unwrap();
    assert_eq!(spaced.to_string(), "emails[type eq work].value");
}

#[test]
fn refused() {
    let table = [
        (
            "",
            "expected an attribute name but the text ends, at position 1",
        ),
        (
            " userName",
            "expected an attribute name but found ` `, at position 1",
        ),
        ("userName ", "expected the end but found ` `, at position 9"),
        ("user name", "position 5"),
        ("a.b.c", "`a.b.c` is not an attribute path, at position 1"),
        (
            "emails[",
            "an attribute name but the text ends, at position 8",
        ),
        ("emails[]", "position 8"),
        (
            "emails[type eq work",
            "`]` but the text ends, at position 20",
        ),
        ("emails[type eq work]value", "found `value`, at position 21"),
        ("emails[type eq work].", "position 22"),
        (
            "emails[type eq work].value.x",
            "`value.x` is not the name of a sub-attribute, at position 22",
        ),
        ("emails[type eq work].value x", "position 27"),
        (
            "emails[type eq work][type eq home]",
            "found `[`, at position 21",
        ),
        (
            "emails.type[value pr]",
            "`emails.type` names a sub-attribute",
        ),
        (
            "emails[type zz work]",
            "the operator `zz` is not supported, at position 13",
        ),
        ("emails[0]", "`0` is not an attribute path"),
        ("__proto__.x", "`__proto__.x` is not an attribute path"),
        ("userName eq x", "expected the end"),
        ("(userName)", "an attribute name but found `(`"),
    ];
    for (text, part) in table {
        let error = text.parse::<Path>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{text}");
        assert!(error.detail().contains(part), "{text}: {error}");
    }
    for text in [
        "",
        "a b",
        "emails[type pr]",
        "a.b.c",
        "a:b",
        &"a".repeat(5000),
    ] {
        let error = text.parse::<AttrPath>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPath, "{text}");
    }
    let deep = "[a".repeat(10_000);
    assert!(format!("a{deep}").parse::<Path>().is_err());
}

/// RFC 3986 section 3: each part of a URI is looked at by itself.
#[test]
fn what_stands_before_a_name_is_a_uri() {
    for good in ["urn:a:name", "x+y-z.1:a:name", "URN:a~b!c:name"] {
        assert!(good.parse::<Path>().is_ok(), "{good}");
    }
    for bad in [
        "1rn:a:name",
        "u_n:a:name",
        "urn::name",
        "urn:a^b:name",
        "urn:\u{e9}:name",
        ":a:name",
    ] {
        assert!(bad.parse::<Path>().is_err(), "{bad}");
    }
}
