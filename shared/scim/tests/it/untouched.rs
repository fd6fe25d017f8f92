//! What a request does not touch does not refuse it: a schema declared late, or given up.

use scim::schema::Definition;
use scim::{Attributes, ErrorKind, ResourceType, Result, Tolerance, Tolerances, accept, patch};
use serde_json::{Value, json};

const LATE: &str = "urn:acme:late:2.0:User";
const GONE: &str = "urn:acme:gone:2.0:User";

/// A type whose schema asks for more than its resources have.
fn late() -> ResourceType {
    late_with(Tolerances::ALL, false)
}

fn late_with(tolerances: Tolerances, required: bool) -> ResourceType {
    let body = json!({"name": "Late", "resourceType": "User", "required": required, "attributes": [
        {"name": "a", "type": "string", "required": true},
        {"name": "cv", "type": "string"},
        {"name": "spare", "type": "string"},
        {"name": "box", "type": "complex", "subAttributes": [
            {"name": "lid", "type": "string", "required": true},
            {"name": "size", "type": "integer"}]},
        {"name": "items", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "id", "type": "string", "required": true},
            {"name": "x", "type": "string"},
            {"name": "primary", "type": "boolean"}]}
    ]});
    let definition = Definition::parse(LATE, body).unwrap();
    ResourceType::user().of_realm(vec![definition.extension()], tolerances)
}

fn user(late: Value) -> Attributes {
    let text = json!({"userName": "u", "active": true, LATE: late}).to_string();
    Attributes::from_stored(&text).unwrap().adopt(&self::late())
}

fn patched(of: &ResourceType, current: &Attributes, ops: Value) -> Result<Attributes> {
    let ops = patch::parse(of, json!({"Operations": ops}))?;
    patch::apply(of, current, &ops).map(|patched| patched.attributes)
}

fn set(path: &str, value: Value) -> Value {
    json!([{"op": "replace", "path": path, "value": value}])
}

/// A PUT of what a GET answers, but for what `change` sets.
fn put(of: &ResourceType, current: &Attributes, change: &[(&str, Value)]) -> Result<Attributes> {
    let mut body = current.as_map().clone();
    let change = change.iter().cloned();
    body.extend(change.map(|(name, value)| (name.to_owned(), value)));
    let extensions = body.keys().filter(|key| key.starts_with("urn:"));
    let schemas: Vec<&String> = std::iter::once(&of.schema.id).chain(extensions).collect();
    let schemas = json!(schemas);
    body.insert("schemas".to_owned(), schemas);
    accept::replace(of, &Value::Object(body), current).map(|draft| draft.attributes)
}

#[test]
fn a_schema_declared_late_refuses_nothing_else() {
    let of = late();
    for object in [
        json!({"cv": "x"}),
        json!({"a": "  ", "cv": "x"}),
        json!({"a": "a", "box": {"size": 1}}),
        json!({"a": "a", "box": {"size": "big"}}),
        json!({"a": "a", "items": [{"x": "1"}]}),
        json!({"a": "a", "items": [{"id": "1", "primary": true}, {"id": "2", "primary": true}]}),
        json!({"a": "a", "items": ["bolt", "bolt", {"x": ""}]}),
        json!({"a": "a", "cv": {"b": ""}, "shoeSize": [null, null]}),
    ] {
        let current = user(object.clone());
        let expected = json!({"userName": "u", "active": false, LATE: object});
        for after in [
            patched(&of, &current, set("active", json!(false))),
            put(&of, &current, &[("active", json!(false))]),
        ] {
            let after = after.unwrap_or_else(|error| panic!("{error} for {object}"));
            assert_eq!(Value::Object(after.into_map()), expected, "{object}");
        }
        let strict = late_with(Tolerances::NONE, false);
        let after = put(&strict, &current, &[("active", json!(false))]).unwrap();
        assert_eq!(after.as_map()[LATE], object);
        // Another attribute of the same extension is another thing, too.
        let spare = set(&format!("{LATE}:spare"), json!("s"));
        let after = patched(&of, &current, spare).unwrap();
        let mut expected = object.clone();
        expected["spare"] = json!("s");
        assert_eq!(after.as_map()[LATE], expected);
    }
}

