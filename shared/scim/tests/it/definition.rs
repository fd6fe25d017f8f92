//! Extension schema definitions: what is read, refused, admitted and compatible.

use scim::ErrorKind::{Conflict, InvalidValue};
use scim::schema::{
    Definition, ENTERPRISE_USER, GROUP, MAX_ATTRIBUTES, MAX_BYTES, MAX_SCHEMAS, admit, compatible,
};
use scim::{Error, ErrorKind};
use serde_json::{Value, json};

const ACME: &str = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";

fn body(attributes: Value) -> Value {
    json!({"name": "Acme", "resourceType": "User", "attributes": attributes})
}

fn acme(attributes: Value) -> Definition {
    Definition::parse(ACME, body(attributes)).unwrap()
}

fn of(urn: &str) -> Definition {
    Definition::parse(urn, body(json!([{"name": "tag", "type": "string"}])))
        .unwrap_or_else(|error| panic!("{urn}: {error}"))
}

#[track_caller]
fn check(error: Error, kind: ErrorKind, part: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.detail().contains(part), "no `{part}` in `{error}`");
}

#[test]
fn defaults_are_those_of_the_rfc() {
    let definition = acme(json!([{"name": "tag", "type": "string"}]));
    let shown = json!({
        "id": ACME, "name": "Acme", "resourceType": "User", "required": false,
        "attributes": [{"name": "tag", "type": "string", "multiValued": false, "description": "",
            "required": false, "caseExact": false, "mutability": "readWrite",
            "returned": "default", "uniqueness": "none"}]
    });
    assert_eq!(serde_json::to_value(&definition).unwrap(), shown);
    assert_eq!((definition.urn(), definition.extends()), (ACME, "User"));
    assert!(!definition.is_required());
}

#[test]
fn what_is_shown_reads_the_same() {
    let whole = json!([
        {"name": "badge", "type": "complex", "multiValued": true, "description": "d", "subAttributes": [
            {"name": "value", "type": "string", "caseExact": true, "required": true},
            {"name": "$ref", "type": "reference", "referenceTypes": ["User"]}]},
        {"name": "level", "type": "integer", "mutability": "immutable", "returned": "request"},
        {"name": "pin", "type": "string", "mutability": "writeOnly"},
        {"name": "home", "type": "reference"},
        {"name": "colour", "type": "string", "canonicalValues": ["red"], "uniqueness": "none", "subAttributes": []}
    ]);
    let mut body = body(whole);
    body["description"] = json!("of Acme");
    body["required"] = json!(true);
    let definition = Definition::parse(ACME, body).unwrap();
    let text = serde_json::to_string(&definition).unwrap();
    let again: Definition = serde_json::from_str(&text).unwrap();
    assert_eq!(again, definition);
    let parsed = Definition::parse(ACME, serde_json::to_value(&definition).unwrap()).unwrap();
    assert_eq!(parsed, definition);
    let schema = definition.schema();
    assert!(schema.attribute("home").unwrap().case_exact);
    assert_eq!(schema.attribute("home").unwrap().reference_types, ["uri"]);
    assert!(!schema.attribute("pin").unwrap().is_readable());
    assert!(definition.extension().required);
}

#[test]
fn urns() {
    let long = format!("urn:acme:{}", "x".repeat(247));
    for urn in [
        "urn:acme:1.0",
        "URN:Acme-Inc:x%20y",
        "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User:tag",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User",
        &long[..255],
    ] {
        assert_eq!(of(urn).urn(), urn);
    }
    let body = || body(json!([{"name": "tag", "type": "string"}]));
    for urn in [
        "",
        "acme",
        "urn:acme",
        "urn:acme:",
        "urn:acme:x:",
        "urn:-a:x",
        "urn:a:x",
        "urn:acme:/x",
        "urn:acme:a/b:2.0:User",
        "urn:acme:x y",
        "urn:acme:x,y",
        "urn:acme:x(y)",
        "urn:acme:x?=q",
        "urn:acme:x#f",
        "urn:acme:%2",
        "urn:acmé:x",
        "http://acme.example/x",
    ] {
        check(
            Definition::parse(urn, body()).unwrap_err(),
            InvalidValue,
            "is no URN",
        );
    }
    for urn in [
        ENTERPRISE_USER,
        GROUP,
        "urn:ietf:params:scim:schemas:core:2.0:Device",
        "URN:ietf:params:SCIM:api:messages:2.0:PatchOp",
        &format!("{ENTERPRISE_USER}:department"),
    ] {
        check(
            Definition::parse(urn, body()).unwrap_err(),
            InvalidValue,
            "SCIM standard",
        );
    }
    check(
        Definition::parse(&long, body()).unwrap_err(),
        InvalidValue,
        "at most 255",
    );
}

