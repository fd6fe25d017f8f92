//! Views and projections.

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

/// What nobody has declared is named by attribute and sub-attribute, too (RFC 7644 section 3.9).
#[test]
fn undeclared_extensions() {
    let whole = || {
        json!({
            "Tag": "1", "none": {}, "empty": [],
            "Box": {"a": 1, "B": {"c": 2}},
            "list": [{"a": 1, "b": 2}, {"b": 3}, "text", [{"a": 4}], {}]
        })
    };
    let without = |names: &[&str]| {
        let mut rest = whole();
        let object = rest.as_object_mut().unwrap();
        names.iter().for_each(|name| {
            object.shift_remove(*name);
        });
        rest
    };
    let with = |name: &str, value: Value| {
        let mut rest = whole();
        rest[name] = value;
        rest
    };
    let listed = |rest: Value| json!({"list": rest});
    for (attributes, excluded, expected) in [
        ("", "", whole()),
        ("x", "", Value::Null),
        ("X:", "", whole()),
        ("X:tag", "", json!({"Tag": "1"})),
        ("X:none,X:EMPTY", "", json!({"none": {}, "empty": []})),
        ("X:none.a,X:empty.a,X:tag.a", "", Value::Null),
        ("X:box", "", json!({"Box": {"a": 1, "B": {"c": 2}}})),
        ("X:box.A", "", json!({"Box": {"a": 1}})),
        ("X:box.b", "", json!({"Box": {"B": {"c": 2}}})),
        (
            "X:box[type eq \"x\"].b",
            "",
            json!({"Box": {"B": {"c": 2}}}),
        ),
        ("X:box.c", "", Value::Null),
        ("X:tag,X:box.a", "", json!({"Tag": "1", "Box": {"a": 1}})),
        ("X:list.a", "", listed(json!([{"a": 1}, [{"a": 4}]]))),
        ("X:list.c", "", Value::Null),
        ("", "X:", Value::Null),
        (
            "",
            "X:TAG,X:none,X:empty",
            without(&["Tag", "none", "empty"]),
        ),
        ("", "X:tag.a,X:none.a,X:empty.a", whole()),
        ("", "X:box", without(&["Box"])),
        ("", "X:box.A", with("Box", json!({"B": {"c": 2}}))),
        ("", "X:box.a,X:box.b", without(&["Box"])),
        (
            "",
            "X:list.b",
            with("list", json!([{"a": 1}, "text", [{"a": 4}], {}])),
        ),
        ("X:box", "X:box.a", json!({"Box": {"B": {"c": 2}}})),
        ("X:box.a", "X:box", Value::Null),
        ("X:box.a", "X:", Value::Null),
        (
            "X:",
            "X:box.b,X:list",
            json!({"Tag": "1", "none": {}, "empty": [], "Box": {"a": 1}}),
        ),
    ] {
        let names = |names: &str| {
            let names = names.replace("X:,", "X,").replace("X:", "urn:OTHER:1.0:");
            [names.trim_end_matches(':').to_owned()]
        };
        let of = ResourceType::user();
        let projection = Projection::parse(of, &names(attributes), &names(excluded)).unwrap();
        let view = json!({UNDECLARED: whole()}).as_object().unwrap().clone();
        let shown = projection.apply(of, view).shift_remove(UNDECLARED);
        assert_eq!(
            shown.unwrap_or_default(),
            expected,
            "attributes={attributes:?} excludedAttributes={excluded:?}"
        );
    }
}