#[test]
fn what_a_request_touches_is_judged() {
    let of = late();
    let primaries =
        json!({"a": "a", "items": [{"id": "1", "primary": true}, {"id": "2", "primary": true}]});
    for (object, path, value, detail) in [
        (json!({"cv": "x"}), "a", json!("  "), "`a` is required"),
        (json!({"a": "a"}), "a", json!(" "), "`a` is required"),
        (
            json!({"a": "a", "items": [{"x": "1"}]}),
            "items",
            json!([{"x": "1"}, {"x": "2"}]),
            "`items.id` is required",
        ),
        (
            json!({"a": "a", "items": [{"x": "1"}]}),
            "items.x",
            json!("2"),
            "`items.id` is required",
        ),
        (
            json!({"a": "a"}),
            "box",
            json!({"size": 1}),
            "`box.lid` is required",
        ),
        (
            primaries.clone(),
            "items[id eq \"1\"].x",
            json!("x"),
            "`items` has 2 primary",
        ),
    ] {
        let ops = set(&format!("{LATE}:{path}"), value);
        let error = patched(&of, &user(object.clone()), ops).expect_err(path);
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
        assert!(error.detail().contains(detail), "{error} for {object}");
    }
    // What is as it was is no fault of what comes beside it.
    for (object, path, value) in [
        (json!({"cv": "x"}), "cv", json!("y")),
        (json!({"cv": "x"}), "a", json!("a")),
        (json!({"a": "a", "box": {"size": 1}}), "box.size", json!(2)),
        (
            json!({"a": "a", "items": [{"x": "1"}]}),
            "items",
            json!([{"x": "1"}, {"id": "2"}]),
        ),
    ] {
        let mut left = object.clone();
        match path.split_once('.') {
            None => left[path] = value.clone(),
            Some((name, sub)) => left[name][sub] = value.clone(),
        }
        let ops = set(&format!("{LATE}:{path}"), value);
        let after = patched(&of, &user(object), ops).unwrap();
        assert_eq!(after.as_map()[LATE], left);
    }
    let third = json!([{"op": "add", "path": format!("{LATE}:items"), "value": [{"id": "3"}]}]);
    let after = patched(&of, &user(primaries), third).unwrap();
    assert_eq!(after.as_map()[LATE]["items"][2], json!({"id": "3"}));
}

#[test]
fn a_resource_that_gets_an_extension_gets_all_of_it() {
    let of = late();
    let without = Attributes::from_stored(r#"{"userName":"u","active":true}"#).unwrap();
    let has = user(json!({"a": "a"}));
    let cv = set(&format!("{LATE}:cv"), json!("x"));
    for (refused, name) in [
        (patched(&of, &without, cv), "a"),
        (put(&of, &has, &[(LATE, json!({"cv": "x"}))]), "a"),
        (put(&of, &without, &[("userName", json!(" "))]), "userName"),
    ] {
        let error = refused.unwrap_err();
        let detail = format!("`{name}` is required");
        assert!(error.detail().contains(&detail), "{error}");
    }
}

#[test]
fn an_extension_required_late_is_required_of_those_that_have_it() {
    let of = late_with(Tolerances::ALL, true);
    let without = Attributes::from_stored(r#"{"userName":"u","active":true}"#).unwrap();
    assert!(patched(&of, &without, set("active", json!(false))).is_ok());
    assert!(put(&of, &without, &[("active", json!(false))]).is_ok());
    assert!(accept::create(&of, &json!({"userName": "u"})).is_err());
    let error = put(&of, &user(json!({"cv": "x"})), &[(LATE, json!(null))]).unwrap_err();
    assert!(error.detail().contains("is required"), "{error}");
}

/// Once a schema is given up, what was under it is more than what is not declared may be.
#[test]
fn what_is_above_the_bound_may_stay_and_not_grow() {
    let of = late();
    let of_size = |size: usize| json!("n".repeat(size));
    let text = json!({"userName": "u", "active": true, GONE: {"note": of_size(20_000)}});
    let current = Attributes::from_stored(&text.to_string()).unwrap();
    let note = format!("{GONE}:note");
    let off = [("active", json!(false))];
    assert!(patched(&of, &current, set("active", json!(false))).is_ok());
    assert!(put(&of, &current, &off).is_ok());
    assert!(patched(&of, &current, set(&note, json!("m".repeat(20_000)))).is_ok());
    assert!(patched(&of, &current, set(&note, of_size(19_999))).is_ok());
    let declared = json!({"userName": "u", LATE: {"a": of_size(20_000)}});
    let declared = Attributes::from_stored(&declared.to_string()).unwrap();
    for grown in [
        patched(&of, &current, set(&note, of_size(20_001))),
        put(
            &of,
            &current,
            &[("urn:acme:more:2.0:User", json!({"a": 1}))],
        ),
        // What is declared is not counted, neither before nor after.
        put(&of, &declared, &[(GONE, json!({"note": of_size(17_000)}))]),
    ] {
        let error = grown.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PayloadTooLarge, "{error}");
    }
    // Nor does who is no longer granted such extensions have to leave them out.
    let strict = late_with(Tolerances::NONE, false);
    assert!(put(&strict, &current, &off).is_ok());
    let error = put(&strict, &current, &[(GONE, json!({"note": "m"}))]).unwrap_err();
    let needed = Tolerance::UndeclaredExtensions.name();
    assert!(error.detail().contains(needed), "{error}");
}

/// What was filed under a URN of its own goes on so when that turns out to go on behind a schema's.
#[test]
fn what_is_shown_can_be_put() {
    let of = late();
    let below = format!("{LATE}:cv");
    let text = json!({"userName": "u", LATE: {"a": "a", "cv": "x"}, &below: {"b": 1}});
    let current = Attributes::from_stored(&text.to_string()).unwrap();
    assert_eq!(put(&of, &current, &[]).unwrap(), current);
    let below_gone = format!("{GONE}:box");
    let filed = json!({"userName": "u", GONE: {"n": 1}, below_gone: {"b": 1}});
    let filed = Attributes::from_stored(&filed.to_string()).unwrap();
    assert_eq!(put(&of, &filed, &[]).unwrap(), filed);
    let error = put(&of, &current, &[(&below, json!({"b": 2}))]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
}
