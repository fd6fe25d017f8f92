//! What planners and PATCH learn from a filter without matching it.

use crate::filter_samples::{STAFF, user};
use scim::filter::{ElementFilter, ResolvedFilter};
use scim::{AttrRef, ErrorKind, Filter, ResourceType, Target};
use serde_json::{Value, json};

fn resolved(text: &str) -> ResolvedFilter {
    text.replace("STAFF", STAFF)
        .parse::<Filter>()
        .unwrap()
        .resolve(user())
        .unwrap()
}

/// `emails[text]`, or of another attribute.
fn within(attribute: &str, text: &str) -> ElementFilter {
    let of = ResourceType::user().core_attribute(attribute).unwrap();
    text.parse::<Filter>().unwrap().resolve_within(&of).unwrap()
}

fn shown(attr: &AttrRef) -> String {
    match &attr.sub {
        None => attr.attribute.name.clone(),
        Some(sub) => format!("{}.{}", attr.attribute.name, sub.name),
    }
}

#[test]
fn references() {
    let table = [
        ("userName pr", "userName"),
        ("not (title pr or emails co x)", "title emails.value"),
        (
            "emails[type eq work].value eq x",
            "emails.type emails.value",
        ),
        ("manager eq x and department pr", "manager.value department"),
        ("STAFF:tags[value eq x]", "tags"),
        ("name pr", "name"),
    ];
    for (text, expected) in table {
        let filter = resolved(text);
        let found: Vec<_> = filter.references().into_iter().map(shown).collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }
    assert!(resolved("manager eq x").references()[0].extension.is_some());
}

#[test]
fn equalities() {
    let table = [
        ("userName eq Bob", "userName=Bob"),
        ("id eq X and manager eq Y", "id=X manager.value=Y"),
        (
            "(id eq X and (title pr and userName eq Y)) and active eq true",
            "id=X userName=Y",
        ),
        (
            "emails[type eq work].value eq A@b",
            "emails.type=work emails.value=A@b",
        ),
        ("emails[type eq work or value eq x] and id eq y", "id=y"),
        ("emails eq x", "emails.value=x"),
        ("userName eq x or id eq y", ""),
        ("not (userName eq x)", ""),
        ("userName ne x", ""),
        ("userName sw x and meta.created eq 2011-05-13", ""),
        ("userName eq null", ""),
        ("STAFF:tags[value eq x]", "tags=x"),
        (
            "title pr and (active eq true and (emails[type eq work and (value eq x)]))",
            "emails.type=work emails.value=x",
        ),
    ];
    for (text, expected) in table {
        let filter = resolved(text);
        let found: Vec<_> = filter
            .equalities()
            .iter()
            .map(|(attr, text)| format!("{}={text}", shown(attr)))
            .collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }
}

