//! Views and projections.

mod undeclared;
mod written;

use scim::project::{Elements, Meta, Projection, Resource};
use scim::schema::{ENTERPRISE_USER, GROUP, Schema, USER};
use scim::{Attributes, ErrorKind, Extension, ResourceType, accept, patch};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A schema with every `returned`, on attributes and sub-attributes.
const SHIP: &str = "urn:acme:scim:2.0:Ship";
/// A URN that ends in what is no attribute name.
const UNDECLARED: &str = "urn:other:1.0";

fn sailor() -> ResourceType {
    let schema: Schema = serde_json::from_value(json!({
        "id": SHIP,
        "name": "Ship",
        "attributes": [
            {"name": "flag", "type": "string", "returned": "always"},
            {"name": "berths", "type": "integer"},
            {"name": "log", "type": "string", "returned": "request"},
            {"name": "pin", "type": "string", "returned": "never"},
            {"name": "yard", "type": "complex", "subAttributes": [
                {"name": "name", "type": "string", "returned": "always"},
                {"name": "slip", "type": "string"},
                {"name": "cost", "type": "string", "returned": "request"},
                {"name": "key", "type": "string", "returned": "never"}
            ]}
        ]
    }))
    .unwrap();
    let mut of = ResourceType::user().clone();
    of.extensions.push(Extension {
        schema: Arc::new(schema),
        required: false,
    });
    of
}

fn resource(attributes: &Attributes) -> Resource<'_> {
    Resource {
        id: "2819c223".to_owned(),
        attributes,
        meta: Meta {
            resource_type: "User",
            created: "2026-01-23T04:56:22Z".to_owned(),
            last_modified: "2026-05-13T04:42:34Z".to_owned(),
            version: "W/\"3.1\"".to_owned(),
            location: "https://h/realms/r/scim/v2/Users/2819c223".to_owned(),
        },
        derived: Some((
            "groups",
            Box::new(vec![json!({"value": "g", "display": "Yard Crew"})]),
        )),
    }
}

/// A user as the store might hold it, also from before its schema said `never`.
fn user() -> Map<String, Value> {
    let stored = json!({
        "userName": "petra",
        "name": {"givenName": "Petra", "familyName": "Voss"},
        "emails": [{"value": "p@b", "type": "work", "primary": true}, {"value": "p@h"}],
        ENTERPRISE_USER: {"department": "Yard", "manager": {"value": "m"}},
        SHIP: {
            "flag": "de", "berths": 4, "log": "l", "pin": "1234",
            "yard": {"name": "n", "slip": "s", "cost": "c", "key": "k"}
        },
        UNDECLARED: {"Tag": "1", "b": {"c": 2}}
    });
    let attributes = Attributes::from_stored(&stored.to_string()).unwrap();
    resource(&attributes).view(&sailor())
}

fn strings(lists: &[&str]) -> Vec<String> {
    lists.iter().map(|list| (*list).to_owned()).collect()
}

fn projected(attributes: &[&str], excluded: &[&str]) -> Value {
    let of = sailor();
    let projection = Projection::parse(&of, &strings(attributes), &strings(excluded)).unwrap();
    Value::Object(projection.apply(&of, user()))
}

/// Checks the answer without what is in every one.
#[track_caller]
fn check(attributes: &[&str], excluded: &[&str], expected: Value) {
    let mut answer = projected(attributes, excluded);
    let object = answer.as_object_mut().unwrap();
    let schemas = object.shift_remove("schemas");
    assert_eq!(
        schemas,
        Some(json!([USER, ENTERPRISE_USER, SHIP, UNDECLARED]))
    );
    assert_eq!(object.shift_remove("id"), Some(json!("2819c223")));
    let always = json!({"flag": "de"});
    if object.get(SHIP) == Some(&always) {
        object.shift_remove(SHIP);
    }
    assert_eq!(
        answer, expected,
        "attributes={attributes:?} excludedAttributes={excluded:?}"
    );
}

fn emails() -> Value {
    json!({"emails": [{"value": "p@b", "type": "work", "primary": true}, {"value": "p@h"}]})
}