#[test]
fn bodies_that_are_refused() {
    let one = json!([{"name": "tag", "type": "string"}]);
    for (body, part) in [
        (json!([]), "the schema must be a JSON object"),
        (
            json!({"resourceType": "User", "attributes": one}),
            "needs `name`",
        ),
        (
            json!({"name": " ", "resourceType": "User", "attributes": one}),
            "needs `name`",
        ),
        (
            json!({"name": "A", "attributes": one}),
            "needs `resourceType`",
        ),
        (
            json!({"name": "A", "resourceType": "user", "attributes": one}),
            "not `user`",
        ),
        (
            json!({"name": "A", "resourceType": "User"}),
            "needs `attributes`",
        ),
        (
            json!({"name": "A", "resourceType": "User", "attributes": []}),
            "one attribute or more",
        ),
        (
            json!({"name": "A", "resourceType": "User", "attributes": one, "meta": {}}),
            "`meta`",
        ),
        (
            json!({"name": "A", "resourceType": "User", "attributes": one, "id": "urn:b:b"}),
            "`urn:b:b`",
        ),
        (
            json!({"name": "A", "resourceType": "User", "attributes": one, "required": "yes"}),
            "`required`",
        ),
        (
            json!({"name": "A", "resourceType": "User", "attributes": one, "description": "x".repeat(1025)}),
            "1024",
        ),
    ] {
        check(
            Definition::parse(ACME, body).unwrap_err(),
            InvalidValue,
            part,
        );
    }
}

#[test]
fn attributes_that_are_refused() {
    let many: Vec<Value> = (0..=MAX_ATTRIBUTES)
        .map(|number| json!({"name": format!("a{number}"), "type": "string"}))
        .collect();
    let nested = json!([{"name": "x", "type": "complex", "subAttributes": many[1..]}]);
    let one = |attribute: Value| json!([attribute]);
    for (attributes, part) in [
        (json!(many), "101 attributes"),
        (nested, "101 attributes"),
        (one(json!("tag")), "attribute 1 must be a JSON object"),
        (one(json!({"type": "string"})), "attribute 1 needs `name`"),
        (one(json!({"name": "2fast", "type": "string"})), "`2fast`"),
        (one(json!({"name": "a.b", "type": "string"})), "`a.b`"),
        (one(json!({"name": "$ref", "type": "reference"})), "`$ref`"),
        (one(json!({"name": "tag"})), "attribute `tag` needs `type`"),
        (
            one(json!({"name": "tag", "type": "String"})),
            "not `String`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "maxLength": 5})),
            "`maxLength`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "uniqueness": "server"})),
            "`uniqueness`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "mutability": "readOnly"})),
            "`mutability`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "returned": "often"})),
            "not `often`",
        ),
        (
            one(
                json!({"name": "pin", "type": "string", "mutability": "writeOnly", "returned": "default"}),
            ),
            "`never`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "multiValued": 1})),
            "`multiValued`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "canonicalValues": [1]})),
            "`canonicalValues`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "canonicalValues": [""]})),
            "`canonicalValues`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "referenceTypes": ["User"]})),
            "`referenceTypes`",
        ),
        (
            one(json!({"name": "tag", "type": "string", "subAttributes": [{}]})),
            "not complex",
        ),
        (
            one(json!({"name": "box", "type": "complex"})),
            "needs `subAttributes`",
        ),
        (
            one(json!({"name": "box", "type": "complex", "subAttributes": []})),
            "one attribute or more",
        ),
        (
            one(
                json!({"name": "box", "type": "complex", "subAttributes": [{"name": "in", "type": "complex"}]}),
            ),
            "attribute `box.in` is inside of a complex",
        ),
        (
            json!([{"name": "tag", "type": "string"}, {"name": "TAG", "type": "string"}]),
            "`TAG` twice",
        ),
        (
            one(json!({"name": "tag", "type": "string", "description": "x".repeat(1025)})),
            "1024",
        ),
    ] {
        check(
            Definition::parse(ACME, body(attributes)).unwrap_err(),
            InvalidValue,
            part,
        );
    }
}

