//! Mappers: rows read and refused, profiles of resources, and resources of profiles.

use scim::mapper::{MAX_MAPPERS, MappedType, Mappers};
use scim::schema::{Definition, ENTERPRISE_USER};
use scim::{ErrorKind, ResourceType, Tolerances, accept};
use serde_json::{Map, Value, json};

const CUSTOM: &str = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User";

fn declared() -> ResourceType {
    let body = json!({"name": "Custom", "resourceType": "User", "attributes": [
        {"name": "tag", "type": "string"},
        {"name": "level", "type": "integer"},
        {"name": "score", "type": "decimal"},
        {"name": "hired", "type": "dateTime"},
        {"name": "codes", "type": "string", "multiValued": true}
    ]});
    let definition = Definition::parse(CUSTOM, body).unwrap();
    ResourceType::user().of_realm(vec![definition.extension()], Tolerances::NONE)
}

/// The type as an import reads it.
fn liberal(of: &ResourceType) -> ResourceType {
    ResourceType {
        tolerances: Tolerances::ALL,
        ..of.clone()
    }
}

fn row(name: &str, attribute: &str, path: &str, kind: &str) -> Value {
    json!({"name": name, "attribute": attribute, "path": path, "type": kind})
}

/// The seven of Multi-Pass's guide for Entra ID.
fn multi_pass() -> Value {
    let mut status = row("status", "isSoftDeleted", "active", "Boolean");
    status["negate"] = json!(true);
    json!([
        status,
        row("loginName", "userPrincipalName", "userName", "String"),
        row("firstName", "givenName", "name.givenName", "String"),
        row("lastName", "surName", "name.familyName", "String"),
        row("manager", "manager", "manager", "String"),
        row("email", "email", "email", "String"),
        row(
            "tag",
            "extensionAttribute1",
            &format!("{CUSTOM}:tag"),
            "String"
        ),
    ])
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn petra() -> Map<String, Value> {
    map(json!({
        "id": "1", "userName": "p.voss@example.net", "active": false,
        "name": {"givenName": "Petra", "familyName": "Voss"},
        "emails": [
            {"type": "home", "value": "p@home.example", "primary": true},
            {"type": "Work", "value": "p.voss@example.net"}],
        "phoneNumbers": [{"type": "mobile", "value": "2"}, {"type": "fax", "value": "3"}],
        "roles": [{"value": "A"}, {"value": "B", "primary": true}],
        "groups": [{"value": "g"}],
        ENTERPRISE_USER: {"department": "Yard", "manager": {"value": "m1", "displayName": "M"}},
        CUSTOM: {"tag": "x", "level": 3, "score": 2, "hired": "2020-01-01T00:00:00Z", "codes": ["a", "b"]}
    }))
}

#[test]
fn multi_pass_both_ways() {
    let profile = json!({
        "status": true, "loginName": "p.voss@example.net", "firstName": "Petra",
        "lastName": "Voss", "manager": "m1", "email": "p.voss@example.net", "tag": "x"
    });
    for of in [declared(), ResourceType::user().clone()] {
        let mappers = Mappers::parse(&of, multi_pass()).unwrap();
        assert_eq!(Value::Object(mappers.profile(&petra())), profile);
        assert!(mappers.missing(&petra()).is_empty());
        let body = mappers.draft(&map(profile.clone())).unwrap();
        let draft = accept::create(&liberal(&of), &body).unwrap();
        let expected = json!({
            "userName": "p.voss@example.net", "active": false,
            "name": {"givenName": "Petra", "familyName": "Voss"},
            "emails": [{"type": "work", "value": "p.voss@example.net"}],
            ENTERPRISE_USER: {"manager": {"value": "m1"}}, CUSTOM: {"tag": "x"}
        });
        assert_eq!(Value::Object(draft.attributes.clone().into_map()), expected);
        assert_eq!(
            Value::Object(mappers.profile(draft.attributes.as_map())),
            profile
        );
        assert_eq!(serde_json::to_value(&mappers).unwrap(), multi_pass());
    }
}

#[test]
fn defaults_are_the_guides_every_row() {
    let table = [
        ("userName", "userPrincipalName", json!("p")),
        ("displayName", "displayName", json!("Petra Voss")),
        ("givenName", "givenName", json!("Petra")),
        ("familyName", "surname", json!("Voss")),
        ("formattedName", "ImmutableId", json!("i")),
        ("honorificPrefix", "honorificPrefix", json!("Dr")),
        ("honorificSuffix", "honorificSuffix", json!("III")),
        ("nickName", "mailNickname", json!("Pet")),
        ("active", "accountEnabled", json!(true)),
        ("email", "mail", json!("p@example.net")),
        ("phone", "telephoneNumber", json!("5")),
        ("streetAddress", "streetAddress", json!("12 Quay St")),
        ("locality", "city", json!("Bremen")),
        ("region", "state", json!("HB")),
        ("postalCode", "postalCode", json!("28195")),
        ("country", "country", json!("DE")),
        ("title", "jobTitle", json!("Architect")),
        ("userType", "userType", json!("Employee")),
        ("preferredLanguage", "preferredLanguage", json!("de")),
        ("locale", "usageLocation", json!("DE")),
        ("timezone", "preferredDataLocation", json!("EUR")),
        ("profileUrl", "mysiteUrl", json!("https://example.net/p")),
        ("employeeNumber", "employeeId", json!("40017")),
        ("organization", "companyName", json!("Yard AG")),
        ("department", "department", json!("Yard")),
        ("division", "division", json!("North")),
        ("costCenter", "costCenter", json!("9")),
        ("manager", "manager", json!("m1")),
    ];
    let of = ResourceType::user();
    let mappers = Mappers::defaults(of);
    let rows: Vec<_> = mappers
        .iter()
        .map(|one| (one.name(), one.attribute()))
        .collect();
    let expected: Vec<_> = table
        .iter()
        .map(|(name, attribute, _)| (*name, *attribute))
        .collect();
    assert_eq!(rows, expected);

    let profile: Map<String, Value> = table
        .iter()
        .map(|(name, _, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let draft = accept::create(of, &mappers.draft(&profile).unwrap()).unwrap();
    let attributes = draft.attributes.as_map();
    assert_eq!(mappers.profile(attributes), profile);
    let address = json!([{"streetAddress": "12 Quay St", "locality": "Bremen", "region": "HB",
        "postalCode": "28195", "country": "DE", "type": "work"}]);
    assert_eq!(attributes["addresses"], address);
    assert_eq!(
        attributes[ENTERPRISE_USER]["manager"],
        json!({"value": "m1"})
    );
    assert_eq!(attributes["timezone"], json!("EUR"));
    // They are rows as an administrator writes them.
    let again = Mappers::parse(of, serde_json::to_value(&mappers).unwrap()).unwrap();
    assert_eq!(again, mappers);
    let of_groups = Mappers::defaults(ResourceType::group());
    let names: Vec<&str> = of_groups.iter().map(|one| one.name()).collect();
    assert_eq!(names, ["displayName"]);
}

#[test]
fn paths() {
    for (path, kind, value) in [
        ("userName", "String", json!("p.voss@example.net")),
        ("USERNAME", "String", json!("p.voss@example.net")),
        ("id", "String", json!("1")),
        ("active", "Boolean", json!(false)),
        ("email", "String", json!("p.voss@example.net")),
        ("Email", "String", json!("p.voss@example.net")),
        ("emails.value", "String", json!("p@home.example")),
        (
            "emails[type eq \"home\"].value",
            "String",
            json!("p@home.example"),
        ),
        ("emails[type eq home].primary", "Boolean", json!(true)),
        ("emails[type eq \"other\"].value", "String", Value::Null),
        ("phone", "String", json!("2")),
        ("mobile", "String", json!("2")),
        ("roles.value", "String", json!("B")),
        (
            "roles",
            "Complex",
            json!([{"value": "A"}, {"value": "B", "primary": true}]),
        ),
        ("roles[value eq \"A\"]", "Complex", json!({"value": "A"})),
        ("groups.value", "String", json!("g")),
        ("manager", "String", json!("m1")),
        (
            "manager",
            "Complex",
            json!({"value": "m1", "displayName": "M"}),
        ),
        ("manager.displayName", "String", json!("M")),
        ("department", "String", json!("Yard")),
        ("title", "String", Value::Null),
        ("tag", "String", json!("x")),
        ("level", "Integer", json!(3)),
        ("level", "Decimal", json!(3)),
        ("score", "Decimal", json!(2)),
        ("hired", "DateTime", json!("2020-01-01T00:00:00Z")),
        ("hired", "String", json!("2020-01-01T00:00:00Z")),
        ("codes", "String", json!(["a", "b"])),
        ("urn:undeclared:x:tag", "String", Value::Null),
    ] {
        let mappers = Mappers::parse(&declared(), json!([row("n", "a", path, kind)]))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let profile = mappers.profile(&petra());
        assert_eq!(profile.get("n").unwrap_or(&Value::Null), &value, "{path}");
        assert_eq!(
            mappers.missing(&petra()).len(),
            usize::from(value.is_null()),
            "{path}"
        );
    }
}

#[test]
fn email_is_work_else_primary_else_first() {
    let mappers = Mappers::parse(
        ResourceType::user(),
        json!([row("e", "mail", "email", "String")]),
    )
    .unwrap();
    for (emails, expected) in [
        (
            json!([{"value": "a"}, {"value": "b", "type": "WORK"}]),
            json!({"e": "b"}),
        ),
        (
            json!([{"value": "a"}, {"value": "b", "primary": true}]),
            json!({"e": "b"}),
        ),
        (json!([{"value": "a"}, {"value": "b"}]), json!({"e": "a"})),
        (json!([{"type": "work"}]), json!({})),
        (json!([]), json!({})),
    ] {
        let view = map(json!({"emails": emails}));
        assert_eq!(Value::Object(mappers.profile(&view)), expected, "{emails}");
    }
}

#[test]
fn rows_that_are_refused() {
    let good = || row("n", "a", "userName", "String");
    let with = |key: &str, value: Value| {
        let mut row = good();
        row[key] = value;
        json!([row])
    };
    let path = |path: &str, kind: &str| json!([row("n", "a", path, kind)]);
    let many: Vec<Value> = (0..=MAX_MAPPERS)
        .map(|n| row(&format!("n{n}"), "a", "title", "String"))
        .collect();
    for (rows, part) in [
        (json!({}), "must be an array"),
        (json!(["userName"]), "mapper 1: it must be an object"),
        (json!(many), "101 mappers"),
        (
            json!([good(), {"name": "m"}]),
            "mapper 2: `attribute` is missing",
        ),
        (with("name", json!("")), "`name` must be 1 to 100"),
        (with("name", json!(" n")), "without blanks"),
        (with("name", json!("a\nb")), "`name`"),
        (with("name", json!(7)), "`name` must be a string"),
        (with("path", json!(null)), "`path` is missing"),
        (with("type", json!("string")), "not `string`"),
        (with("negate", json!("yes")), "`negate`"),
        (
            with("negate", json!(true)),
            "only a mapper of type `Boolean`",
        ),
        (with("kind", json!(1)), "`kind` is unknown"),
        (
            json!([good(), row("N", "b", "title", "String")]),
            "mapper 2: the name `N` is given twice",
        ),
        (path("shoeSize", "String"), "`shoeSize`"),
        (path("name.nick", "String"), "`nick`"),
        (path("not a path", "String"), "`path` `not a path`"),
        (path("emails[kind eq \"x\"].value", "String"), "`kind`"),
        (path("password", "String"), "never returned"),
        (path(ENTERPRISE_USER, "Complex"), "whole schema"),
        (
            path(&format!("{ENTERPRISE_USER}:shoeSize"), "String"),
            "shoeSize",
        ),
        (path("urn:x:y[a eq 1]", "String"), "cannot be filtered"),
        (path("active", "String"), "`active` is of type `Boolean`"),
        (path("emails", "String"), "`emails` is of type `Complex`"),
        (
            path("userName", "Boolean"),
            "`userName` is of type `String`",
        ),
        (path("email", "Boolean"), "`email` is of type `String`"),
    ] {
        let error = Mappers::parse(ResourceType::user(), rows).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue, "{error}");
        assert!(error.detail().contains(part), "no `{part}` in `{error}`");
    }
}

#[test]
fn names_touched_by_a_change() {
    let mappers = Mappers::parse(&declared(), multi_pass()).unwrap();
    for (changed, names) in [
        ("active", vec!["status"]),
        ("NAME", vec!["firstName", "lastName"]),
        ("emails", vec!["email"]),
        ("email", vec![]),
        ("manager", vec![]),
        (ENTERPRISE_USER, vec!["manager"]),
        (&format!("{ENTERPRISE_USER}:manager"), vec!["manager"]),
        (&format!("{ENTERPRISE_USER}:department"), vec![]),
        (&CUSTOM.to_uppercase(), vec!["tag"]),
        (&CUSTOM.replace("Name", "Game"), vec![]),
        ("title", vec![]),
    ] {
        assert_eq!(mappers.names_for(changed), names, "{changed}");
    }
    let undeclared = Mappers::parse(ResourceType::user(), multi_pass()).unwrap();
    assert_eq!(undeclared.names_for(CUSTOM), ["tag"]);
}

#[test]
fn drafts() {
    let of = declared();
    let rows = json!([
        {"name": "gone", "attribute": "a", "path": "active", "type": "Boolean", "negate": true},
        row("here", "a", "active", "Boolean"),
        row("login", "a", "userName", "String"),
        row("level", "a", "level", "Integer"),
        row("score", "a", "score", "Decimal"),
        row("id", "a", "id", "String"),
        row("groups", "a", "groups.value", "String"),
        row("boss", "a", "manager.displayName", "String"),
        row("home", "a", "emails[type eq home].value", "String"),
        row("first", "a", "emails.value", "String"),
        row("far", "a", "urn:undeclared:x:User:tag", "String"),
    ]);
    let mappers = Mappers::parse(&of, rows).unwrap();
    let check = |profile: Value, expected: Value| {
        let body = mappers
            .draft(&map(profile.clone()))
            .unwrap_or_else(|error| panic!("{profile}: {error}"));
        let mut with_name = map(body);
        with_name.insert("userName".to_owned(), json!("u"));
        let attributes = accept::create(&liberal(&of), &Value::Object(with_name))
            .unwrap()
            .attributes;
        let mut found = attributes.into_map();
        found.shift_remove("userName");
        assert_eq!(Value::Object(found), expected, "{profile}");
    };
    for (said, active) in [("true", false), (" True ", false), ("FALSE", true)] {
        check(json!({"gone": said}), json!({"active": active}));
    }
    check(json!({}), json!({}));
    check(json!({"gone": true}), json!({"active": false}));
    check(
        json!({"GONE": "FALSE", "here": true}),
        json!({"active": true}),
    );
    check(
        json!({"level": "7", "score": " 2.5 "}),
        json!({CUSTOM: {"level": 7, "score": 2.5}}),
    );
    check(
        json!({"level": null, "score": "", "id": "9", "groups": "g", "boss": "M"}),
        json!({}),
    );
    // What no client can set is not in the body at all.
    for name in ["id", "groups", "boss"] {
        let body = mappers.draft(&map(json!({name: "x"}))).unwrap();
        assert_eq!(body, mappers.draft(&Map::new()).unwrap(), "{name}");
    }
    check(
        json!({"home": "h"}),
        json!({"emails": [{"type": "home", "value": "h"}]}),
    );
    check(json!({"first": "f"}), json!({"emails": [{"value": "f"}]}));
    check(
        json!({"far": "t"}),
        json!({"urn:undeclared:x:User": {"tag": "t"}}),
    );
    for (profile, kind, part) in [
        (
            json!({"shoe": 1}),
            ErrorKind::InvalidValue,
            "`shoe` is no mapped attribute, use `gone`, `here`",
        ),
        (
            json!({"gone": "maybe"}),
            ErrorKind::InvalidValue,
            "`gone` must be of type `Boolean`",
        ),
        (
            json!({"level": "seven"}),
            ErrorKind::InvalidValue,
            "`level` must be of type `Integer`",
        ),
        (
            json!({"gone": true, "here": true}),
            ErrorKind::InvalidSyntax,
            "`active` is given twice",
        ),
    ] {
        let error = mappers.draft(&map(profile)).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.detail().contains(part), "no `{part}` in `{error}`");
    }
}

#[test]
fn rows_outlive_their_schema() {
    let rows = json!([
        row("level", "a", "level", "Integer"),
        row("login", "a", "userName", "String")
    ]);
    Mappers::parse(&declared(), rows.clone()).unwrap();
    let left = Mappers::of_stored(ResourceType::user(), rows.as_array().unwrap());
    let left: Vec<_> = left
        .iter()
        .map(|one| (one.name(), one.kind(), one.path(), one.is_negated()))
        .collect();
    assert_eq!(left, [("login", MappedType::String, "userName", false)]);
}

#[test]
fn a_type_has_one_word_and_a_name_its_longest() {
    for (kind, word) in [
        (MappedType::String, "String"),
        (MappedType::Boolean, "Boolean"),
        (MappedType::Integer, "Integer"),
        (MappedType::Decimal, "Decimal"),
        (MappedType::DateTime, "DateTime"),
        (MappedType::Reference, "Reference"),
        (MappedType::Complex, "Complex"),
    ] {
        assert_eq!(kind.as_str(), word);
    }
    let named = |characters: usize| {
        let name = "n".repeat(characters);
        Mappers::parse(&declared(), json!([row(&name, "a", "userName", "String")]))
    };
    assert!(named(100).is_ok());
    assert!(named(101).is_err() && named(500).is_err());
    let many = |count: usize| {
        let rows = (0..count).map(|n| row(&format!("n{n}"), "a", "userName", "String"));
        Mappers::parse(&declared(), rows.collect())
    };
    assert!(many(MAX_MAPPERS).is_ok());
    assert!(many(MAX_MAPPERS + 1).is_err());
}
