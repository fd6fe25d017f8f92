//! Documents written before their extension's schema was declared.

use scim::schema::Definition;
use scim::{Attributes, ErrorKind, ResourceType, Tolerances, accept, patch};
use serde_json::{Value, json};

const ACME: &str = "urn:acme:2.0:User";

fn definition() -> Definition {
    let body = json!({"name": "Acme", "resourceType": "User", "attributes": [
        {"name": "tag", "type": "string"},
        {"name": "level", "type": "integer"},
        {"name": "remote", "type": "boolean"},
        {"name": "codes", "type": "string", "multiValued": true},
        {"name": "pin", "type": "string", "returned": "never"},
        {"name": "box", "type": "complex", "subAttributes": [
            {"name": "lid", "type": "string"}, {"name": "size", "type": "integer"}]},
        {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "name", "type": "string"}]}
    ]});
    Definition::parse(ACME, body).unwrap()
}

fn declared() -> ResourceType {
    ResourceType::user().of_realm(vec![definition().extension()], Tolerances::ALL)
}

fn stored(urn: &str, object: Value) -> Attributes {
    Attributes::from_stored(
        &json!({"userName": "u", urn: object, "urn:x:y": {"a": null}}).to_string(),
    )
    .unwrap()
}

#[track_caller]
fn check(urn: &str, object: Value, expected: Value) {
    let expected = match expected {
        Value::Null => json!({"userName": "u", "urn:x:y": {"a": null}}),
        expected => json!({"userName": "u", ACME: expected, "urn:x:y": {"a": null}}),
    };
    let adopted = stored(urn, object.clone()).adopt(&declared());
    assert_eq!(
        Value::Object(adopted.clone().into_map()),
        expected,
        "{object}"
    );
    let text = adopted.to_json();
    assert_eq!(adopted.adopt(&declared()).to_json(), text, "twice is once");
}

#[test]
fn what_fits_becomes_canonical() {
    for urn in [ACME, "URN:Acme:2.0:user"] {
        check(
            urn,
            json!({"tag": "x", "level": 3}),
            json!({"tag": "x", "level": 3}),
        );
        check(
            urn,
            json!({"TAG": "x", "Remote": "True"}),
            json!({"tag": "x", "remote": true}),
        );
        check(
            urn,
            json!({"codes": "a", "level": [7]}),
            json!({"level": 7, "codes": ["a"]}),
        );
        check(
            urn,
            json!({"Box": {"SIZE": 1, "Lid": ""}}),
            json!({"box": {"size": 1}}),
        );
        check(
            urn,
            json!({"tag": null, "level": "", "pin": "1234"}),
            json!(null),
        );
    }
}

#[test]
fn what_does_not_stays() {
    for same in [
        json!({"level": "seven"}),
        json!({"shoeSize": 44, "nothing": null}),
        json!({"tag": {"a": 1}, "codes": [1, 2]}),
        json!({"box": "cardboard"}),
        json!({"tag": "x", "TAG": "y"}),
    ] {
        check(ACME, same.clone(), same);
    }
    check(
        "URN:acme:2.0:User",
        json!({"Level": "seven"}),
        json!({"level": "seven"}),
    );
}