fn default_ship() -> Value {
    json!({"flag": "de", "berths": 4, "yard": {"name": "n", "slip": "s"}})
}

#[test]
fn a_view_has_everything_in_order() {
    let view = user();
    let keys: Vec<&str> = view.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "schemas",
            "id",
            "userName",
            "name",
            "emails",
            "groups",
            ENTERPRISE_USER,
            SHIP,
            UNDECLARED,
            "meta"
        ]
    );
    assert_eq!(
        view["meta"].to_string(),
        concat!(
            r#"{"resourceType":"User","created":"2026-01-23T04:56:22Z","#,
            r#""lastModified":"2026-05-13T04:42:34Z","#,
            r#""location":"https://h/realms/r/scim/v2/Users/2819c223","version":"W/\"3.1\""}"#
        )
    );
}

#[test]
fn derived_values_are_there_when_there_are_any() {
    let of = ResourceType::group();
    let attributes = accept::create(of, &json!({"displayName": "g"}))
        .unwrap()
        .attributes;
    for (members, expected) in [
        (None, None),
        (Some(vec![]), None),
        (
            Some(vec![json!({"value": "a"})]),
            Some(json!([{"value": "a"}])),
        ),
    ] {
        let view = Resource {
            derived: members.map(|members| ("members", Box::new(members) as Box<dyn Elements>)),
            ..resource(&attributes)
        }
        .view(of);
        assert_eq!(view.get("members"), expected.as_ref());
        assert_eq!(view["schemas"], json!([GROUP]));
    }
}

/// Elements that are counted as they are made, and bytes as they are written.
#[derive(Debug, Default)]
struct Counted {
    made: AtomicUsize,
}

impl Elements for &Counted {
    fn each(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        let one = |n| {
            self.made.fetch_add(1, Ordering::Relaxed);
            json!({"value": n})
        };
        Box::new((0..1_000).map(one))
    }
}

struct Sink<'a> {
    counted: &'a Counted,
    written: usize,
    most_at_once: usize,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += bytes.iter().filter(|byte| **byte == b'}').count();
        let made = self.counted.made.load(Ordering::Relaxed);
        self.most_at_once = self.most_at_once.max(made.saturating_sub(self.written));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn elements_are_written_as_they_are_made() {
    let of = ResourceType::group();
    let attributes = accept::create(of, &json!({"displayName": "g"}))
        .unwrap()
        .attributes;
    let counted = Counted::default();
    let group = Resource {
        derived: Some(("members", Box::new(&counted))),
        ..resource(&attributes)
    };
    let projection = Projection::parse(of, &[], &[]).unwrap();
    let mut sink = Sink {
        counted: &counted,
        written: 0,
        most_at_once: 0,
    };
    serde_json::to_writer(&mut sink, &projection.show(of, group)).unwrap();
    // Every element, `meta` and the whole.
    assert_eq!(sink.written, 1_002);
    // One on its way, and one that told that there are any.
    assert!(sink.most_at_once <= 2, "{}", sink.most_at_once);
}

/// Behind `emails`, before `roles`: where its schema has it.
#[test]
fn elements_are_written_where_a_view_has_them() {
    let of = ResourceType::user();
    let user = json!({"userName": "u", "emails": [{"value": "a@x"}], "roles": [{"value": "r"}]});
    let attributes = accept::create(of, &user).unwrap().attributes;
    let with_groups = || Resource {
        derived: Some(("groups", Box::new(vec![json!({"value": "g"})]))),
        ..resource(&attributes)
    };
    let projection = Projection::parse(of, &[], &[]).unwrap();
    let shown = serde_json::to_string(&projection.show(of, with_groups())).unwrap();
    assert_eq!(shown, Value::Object(with_groups().view(of)).to_string());
}

#[test]
fn the_default_set() {
    let mut expected = user();
    expected[SHIP] = default_ship();
    for attributes in [&[][..], &[""], &[" , ,"], &["", ""]] {
        assert_eq!(
            projected(attributes, &[]),
            Value::Object(expected.clone()),
            "{attributes:?}"
        );
        assert_eq!(
            projected(&[], attributes),
            Value::Object(expected.clone()),
            "{attributes:?}"
        );
    }
    let answer = projected(&[], &[]);
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(keys, expected.keys().collect::<Vec<_>>());
}