/// RFC 7643 section 7, `returned`: "in response to any PUT, POST, or PATCH
/// operations if the attribute was specified by the client".
#[test]
fn what_a_client_has_written_is_returned() {
    let of = sailor();
    let ship = |object: Value| -> Value {
        let mut ship = json!({"flag": "de", "berths": 4, "yard": {"name": "n", "slip": "s"}});
        for (name, value) in object.as_object().unwrap() {
            ship[name] = value.clone();
        }
        ship
    };
    let log = || json!({"log": "l"});
    let cost = || json!({"yard": {"name": "n", "slip": "s", "cost": "c"}});
    let both = || json!({"log": "l", "yard": cost()["yard"]});
    let whole = |projection: Projection| projection.of_whole();
    let patch = |op: Value| {
        let ops = patch::parse(&of, json!({"Operations": [op]})).unwrap();
        let of = of.clone();
        move |projection: Projection| projection.of_patch(&of, &ops)
    };
    let set =
        |op: &str, path: &str, value: Value| patch(json!({"op": op, "path": path, "value": value}));
    let check =
        |written: &dyn Fn(Projection) -> Projection, parameters: (&str, &str), expected: Value| {
            let (attributes, excluded) = (strings(&[parameters.0]), strings(&[parameters.1]));
            let projection = written(Projection::parse(&of, &attributes, &excluded).unwrap());
            let shown = projection.apply(&of, user());
            assert_eq!(shown.get(SHIP), Some(&expected), "{parameters:?}");
        };
    let none = ("", "");
    check(&|projection| projection, none, ship(json!({})));
    check(&whole, none, ship(both()));
    check(&whole, ("", "log"), ship(cost()));
    check(&whole, ("", "yard.cost"), ship(log()));
    check(&whole, ("berths", ""), json!({"flag": "de", "berths": 4}));
    check(&set("add", "userName", json!("x")), none, ship(json!({})));
    check(&set("add", "log", json!("l")), none, ship(log()));
    check(
        &set("replace", &format!("{SHIP}:LOG"), json!("l")),
        none,
        ship(log()),
    );
    check(&set("add", "log", json!("l")), ("", "log"), ship(json!({})));
    check(
        &set("add", "log", json!("l")),
        ("berths", ""),
        json!({"flag": "de", "berths": 4}),
    );
    check(&set("add", "yard.slip", json!("s")), none, ship(json!({})));
    check(&set("add", "yard.cost", json!("c")), none, ship(cost()));
    check(
        &set("add", "yard.cost", json!("c")),
        ("", "yard.cost"),
        ship(json!({})),
    );
    check(
        &set("add", "yard", json!({"slip": "s", "cost": "c"})),
        none,
        ship(cost()),
    );
    check(&set("add", "log", Value::Null), none, ship(log()));
    check(
        &patch(json!({"op": "remove", "path": "log"})),
        none,
        ship(json!({})),
    );
    check(
        &patch(json!({"op": "add", "value": {"log": "l", "yard.cost": "c"}})),
        none,
        ship(both()),
    );
    check(
        &patch(json!({"op": "replace", "value": {SHIP: both()}})),
        none,
        ship(both()),
    );
}

/// The elements of a list, and what the server makes itself.
#[test]
fn what_a_client_has_written_of_elements() {
    let schema: Schema = serde_json::from_value(json!({
        "id": SHIP, "name": "Ship", "attributes": [
            {"name": "crew", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "name", "type": "string"},
                {"name": "pay", "type": "string", "returned": "request"}]},
            {"name": "seen", "type": "string", "returned": "request", "mutability": "readOnly"}]
    }))
    .unwrap();
    let mut of = ResourceType::user().clone();
    of.extensions.push(Extension {
        schema: Arc::new(schema),
        required: false,
    });
    let (plain, paid) = (json!([{"name": "a"}]), json!([{"name": "a", "pay": "1"}]));
    let patch = |path: &str, value: &Value| {
        let op = json!({"op": "add", "path": path, "value": value});
        patch::parse(&of, json!({"Operations": [op]})).unwrap()
    };
    let parsed = || Projection::parse(&of, &[], &[]).unwrap();
    for (projection, crew) in [
        (parsed(), &plain),
        (parsed().of_whole(), &paid),
        (parsed().of_patch(&of, &patch("crew", &plain)), &plain),
        (parsed().of_patch(&of, &patch("crew", &paid)), &paid),
        (
            parsed().of_patch(&of, &patch("crew[name eq \"a\"].pay", &json!("1"))),
            &paid,
        ),
    ] {
        let view = json!({SHIP: {"crew": paid, "seen": "now"}});
        let shown = projection.apply(&of, view.as_object().unwrap().clone());
        assert_eq!(shown[SHIP], json!({"crew": crew}));
    }
    let group = Projection::parse(ResourceType::group(), &[], &[]).unwrap();
    assert!(!group.of_whole().wants_sub("members", "display"));
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