#[test]
fn admitted_beside_others() {
    let old = of("urn:acme:a");
    let group = json!({"name": "G", "resourceType": "Group", "attributes": [{"name": "tag", "type": "string"}]});
    admit(&[], &old).unwrap();
    admit(std::slice::from_ref(&old), &old).unwrap();
    for urn in [
        "urn:acme:b",
        "urn:acme:a:other",
        "urn:acme:abc",
        "urn:acme:atag",
    ] {
        admit(std::slice::from_ref(&old), &of(urn)).unwrap();
    }
    for urn in [
        "URN:acme:A",
        "urn:acme:a:tag",
        "urn:acme:a.TAG",
        "urn:acme:A:tag.x",
    ] {
        let new = of(urn);
        for (one, other) in [(&old, &new), (&new, &old)] {
            check(
                admit(std::slice::from_ref(one), other).unwrap_err(),
                Conflict,
                "`",
            );
        }
    }
    let same = Definition::parse("urn:acme:a", group).unwrap();
    check(
        admit(&[old], &same).unwrap_err(),
        Conflict,
        "for User already",
    );

    let ten: Vec<Definition> = (0..MAX_SCHEMAS)
        .map(|n| of(&format!("urn:acme:n{n}")))
        .collect();
    admit(&ten[1..], &ten[0]).unwrap();
    admit(&ten, &ten[0]).unwrap();
    check(
        admit(&ten, &of("urn:acme:x")).unwrap_err(),
        InvalidValue,
        "no more",
    );
    let wide: Vec<Value> = (0..60)
        .map(|n| json!({"name": format!("a{n}"), "type": "string", "description": "x".repeat(900)}))
        .collect();
    let wide = acme(json!(wide));
    admit(&[], &wide).unwrap();
    // To the byte: the descriptions fill what is left.
    let size = |one: &Definition| serde_json::to_string(one).unwrap().len();
    let filled = |bytes: usize| {
        let mut attributes: Vec<Value> = (0..60)
            .map(|n| json!({"name": format!("f{n}"), "type": "string", "description": "x"}))
            .collect();
        let parsed = |attributes: &[Value]| acme(json!(attributes));
        let mut left = bytes - size(&parsed(&attributes));
        for attribute in &mut attributes {
            let more = left.min(1_000);
            attribute["description"] = json!("x".repeat(1 + more));
            left -= more;
        }
        parsed(&attributes)
    };
    let other = of("urn:acme:b");
    let left = MAX_BYTES - size(&other);
    assert_eq!(size(&filled(left)), left);
    admit(std::slice::from_ref(&other), &filled(left)).unwrap();
    check(
        admit(std::slice::from_ref(&other), &filled(left + 1)).unwrap_err(),
        InvalidValue,
        "65537 bytes",
    );
    check(
        admit(
            &[of("urn:acme:b"), wide.clone()],
            &Definition::parse("urn:acme:c", {
                let mut body = serde_json::to_value(&wide).unwrap();
                body["id"] = json!("urn:acme:c");
                body
            })
            .unwrap(),
        )
        .unwrap_err(),
        InvalidValue,
        "65536",
    );
}

#[test]
fn compatible_changes() {
    let old = || {
        json!([
            {"name": "tag", "type": "string", "description": "a", "canonicalValues": ["x"]},
            {"name": "box", "type": "complex", "subAttributes": [{"name": "lid", "type": "string"}]}
        ])
    };
    let changed = |path: &str, value: Value| {
        let mut attributes = old();
        *attributes.pointer_mut(path).unwrap() = value;
        attributes
    };
    let with = |key: &str, value: Value| {
        let mut attributes = old();
        attributes[0][key] = value;
        attributes
    };
    let more = |attribute: Value| {
        let mut attributes = old();
        attributes.as_array_mut().unwrap().push(attribute);
        attributes
    };
    for new in [
        old(),
        with("description", json!("b")),
        with("canonicalValues", json!(["y", "z"])),
        more(json!({"name": "new", "type": "integer"})),
        changed(
            "/1/subAttributes",
            json!([{"name": "in", "type": "string"}, {"name": "lid", "type": "string"}]),
        ),
    ] {
        compatible(&acme(old()), &acme(new)).unwrap();
    }
    for (new, part) in [
        (with("type", json!("integer")), "`type` of attribute `tag`"),
        (with("multiValued", json!(true)), "`multiValued`"),
        (with("caseExact", json!(true)), "`caseExact`"),
        (with("mutability", json!("immutable")), "`mutability`"),
        (with("returned", json!("request")), "`returned`"),
        (with("required", json!(true)), "`required`"),
        (with("name", json!("Tag")), "`tag` cannot be removed"),
        (json!([old()[0]]), "`box` cannot be removed"),
        (
            more(json!({"name": "new", "type": "string", "required": true})),
            "`new` is new",
        ),
        (
            changed(
                "/1/subAttributes",
                json!([{"name": "in", "type": "string"}]),
            ),
            "`box.lid`",
        ),
        (
            changed("/1/subAttributes/0/type", json!("boolean")),
            "`type` of attribute `box.lid`",
        ),
    ] {
        check(
            compatible(&acme(old()), &acme(new)).unwrap_err(),
            Conflict,
            part,
        );
    }
    let mut required = body(old());
    required["required"] = json!(true);
    let required = Definition::parse(ACME, required).unwrap();
    check(
        compatible(&acme(old()), &required).unwrap_err(),
        Conflict,
        "`required` of the schema",
    );
}

#[test]
fn as_much_as_is_allowed() {
    let attribute = |n: usize| json!({"name": format!("a{n}"), "type": "string"});
    let many = |count: usize| body((0..count).map(attribute).collect());
    assert!(Definition::parse(ACME, many(MAX_ATTRIBUTES)).is_ok());
    assert!(Definition::parse(ACME, many(MAX_ATTRIBUTES + 1)).is_err());
    let named = |characters: usize| {
        let mut body = many(1);
        body["name"] = json!("n".repeat(characters));
        Definition::parse(ACME, body)
    };
    assert!(named(255).is_ok());
    assert!(named(256).is_err());
}
