//! What each tolerance grants: a request that is accepted with it alone, and
//! refused by its name without it.

use scim::message::SearchRequest;
use scim::path::AttrPath;
use scim::{
    Attributes, ErrorKind, Filter, ResourceType, Result, Tolerance, Tolerances, accept, patch,
};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::Path;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// What a client asks for.
#[derive(Debug)]
enum Ask {
    /// POST of a user.
    User(Value),
    /// POST of a group.
    Group(Value),
    /// PATCH of a user, the whole message.
    Patch(Value),
    /// The one operation of a PATCH of a user.
    Op(Value),
    /// The one operation of a PATCH of a group.
    GroupOp(Value),
    /// A filter on users.
    Filter(&'static str),
    /// A path such as `sortBy` on users.
    Path(&'static str),
    /// A search by POST.
    Search(Value),
}

fn patch(of: &ResourceType, message: Value) -> Result<()> {
    let ops = patch::parse(of, message)?;
    let current = match of.edges {
        None => {
            r#"{"userName":"u","emails":[{"type":"home","value":"h"}],"roles":[{"value":"r"}]}"#
        }
        Some(_) => r#"{"displayName":"g"}"#,
    };
    patch::apply(of, &Attributes::from_stored(current).unwrap(), &ops).map(drop)
}

fn message(op: &Value) -> Value {
    json!({"schemas": [PATCH_OP], "Operations": [op]})
}

fn with(mut body: Value, defaults: Value) -> Value {
    let map = body.as_object_mut().unwrap();
    for (key, value) in defaults.as_object().unwrap() {
        if !map.keys().any(|given| given.eq_ignore_ascii_case(key)) {
            map.insert(key.clone(), value.clone());
        }
    }
    body
}

fn ask(ask: &Ask, tolerances: Tolerances) -> Result<()> {
    let user = ResourceType::user().of_realm(Vec::new(), tolerances);
    let group = ResourceType::group().of_realm(Vec::new(), tolerances);
    match ask {
        Ask::User(body) => {
            let defaults = json!({"userName": "u", "schemas": [USER, ENT]});
            accept::create(&user, &with(body.clone(), defaults)).map(drop)
        }
        Ask::Group(body) => {
            let defaults = json!({"displayName": "g", "schemas": [scim::schema::GROUP]});
            accept::create(&group, &with(body.clone(), defaults)).map(drop)
        }
        Ask::Patch(body) => patch(&user, body.clone()),
        Ask::Op(op) => patch(&user, message(op)),
        Ask::GroupOp(op) => patch(&group, message(op)),
        Ask::Filter(text) => text.parse::<Filter>()?.resolve(&user).map(drop),
        Ask::Path(text) => {
            let path: AttrPath = text.parse()?;
            user.resolve(&path, ErrorKind::InvalidPath).map(drop)
        }
        Ask::Search(body) => SearchRequest::read(body.clone(), tolerances).map(drop),
    }
}

fn title() -> Value {
    json!({"op": "add", "path": "title", "value": "T"})
}

fn messages() -> Vec<(Tolerance, Ask)> {
    use Ask::{Op, Patch, Search};
    use Tolerance as T;
    vec![
        (
            T::MessageFieldCase,
            Patch(json!({"schemas": [PATCH_OP], "operations": [title()]})),
        ),
        (
            T::MessageFieldCase,
            Patch(json!({"Schemas": [PATCH_OP], "Operations": [title()]})),
        ),
        (
            T::MessageFieldCase,
            Op(json!({"Op": "add", "path": "title", "value": "T"})),
        ),
        (
            T::MessageFieldCase,
            Op(json!({"op": "add", "Path": "title", "VALUE": "T"})),
        ),
        (
            T::MessageFieldCase,
            Search(json!({"schemas": [SEARCH], "sortby": "title"})),
        ),
        (T::MessageFieldCase, Search(json!({"Schemas": [SEARCH]}))),
        (
            T::MessageWithoutSchemas,
            Patch(json!({"Operations": [title()]})),
        ),
        (
            T::MessageWithoutSchemas,
            Patch(json!({"schemas": null, "Operations": [title()]})),
        ),
        (
            T::MessageWithoutSchemas,
            Patch(json!({"schemas": PATCH_OP, "Operations": [title()]})),
        ),
        (
            T::MessageWithoutSchemas,
            Patch(json!({"schemas": [USER], "Operations": [title()]})),
        ),
        (T::MessageWithoutSchemas, Search(json!({"sortBy": "title"}))),
        (
            T::UnknownMessageFields,
            Patch(json!({"id": "1", "schemas": [PATCH_OP], "Operations": [title()]})),
        ),
        (
            T::UnknownMessageFields,
            Op(json!({"name": "n", "op": "add", "path": "title", "value": "T"})),
        ),
        (
            T::UnknownMessageFields,
            Search(json!({"schemas": [SEARCH], "limit": 5})),
        ),
        (
            T::EmptyOperations,
            Patch(json!({"schemas": [PATCH_OP], "Operations": []})),
        ),
        (
            T::OperationCase,
            Op(json!({"op": "Add", "path": "title", "value": "T"})),
        ),
        (
            T::OperationCase,
            Op(json!({"op": "Remove", "path": "title"})),
        ),
        (
            T::BlankPath,
            Op(json!({"op": "add", "path": "", "value": {"title": "T"}})),
        ),
        (
            T::BlankPath,
            Op(json!({"op": "add", "path": " title", "value": "T"})),
        ),
        (
            T::BlankPath,
            Op(json!({"op": "add", "path": USER, "value": {"title": "T"}})),
        ),
        (
            T::SingleForList,
            Search(json!({"schemas": [SEARCH], "attributes": "title"})),
        ),
    ]
}

fn values() -> Vec<(Tolerance, Ask)> {
    use Ask::{Group, GroupOp, Op, User};
    use Tolerance as T;
    let replace =
        |path: &str, value: Value| Op(json!({"op": "replace", "path": path, "value": value}));
    let manager = format!("{ENT}:manager");
    vec![
        (T::EmptyClears, replace("title", json!(""))),
        (T::EmptyClears, replace("name", json!(""))),
        (T::EmptyClears, replace("name.givenName", json!(""))),
        (T::EmptyClears, replace("name", json!({"givenName": ""}))),
        (T::EmptyClears, replace(&manager, json!({"value": ""}))),
        (T::EmptyClears, replace(&manager, json!({"value": null}))),
        (T::EmptyClears, replace(ENT, json!(""))),
        (T::EmptyClears, replace("emails", json!(""))),
        (
            T::EmptyClears,
            Op(json!({"op": "add", "value": {"title": ""}})),
        ),
        (
            T::EmptyClears,
            GroupOp(json!({"op": "replace", "path": "members", "value": ""})),
        ),
        (T::EmptyClears, User(json!({"title": ""}))),
        (T::EmptyClears, User(json!({"name": {}}))),
        (T::EmptyClears, User(json!({"emails": ""}))),
        (T::EmptyClears, User(json!({"emails": [""]}))),
        (
            T::EmptyClears,
            User(json!({"emails": [{"value": "", "type": "work"}]})),
        ),
        (
            T::EmptyClears,
            User(json!({ENT: {"manager": {"value": null, "$ref": "x"}}})),
        ),
        (T::EmptyClears, User(json!({ENT: {}}))),
        (
            T::EmptyClears,
            Group(json!({"members": [{"value": "a", "$ref": ""}]})),
        ),
        (T::ListForSingle, replace("title", json!(["T"]))),
        (
            T::ListForSingle,
            replace("name", json!([{"givenName": "G"}])),
        ),
        (T::ListForSingle, User(json!({"title": ["T"]}))),
        (T::ListForSingle, User(json!({"title": []}))),
        (T::SingleForList, replace("emails", json!({"value": "x"}))),
        (T::SingleForList, User(json!({"emails": {"value": "x"}}))),
        (T::SingleForList, Group(json!({"members": {"value": "x"}}))),
        (T::WrappedValue, replace("title", json!({"value": "T"}))),
        (
            T::WrappedValue,
            User(json!({"title": {"$ref": null, "value": "T"}})),
        ),
        (T::BareComplexValue, replace(&manager, json!("m"))),
        (T::BareComplexValue, replace("emails", json!(["x"]))),
        (T::BareComplexValue, User(json!({ENT: {"manager": "m"}}))),
        (T::BareComplexValue, Group(json!({"members": ["a"]}))),
        (T::StringBooleans, replace("active", json!("False"))),
        (
            T::StringBooleans,
            Op(json!({"op": "add", "value": {"active": "true"}})),
        ),
        (T::StringBooleans, User(json!({"active": "True"}))),
        (
            T::StringBooleans,
            User(json!({"emails": [{"value": "x", "primary": "True"}]})),
        ),
        (
            T::CreateMissingElement,
            replace("emails[type eq \"work\"].value", json!("x")),
        ),
        (
            T::CreateMissingElement,
            Op(json!({"op": "add", "path": "emails[type eq \"work\"]", "value": {"value": "x"}})),
        ),
        (
            T::UnknownMembers,
            Group(json!({"members": [{"display": "x"}]})),
        ),
        (
            T::UnknownMembers,
            Group(json!({"members": [null, {"value": "a"}]})),
        ),
        (
            T::RemoveListed,
            Op(json!({"op": "remove", "path": "roles", "value": [{"value": "r"}]})),
        ),
        (
            T::RemoveListed,
            Op(json!({"op": "remove", "path": "roles.value", "value": "r"})),
        ),
        (
            T::RemoveListed,
            Op(json!({"op": "remove", "path": "roles[value pr]", "value": [{"value": "r"}]})),
        ),
        (
            T::RemoveListed,
            GroupOp(json!({"op": "remove", "path": "members", "value": [{"value": "a"}]})),
        ),
        (
            T::RemoveListed,
            GroupOp(json!({"op": "remove", "path": "members", "value": []})),
        ),
        (
            T::ReadOnlyIgnored,
            GroupOp(json!({"op": "replace", "value": {"id": "1", "displayName": "x"}})),
        ),
    ]
}

fn names() -> Vec<(Tolerance, Ask)> {
    use Ask::{Filter, Op, Path, User};
    use Tolerance as T;
    let add = |path: &str| Op(json!({"op": "add", "path": path, "value": "v"}));
    let key = |key: &str, value: Value| Op(json!({"op": "add", "value": {key: value}}));
    let custom = "urn:example:custom:2.0:User";
    vec![
        (T::DottedUrns, add(&format!("{ENT}.department"))),
        (T::DottedUrns, add(&format!("{ENT}.manager.value"))),
        (T::DottedUrns, add(&format!("{USER}.title"))),
        (T::UndeclaredExtensions, add(&format!("{custom}:tag"))),
        (
            T::UndeclaredExtensions,
            Op(json!({"op": "remove", "path": custom})),
        ),
        (T::UndeclaredExtensions, key(custom, json!({"tag": "x"}))),
        (
            T::UndeclaredExtensions,
            key("urn:example:1.0", json!({"tag": "x"})),
        ),
        (
            T::UndeclaredExtensions,
            User(json!({custom: {"tag": "x"}, "schemas": [USER, custom]})),
        ),
        (T::BareExtensionAttributes, add("department")),
        (
            T::BareExtensionAttributes,
            Op(json!({"op": "remove", "path": "manager"})),
        ),
        (T::BareExtensionAttributes, key("department", json!("x"))),
        (T::BareExtensionAttributes, User(json!({"department": "x"}))),
        (T::BareExtensionAttributes, Filter("department eq \"x\"")),
        (T::BareExtensionAttributes, Path("department")),
        (T::PathKeys, key("name.givenName", json!("G"))),
        (T::PathKeys, key(&format!("{ENT}:department"), json!("x"))),
        (T::PathKeys, key(&format!("{USER}:title"), json!("x"))),
        (
            T::PathKeys,
            Op(json!({"op": "add", "path": ENT, "value": {"manager.value": "x"}})),
        ),
        (T::PathKeys, User(json!({"name.givenName": "G"}))),
        (T::PathKeys, User(json!({format!("{ENT}:department"): "x"}))),
        (T::PathKeys, User(json!({USER: {"title": "T"}}))),
        (T::PathKeys, User(json!({ENT: {"manager.value": "m"}}))),
        (T::UnknownAttributes, User(json!({"adreses": []}))),
        (T::UnknownAttributes, User(json!({"name": {"nick": "x"}}))),
        (T::UnknownAttributes, User(json!({ENT: {"shoeSize": 44}}))),
        (T::UnknownAttributes, key("shoeSize", json!(44))),
        (T::UnknownAttributes, key("not a path", json!(44))),
        (
            T::UnknownAttributes,
            Op(json!({"op": "add", "path": "name", "value": {"nick": "x"}})),
        ),
        (
            T::UnknownAttributes,
            Ask::Group(json!({"members": [{"value": "a", "displayName": "x"}]})),
        ),
        (T::MissingSchemas, User(json!({"schemas": null}))),
        (T::MissingSchemas, User(json!({"schemas": []}))),
        (T::MissingSchemas, User(json!({"schemas": USER}))),
        (
            T::MissingSchemas,
            User(json!({"schemas": [USER], ENT: {"department": "x"}})),
        ),
        (
            T::ForeignSchemas,
            User(json!({"schemas": [USER, "http://example.com/Group"]})),
        ),
        (
            T::ForeignSchemas,
            User(json!({"schemas": ["urn:scim:schemas:core:1.0", USER]})),
        ),
        (T::UnquotedFilterValues, Filter("externalId eq x")),
        (T::UnquotedFilterValues, Filter("userName eq 5")),
        (T::UnquotedFilterValues, Filter("emails[type eq work]")),
        (
            T::UnquotedFilterValues,
            Filter("meta.created gt 2020-01-01T00:00:00Z"),
        ),
        (
            T::UnquotedFilterValues,
            Op(json!({"op": "remove", "path": "emails[type eq home]"})),
        ),
        (T::QuotedFilterLiterals, Filter("active eq \"true\"")),
        (T::QuotedFilterLiterals, Filter("active eq True")),
        (
            T::QuotedFilterLiterals,
            Filter("roles[primary eq \"True\"]"),
        ),
        (
            T::SubAttributeBehindBrackets,
            Filter("emails[type eq \"work\"].value eq \"x\""),
        ),
        (
            T::SubAttributeBehindBrackets,
            Filter("emails[type eq \"work\"].value pr"),
        ),
    ]
}

/// What the service acts on, not this crate.
const OF_THE_SERVICE: [Tolerance; 1] = [Tolerance::PutKeepsMembers];

#[test]
fn each_is_enough_and_is_asked_for_by_name() {
    let mut table = messages();
    table.extend(values());
    table.extend(names());
    for (tolerance, request) in &table {
        let name = format!("the tolerance `{}`", tolerance.name());
        if let Err(error) = ask(request, Tolerances::of(&[*tolerance])) {
            panic!("{name} is not enough for {request:?}: {error}");
        }
        for without in [Tolerances::NONE, Tolerances::ALL.without(&[*tolerance])] {
            let error = ask(request, without).expect_err(&format!("{name} {request:?}"));
            assert_eq!(error.kind().status(), 400, "{error}");
            assert!(error.detail().contains(&name), "{error} for {request:?}");
        }
        ask(request, Tolerances::ALL).unwrap();
    }
    let seen: HashSet<Tolerance> = table.iter().map(|(tolerance, _)| *tolerance).collect();
    for tolerance in Tolerance::ALL {
        assert_ne!(
            seen.contains(&tolerance),
            OF_THE_SERVICE.contains(&tolerance),
            "{}",
            tolerance.name()
        );
    }
}

#[test]
fn who_is_refused_a_path_is_told_how_to_write_it() {
    let add = |path: &str| Ask::Op(json!({"op": "add", "path": path, "value": {"title": "T"}}));
    for (request, part) in [
        (
            add("department"),
            format!("`department` is written `{ENT}:department`"),
        ),
        (
            Ask::Op(json!({"op": "remove", "path": "manager.value"})),
            format!("`manager.value` is written `{ENT}:manager.value`"),
        ),
        (
            add(USER),
            format!("`{USER}` is no attribute: leave the path out"),
        ),
        (
            Ask::Path("department"),
            format!("`department` is written `{ENT}:department`"),
        ),
    ] {
        let error = ask(&request, Tolerances::NONE).unwrap_err();
        assert!(error.detail().contains(&part), "no `{part}` in {error}");
    }
}

#[test]
fn what_the_rfc_grants_needs_none() {
    use Ask::{Filter, Group, GroupOp, Op, Path, Search, User};
    for request in [
        User(json!({"USERNAME": "x", "emails": [{"Value": "x", "TYPE": "work"}]})),
        User(json!({"title": null, "emails": [], "phoneNumbers": null, ENT: null})),
        User(json!({"id": "1", "meta": {"version": "2"}, "groups": [{"value": "g"}]})),
        User(json!({"password": "secret"})),
        User(
            json!({ENT.to_uppercase(): {"Department": "x"}, "schemas": [USER.to_lowercase(), ENT]}),
        ),
        User(json!({ENT: {"manager": {"value": "m", "displayName": "x"}}})),
        Group(json!({"members": [{"value": "a", "$ref": null, "type": "User", "display": "A"}]})),
        Op(json!({"op": "replace", "path": "title", "value": null})),
        Op(
            json!({"op": "replace", "path": null, "value": {"title": null, "name": {"givenName": null}}}),
        ),
        Op(json!({"op": "replace", "path": "emails", "value": []})),
        Op(json!({"op": "add", "path": "NAME.givenname", "value": "x"})),
        Op(
            json!({"op": "add", "path": format!("{}:department", ENT.to_uppercase()), "value": "x"}),
        ),
        Op(json!({"op": "replace", "path": "emails[type eq \"home\"].value", "value": "x"})),
        Op(json!({"op": "add", "value": {ENT: {"department": "x"}, "emails": [{"value": "y"}]}})),
        Op(json!({"op": "remove", "path": ENT})),
        GroupOp(json!({"op": "remove", "path": "members[value eq \"a\"]"})),
        GroupOp(json!({"op": "add", "path": "members", "value": [{"value": "a"}]})),
        Filter("USERNAME Eq \"x\" AND (title PR or active eq true)"),
        Filter("emails co \"x\" and not (emails[type eq \"work\" and primary eq true])"),
        Filter("title eq null"),
        Filter("meta.created ge \"2020-01-01T00:00:00Z\""),
        Path("emails.value"),
        Search(
            json!({"schemas": [SEARCH], "attributes": ["title"], "startIndex": 1, "filter": null}),
        ),
    ] {
        if let Err(error) = ask(&request, Tolerances::NONE) {
            panic!("{request:?}: {error}");
        }
    }
}

#[test]
fn sets() {
    assert_eq!(Tolerances::ALL.and(&Tolerance::ALL), Tolerances::ALL);
    assert_eq!(
        Tolerances::of(&[Tolerance::PathKeys, Tolerance::PathKeys]),
        Tolerances::of(&[Tolerance::PathKeys]),
    );
    assert_eq!(Tolerances::ALL.iter().count(), Tolerance::ALL.len());
    assert_eq!(Tolerances::NONE.iter().count(), 0);
    let two = Tolerances::of(&[Tolerance::PathKeys, Tolerance::EmptyClears]);
    assert_eq!(
        two.iter().collect::<Vec<_>>(),
        [Tolerance::EmptyClears, Tolerance::PathKeys]
    );
    assert_eq!(format!("{two:?}"), "{EmptyClears, PathKeys}");
    assert_eq!(
        Tolerances::NONE.and(&[Tolerance::PathKeys, Tolerance::EmptyClears]),
        two
    );
    assert!(
        !two.without(&[Tolerance::PathKeys])
            .contains(Tolerance::PathKeys)
    );
}

#[test]
fn every_tolerance_is_described() {
    let mut names = HashSet::new();
    for tolerance in Tolerance::ALL {
        let name = tolerance.name();
        assert!(names.insert(name), "{name}");
        let mut variant = name.to_owned();
        variant[..1].make_ascii_uppercase();
        assert_eq!(variant, format!("{tolerance:?}"));
        assert!(tolerance.description().ends_with('.'), "{name}");
        // A fixture that is named is there; anything else is said in words.
        let source = tolerance.source();
        let is_fixture = |place: &&str| place.starts_with(|c: char| c.is_ascii_digit());
        let places = source.split([';', ',']).map(str::trim);
        for fixture in places.filter(is_fixture) {
            let file = format!("../../tests/fixtures/{fixture}.json");
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            assert!(file.exists(), "{name}: {fixture}");
        }
        assert!(is_fixture(&source) || source.contains(' '), "{name}");
    }
}