#[test]
fn the_elements_that_decide() {
    let table = [
        ("members eq A", Some("A")),
        ("members.value eq A", Some("A")),
        ("members[value eq A]", Some("A")),
        ("members[type eq User and value eq A]", Some("A")),
        (
            "members[(type eq User and (value eq A))] and id eq x",
            Some("A"),
        ),
        ("displayName pr and (id eq x and members eq A)", Some("A")),
        ("members eq A and members[value eq B]", Some("A B")),
        ("id eq x", Some("")),
        // Another member could decide.
        ("members eq A or id eq x", None),
        ("not (members eq A)", None),
        ("members ne A", None),
        ("members sw A", None),
        ("members pr", None),
        ("members.type eq User", None),
        ("members[type eq User]", None),
        ("members[value eq A or type eq User]", None),
        ("members[not (value eq A)]", None),
        ("members eq A and members.type eq User", None),
        ("members eq A and not (members eq B)", None),
        ("members eq A and (members eq B or id eq x)", None),
    ];
    for (text, expected) in table {
        let filter: Filter = text.parse().unwrap();
        let filter = filter.resolve(ResourceType::group()).unwrap();
        let found = filter.elements("members").map(|values| values.join(" "));
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}

#[test]
fn templates() {
    let table = [
        ("type eq work", json!({"type": "work"})),
        (
            "TYPE eq Work and primary eq \"True\"",
            json!({"type": "Work", "primary": true}),
        ),
        (
            "type eq work and (value eq a and primary eq false)",
            json!({"type": "work", "value": "a", "primary": false}),
        ),
        ("type eq work and type eq work", json!({"type": "work"})),
        ("type eq work and type eq home", Value::Null),
        ("type eq work or type eq home", Value::Null),
        ("type ne work", Value::Null),
        ("type sw work", Value::Null),
        ("type pr", Value::Null),
        ("type eq null", Value::Null),
        ("not (type eq work)", Value::Null),
    ];
    for (text, expected) in table {
        let found = within("emails", text)
            .template()
            .map_or(Value::Null, Value::Object);
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn ids() {
    let table = [
        ("value eq \"a\"", Some(vec!["a"])),
        (
            "value eq a or VALUE eq B or (value eq c or value eq d)",
            Some(vec!["a", "B", "c", "d"]),
        ),
        ("value eq a and value eq b", None),
        ("value eq a or type eq b", None),
        ("value ne a", None),
        ("value sw a", None),
        ("value eq null", None),
        ("not (value eq a)", None),
        ("type eq a", None),
    ];
    for (text, expected) in table {
        assert_eq!(within("groups", text).ids(), expected, "{text}");
    }
    assert_eq!(within("schemas", "value eq a").ids(), Some(vec!["a"]));
}

#[test]
fn elements() {
    let table = [
        ("emails", "type eq work", json!({"type": "WORK"}), true),
        ("emails", "type eq work", json!({"type": "home"}), false),
        ("emails", "type ne work", json!({}), true),
        ("emails", "type eq work", json!("work"), false),
        (
            "emails",
            "not (primary eq true)",
            json!({"primary": "true"}),
            true,
        ),
        ("schemas", "value eq a", json!("a"), true),
        ("schemas", "value eq a", json!("b"), false),
        ("schemas", "value eq a", json!({"value": "a"}), false),
        (
            "schemas",
            "VALUE sw a and not (value eq ab)",
            json!("abc"),
            true,
        ),
        (
            "name",
            "givenName eq ada",
            json!({"givenName": "Ada"}),
            true,
        ),
    ];
    for (attribute, text, value, expected) in table {
        let filter = within(attribute, text);
        assert_eq!(
            filter.matches(&value),
            expected,
            "{attribute}[{text}] {value}"
        );
    }
}

#[test]
fn errors_within() {
    let of = ResourceType::group().core_attribute("members").unwrap();
    for (text, detail) in [
        (
            "id eq x",
            "attribute `members` has no sub-attribute `id`, at position 1",
        ),
        (
            "value pr and type.value pr",
            "`type.value` is inside brackets, where sub-attributes stand alone, at position 14",
        ),
    ] {
        let error = text
            .parse::<Filter>()
            .unwrap()
            .resolve_within(&of)
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.detail()),
            (scim::ErrorKind::InvalidFilter, detail)
        );
    }
}

/// A filter for users alone is told for groups before any is read.
#[test]
fn the_unmatchable() {
    let unmatchable = |text: &str| {
        let filter: Filter = text.parse().unwrap();
        let among = filter.resolve_among(ResourceType::group(), &[user()]);
        among.unwrap().is_unmatchable()
    };
    for text in [
        "userName eq x",
        "userName eq x and displayName pr",
        "userName eq x or title pr",
        "not (not (userName eq x))",
        "not (not (userName pr) or displayName pr)",
        "displayName pr and (title pr or userName eq x)",
    ] {
        assert!(unmatchable(text), "{text}");
    }
    for text in [
        "displayName pr",
        "displayName pr and id pr",
        "userName eq x or displayName pr",
        "not (userName eq x)",
        "not (userName eq x and displayName pr)",
        "not (displayName pr)",
    ] {
        assert!(!unmatchable(text), "{text}");
    }
    assert!(!resolved("userName eq x").is_unmatchable());
}

#[test]
fn what_brackets_read() {
    for (text, expected) in [
        ("value eq a", vec!["value"]),
        ("type eq a or not (value pr)", vec!["type", "value"]),
    ] {
        assert_eq!(within("emails", text).reads(), expected, "{text}");
    }
}

#[test]
fn an_attribute_is_named_by_all_of_its_path() {
    for (path, attribute, sub, is) in [
        ("emails.value", "emails", Some("value"), true),
        ("EMAILS.Value", "emails", Some("value"), true),
        ("emails", "emails", None, true),
        ("emails", "emails", Some("value"), false),
        ("emails.type", "emails", Some("value"), false),
        ("emails.value", "emails", None, false),
        ("phoneNumbers.value", "emails", Some("value"), false),
        ("manager.value", "manager", Some("value"), false),
    ] {
        let found = user().resolve(&path.parse().unwrap(), ErrorKind::InvalidPath);
        let Ok(Target::Attribute(at)) = found else {
            panic!("{path} is no attribute");
        };
        assert_eq!(at.is(attribute, sub), is, "{path}");
    }
}