#[test]
fn nothing_to_do() {
    let plain = Attributes::from_stored(r#"{"userName":"u"}"#).unwrap();
    assert_eq!(plain.clone().adopt(&declared()), plain);
    let undeclared = stored("URN:acme:2.0:user", json!({"TAG": ""}));
    assert_eq!(undeclared.clone().adopt(ResourceType::user()), undeclared);
}

#[test]
fn misfits() {
    let schema = definition();
    for (object, misfit) in [
        (
            json!({"tag": "x", "LEVEL": 3, "remote": "false", "more": {}}),
            None,
        ),
        (json!({"tag": null}), None),
        (json!({"level": "seven"}), Some("urn:acme:2.0:User:level")),
        (
            json!({"tag": "x", "Codes": [{"a": 1}]}),
            Some("urn:acme:2.0:User:codes"),
        ),
        (
            json!({"box": {"size": "big"}}),
            Some("urn:acme:2.0:User:box"),
        ),
    ] {
        let attributes = stored("urn:ACME:2.0:User", object.clone());
        assert_eq!(
            attributes.misfit(schema.schema()).as_deref(),
            misfit,
            "{object}"
        );
    }
    assert_eq!(Attributes::default().misfit(schema.schema()), None);
}

#[test]
fn a_later_write_loses_nothing() {
    let of = declared();
    let adopted = stored(
        "URN:acme:2.0:User",
        json!({"Level": "seven", "shoeSize": 44, "tag": "x"}),
    )
    .adopt(&of);
    let message =
        json!({"Operations": [{"op": "replace", "path": "urn:acme:2.0:User:tag", "value": "y"}]});
    let ops = patch::parse(&of, message).unwrap();
    let patched = patch::apply(&of, &adopted, &ops).unwrap().attributes;
    assert_eq!(
        patched.as_map()[ACME],
        json!({"tag": "y", "level": "seven", "shoeSize": 44})
    );
    // What comes back as it was shown stays; what is new has to be an attribute.
    for (object, left) in [
        (
            json!({"tag": "z", "shoeSize": 44, "level": "seven"}),
            json!({"tag": "z", "level": "seven", "shoeSize": 44}),
        ),
        (json!({"tag": "z", "shoeSize": 45}), json!({"tag": "z"})),
        (json!({"tag": "z", "SHOESIZE": 44}), json!({"tag": "z"})),
    ] {
        let body = json!({"userName": "u", ACME: object});
        let replaced = accept::replace(&of, &body, &patched).unwrap().attributes;
        assert_eq!(replaced.as_map()[ACME], left, "{object}");
    }
    let body = json!({"userName": "u", ACME: {"level": "eight"}});
    assert!(accept::replace(&of, &body, &patched).is_err());
}

/// Nor is anything lost of what fits nothing, whatever the write asks of it.
#[test]
fn a_later_write_lets_a_misfit_be() {
    let of = declared();
    for object in [
        json!({"tag": {"a": ""}}),
        json!({"codes": [{"a": "", "b": 1}]}),
        json!({"box": {"lid": "", "size": "big"}}),
        json!({"box": [{"lid": "red"}, {"lid": "blue"}]}),
    ] {
        let adopted = stored(ACME, object.clone()).adopt(&of);
        let message = json!({"Operations": [
            {"op": "replace", "path": "title", "value": "T"},
            {"op": "remove", "path": "urn:acme:2.0:User:box[lid eq \"green\"]"},
            {"op": "remove", "path": "urn:acme:2.0:User:box[lid eq \"red\"]"}]});
        let ops = patch::parse(&of, message).unwrap();
        let patched = patch::apply(&of, &adopted, &ops).unwrap().attributes;
        assert_eq!(patched.as_map()[ACME], object);
    }
}

/// Else the operation would be accepted, and nothing come of it.
#[test]
fn a_misfit_gives_way_to_what_is_set() {
    let of = declared();
    let boxed = "urn:acme:2.0:User:box";
    for misfit in [json!("cardboard"), json!([{"lid": "red"}, {"lid": "blue"}])] {
        for (op, path, value, left) in [
            ("replace", boxed, json!({"size": 2}), json!({"size": 2})),
            (
                "add",
                "urn:acme:2.0:User:box.size",
                json!(2),
                json!({"size": 2}),
            ),
            ("replace", boxed, json!({"size": null}), misfit.clone()),
            (
                "replace",
                "urn:acme:2.0:User:box.size",
                json!(null),
                misfit.clone(),
            ),
        ] {
            let adopted = stored(ACME, json!({"box": misfit})).adopt(&of);
            let message = json!({"Operations": [{"op": op, "path": path, "value": value}]});
            let ops = patch::parse(&of, message).unwrap();
            let patched = patch::apply(&of, &adopted, &ops).unwrap().attributes;
            assert_eq!(
                patched.as_map()[ACME],
                json!({"box": left}),
                "{path} {value}"
            );
        }
    }
}

#[test]
fn a_misfit_gives_way_to_nothing_beside_it() {
    let of = declared();
    let object = json!({"box": "cardboard", "parts": ["bolt", {"name": "nut"}]});
    let adopted = stored(ACME, object).adopt(&of);
    let apply = |path: &str, value: Value| {
        let op =
            json!({"op": "replace", "path": format!("urn:acme:2.0:User:{path}"), "value": value});
        let ops = patch::parse(&of, json!({"Operations": [op]})).unwrap();
        patch::apply(&of, &adopted, &ops)
    };
    let patched = apply("parts.name", json!("screw")).unwrap().attributes;
    assert_eq!(
        patched.as_map()[ACME],
        json!({"box": "cardboard", "parts": ["bolt", {"name": "screw"}]})
    );
    let error = apply("box[lid eq \"red\"].size", json!(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoTarget, "{error}");
}

#[test]
fn a_urn_that_reads_as_no_path_is_a_schema_all_the_same() {
    let body = json!({"name": "A", "resourceType": "User", "attributes": [{"name": "level", "type": "integer"}]});
    let definition = Definition::parse("urn:acme:1.0", body).unwrap();
    let of = ResourceType::user().of_realm(vec![definition.extension()], Tolerances::ALL);
    let current = Attributes::from_stored(r#"{"userName":"u"}"#).unwrap();
    for op in [
        json!({"op": "add", "value": {"urn:acme:1.0": {"LEVEL": 1}}}),
        json!({"op": "add", "path": "URN:acme:1.0", "value": {"level": 1}}),
        json!({"op": "add", "path": "urn:acme:1.0:level", "value": 1}),
    ] {
        let ops = patch::parse(&of, json!({"Operations": [op]})).unwrap();
        let patched = patch::apply(&of, &current, &ops).unwrap().attributes;
        assert_eq!(
            patched.as_map()["urn:acme:1.0"],
            json!({"level": 1}),
            "{op}"
        );
    }
    let wrong = json!({"Operations": [{"op": "add", "value": {"urn:acme:1.0": {"level": "x"}}}]});
    assert!(patch::parse(&of, wrong).is_err());
}

/// Whether an entry stands is told without typing it, so each way not to stand must be seen by itself.
#[test]
fn one_value_that_does_not_stand_is_seen_among_those_that_do() {
    for (object, expected) in [
        (json!({"TAG": "x"}), json!({"tag": "x"})),
        (json!({"tag": "x", "level": ""}), json!({"tag": "x"})),
        (
            json!({"tag": "x", "codes": "a"}),
            json!({"tag": "x", "codes": ["a"]}),
        ),
        (json!({"tag": "x", "codes": []}), json!({"tag": "x"})),
        (
            json!({"tag": "x", "codes": ["a", ""]}),
            json!({"tag": "x", "codes": ["a"]}),
        ),
        (json!({"tag": ["x"]}), json!({"tag": "x"})),
        (json!({"remote": "true"}), json!({"remote": true})),
        (json!({"tag": "x", "pin": "1234"}), json!({"tag": "x"})),
        (json!({"tag": "x", "box": {}}), json!({"tag": "x"})),
        (
            json!({"box": {"LID": "red"}}),
            json!({"box": {"lid": "red"}}),
        ),
        (
            json!({"box": {"lid": "red", "size": ""}}),
            json!({"box": {"lid": "red"}}),
        ),
        (
            json!({"box": [{"lid": "red"}]}),
            json!({"box": {"lid": "red"}}),
        ),
    ] {
        check(ACME, object, expected);
    }
}

/// Made anew it would have the order of the schema: who polls would see a change where there is none.
#[test]
fn what_stands_keeps_its_order() {
    for object in [
        json!({"level": 3, "tag": "x"}),
        json!({"remote": true, "tag": "x"}),
        json!({"codes": ["b", "a"], "tag": "x"}),
        json!({"box": {"size": 1, "lid": "red"}, "tag": "x"}),
        json!({"shoeSize": 44, "tag": "x"}),
    ] {
        let stands = stored(ACME, object.clone());
        let text = stands.to_json();
        assert_eq!(stands.adopt(&declared()).to_json(), text, "{object}");
    }
}