#[test]
fn attributes_asked_for() {
    let ship = |object: Value| json!({SHIP: object});
    for (attributes, expected) in [
        (&["userName"][..], json!({"userName": "petra"})),
        (&["USERNAME"], json!({"userName": "petra"})),
        (&[" userName , id,schemas"], json!({"userName": "petra"})),
        (
            &["urn:ietf:params:scim:schemas:core:2.0:user:userName"],
            json!({"userName": "petra"}),
        ),
        (&["unknown"], json!({})),
        (
            &["name.unknown", "urn:nothing:x", "a b", "[", "\"", "title"],
            json!({}),
        ),
        (&["id"], json!({})),
        (&["name.givenName"], json!({"name": {"givenName": "Petra"}})),
        (
            &["name.givenName,name.familyName"],
            json!({"name": {"givenName": "Petra", "familyName": "Voss"}}),
        ),
        (
            &["name.givenName", "name"],
            json!({"name": {"givenName": "Petra", "familyName": "Voss"}}),
        ),
        (
            &["name", "name.givenName"],
            json!({"name": {"givenName": "Petra", "familyName": "Voss"}}),
        ),
        (&["name.middleName"], json!({})),
        (&["emails"], emails()),
        (&["emails[type eq \"work\"]"], emails()),
        (&["emails[type eq \"a,]b\"],unknown"], emails()),
        (&["emails.type"], json!({"emails": [{"type": "work"}]})),
        (
            &["emails[type eq \"work\"].value"],
            json!({"emails": [{"value": "p@b"}, {"value": "p@h"}]}),
        ),
        (
            &["groups"],
            json!({"groups": [{"value": "g", "display": "Yard Crew"}]}),
        ),
        (&["meta.version"], json!({"meta": {"version": "W/\"3.1\""}})),
        (
            &["department"],
            json!({ENTERPRISE_USER: {"department": "Yard"}}),
        ),
        (
            &["manager.value"],
            json!({ENTERPRISE_USER: {"manager": {"value": "m"}}}),
        ),
        (
            &["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"],
            json!({ENTERPRISE_USER: {"manager": {"value": "m"}}}),
        ),
        (
            &["URN:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            json!({ENTERPRISE_USER: {"department": "Yard", "manager": {"value": "m"}}}),
        ),
        (&[SHIP], ship(default_ship())),
        (&["log"], ship(json!({"flag": "de", "log": "l"}))),
        (&["pin"], json!({})),
        (
            &["yard"],
            ship(json!({"flag": "de", "yard": {"name": "n", "slip": "s"}})),
        ),
        (
            &["yard.slip"],
            ship(json!({"flag": "de", "yard": {"name": "n", "slip": "s"}})),
        ),
        (
            &["yard.cost"],
            ship(json!({"flag": "de", "yard": {"name": "n", "cost": "c"}})),
        ),
        (
            &["yard.key"],
            ship(json!({"flag": "de", "yard": {"name": "n"}})),
        ),
        (
            &[UNDECLARED],
            json!({UNDECLARED: {"Tag": "1", "b": {"c": 2}}}),
        ),
        (&["URN:OTHER:1.0:tag"], json!({UNDECLARED: {"Tag": "1"}})),
    ] {
        check(attributes, &[], expected);
    }
    check(
        &[USER],
        &[],
        json!({
            "userName": "petra",
            "name": {"givenName": "Petra", "familyName": "Voss"},
            "emails": emails()["emails"],
            "groups": [{"value": "g", "display": "Yard Crew"}]
        }),
    );
}

#[test]
fn attributes_excluded() {
    for (excluded, gone) in [
        (&["userName"][..], &["/userName"][..]),
        (&["NAME.givenname"], &["/name/givenName"]),
        (&["name.givenName", "name.familyName"], &["/name"]),
        (
            &["emails[type eq \"work\"],groups"],
            &["/emails", "/groups"],
        ),
        (&["meta"], &["/meta"]),
        (&["meta.location"], &["/meta/location"]),
        (
            &[
                "id",
                "schemas",
                "unknown",
                "flag",
                "yard.name",
                "log",
                "pin",
            ],
            &[],
        ),
        (
            &["department"],
            &["/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department"],
        ),
        (
            &[ENTERPRISE_USER],
            &["/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        ),
        (
            &[SHIP],
            &[
                "/urn:acme:scim:2.0:Ship/berths",
                "/urn:acme:scim:2.0:Ship/yard",
            ],
        ),
        (&["yard.slip"], &["/urn:acme:scim:2.0:Ship/yard/slip"]),
        (&[UNDECLARED], &["/urn:other:1.0"]),
        (&["urn:other:1.0:B"], &["/urn:other:1.0/b"]),
        (&[USER], &["/userName", "/name", "/emails", "/groups"]),
    ] {
        let mut expected = projected(&[], &[]);
        for pointer in gone {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            expected
                .pointer_mut(parent)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .shift_remove(key);
        }
        assert_eq!(projected(&[], excluded), expected, "{excluded:?}");
    }
}

#[test]
fn what_is_returned_on_request_stands_beside_the_whole() {
    let member = || {
        let whole = json!({"value": "a", "display": "A", "$ref": "../Users/a", "type": "User"});
        json!({"id": "1", "displayName": "g", "members": [whole]})
    };
    let (value, display) = (Some("a"), Some("A"));
    for (attributes, excluded, expected) in [
        ("", "", (value, None)),
        ("members", "", (value, None)),
        ("members.display", "", (None, display)),
        ("members,members.display", "", (value, display)),
        ("members.display,Members", "", (value, display)),
        (
            "members.display,members,members.value",
            "",
            (value, display),
        ),
        ("members,members.display", "members.display", (value, None)),
        (GROUP, "", (value, None)),
    ] {
        let of = ResourceType::group();
        let projection =
            Projection::parse(of, &strings(&[attributes]), &strings(&[excluded])).unwrap();
        let shown = projection.apply(of, member().as_object().unwrap().clone());
        let text = |name: &str| shown["members"][0].get(name).and_then(Value::as_str);
        let found = (text("value"), text("display"));
        assert_eq!(found, expected, "{attributes:?} {excluded:?}");
        assert_eq!(
            projection.wants_sub("members", "display"),
            expected.1.is_some(),
            "{attributes:?} {excluded:?}"
        );
    }
    let whole = Projection::parse(
        ResourceType::group(),
        &strings(&[GROUP, "members.display"]),
        &[],
    );
    assert!(whole.unwrap().wants_sub("members", "display"));
}

#[test]
fn both_are_applied() {
    check(&["userName,name"], &["name.givenName"], {
        json!({"userName": "petra", "name": {"familyName": "Voss"}})
    });
    check(
        &["emails.value,emails.type"],
        &["emails.value"],
        json!({"emails": [{"type": "work"}]}),
    );
    check(&["userName"], &["userName"], json!({}));
    check(
        &[ENTERPRISE_USER],
        &["manager"],
        json!({ENTERPRISE_USER: {"department": "Yard"}}),
    );
}

#[test]
fn costly_attributes_are_known_before_they_are_read() {
    for (attributes, excluded, wanted) in [
        ("", "", true),
        ("displayName", "", false),
        ("displayName,MEMBERS", "", true),
        ("members.value", "", true),
        (GROUP, "", true),
        ("", "Members", false),
        ("", "members.display", true),
        ("", GROUP, false),
        ("members", "members", false),
        ("nothing", "", false),
    ] {
        let projection = Projection::parse(
            ResourceType::group(),
            &strings(&[attributes]),
            &strings(&[excluded]),
        )
        .unwrap();
        assert_eq!(
            projection.wants("members"),
            wanted,
            "{attributes:?} {excluded:?}"
        );
        assert!(projection.wants("id"));
        assert!(!projection.wants("nothing"));
    }
}

#[test]
fn names_are_bounded() {
    let of = ResourceType::user();
    assert!(Projection::parse(of, &[vec!["x"; 1_000].join(",")], &[]).is_ok());
    let error = Projection::parse(of, &[], &[vec!["x"; 1_001].join(",")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
}
