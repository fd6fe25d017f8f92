//! Laws of accepting and projecting, on generated bodies and parameters.

use proptest::prelude::{Just, Strategy, any, prop};
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest};
use scim::project::{Meta, Projection, Resource};
use scim::schema::ENTERPRISE_USER;
use scim::{Attributes, ResourceType, accept};
use serde_json::{Map, Value};

const KEYS: [&str; 22] = [
    "userName",
    "UserName",
    "externalId",
    "name",
    "active",
    "title",
    "emails",
    "addresses",
    "roles",
    "password",
    "groups",
    "id",
    "meta",
    "schemas",
    "manager",
    "department",
    "value",
    "type",
    "primary",
    "$ref",
    ENTERPRISE_USER,
    "urn:x:y",
];

const NAMES: [&str; 18] = [
    "userName",
    "USERNAME",
    "name",
    "name.givenName",
    "emails",
    "emails.value",
    "emails.type",
    "emails[type eq \"work\"]",
    "groups",
    "groups.display",
    "meta",
    "meta.version",
    "id",
    "schemas",
    "department",
    ENTERPRISE_USER,
    "urn:x:y",
    "nothing",
];

/// Any JSON, keys and texts mostly those that mean something.
fn json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        prop::sample::select(&["", "a", "A", "True", "work", "home", "x@y", " "][..])
            .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner),
        ]
    })
}

fn object(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let keys = prop::sample::select(&KEYS[..]).prop_map(str::to_owned);
    prop::collection::vec((keys, values), 0..6).prop_map(|entries| entries.into_iter().collect())
}

/// A user most of whose parts are of the right shape.
fn body() -> impl Strategy<Value = Value> {
    let text =
        || prop::sample::select(&["", "a", "A", "b", "work", "home"][..]).prop_map(Value::from);
    let element = prop::collection::btree_map(
        prop::sample::select(&["value", "type", "display", "locality"][..]).prop_map(str::to_owned),
        text(),
        0..4,
    )
    .prop_map(|map| map.into_iter().collect::<Value>());
    let list = || prop::collection::vec(prop_oneof![element.clone(), json()], 0..4);
    (
        prop::collection::vec(element.clone(), 0..5),
        prop::collection::vec(element.clone(), 0..5),
        prop_oneof![list().prop_map(Value::from), Just(Value::Null)],
        text(),
        object(text()),
    )
        .prop_map(|(emails, addresses, roles, department, undeclared)| {
            serde_json::json!({
                "userName": "u", "emails": emails, "addresses": addresses, "roles": roles,
                "name": {"givenName": department, "familyName": "f"},
                "department": department, "urn:x:y": undeclared
            })
        })
}

fn view(attributes: &Attributes) -> Map<String, Value> {
    let groups = vec![serde_json::json!({"value": "g", "display": "d"})];
    resource(attributes, groups).view(ResourceType::user())
}

fn resource(attributes: &Attributes, groups: Vec<Value>) -> Resource<'_> {
    Resource {
        id: "i".to_owned(),
        attributes,
        meta: Meta {
            resource_type: "User",
            created: "c".to_owned(),
            last_modified: "l".to_owned(),
            version: "v".to_owned(),
            location: "/Users/i".to_owned(),
        },
        derived: Some(("groups", Box::new(groups))),
    }
}

/// Elements of `groups`, also such as show nothing.
fn groups() -> impl Strategy<Value = Vec<Value>> {
    let element = prop::sample::select(vec![
        serde_json::json!({"value": "g", "display": "d"}),
        serde_json::json!({"display": "e"}),
        serde_json::json!({"nothing": 1}),
    ]);
    prop::collection::vec(element, 0..4)
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(
        prop_oneof![
            9 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
            1 => any::<String>(),
        ],
        0..4,
    )
}

/// Whether all of `part` is in `whole`, elements in order.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|whole| is_part(value, whole))),
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter()
                .all(|element| rest.any(|whole| is_part(element, whole)))
        }
        _ => part == whole,
    }
}

/// Whether there is a null, or an empty array, object or string, outside of undeclared objects.
fn has_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty() || items.iter().any(has_nothing),
        Value::Object(object) => {
            object.is_empty()
                || object
                    .iter()
                    .any(|(key, value)| key != "urn:x:y" && has_nothing(value))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_json_is_answered(body in prop_oneof![json(), object(json())]) {
        let of = ResourceType::user();
        if let Ok(draft) = accept::create(of, &body) {
            prop_assert!(draft.attributes.str("userName").is_some());
            prop_assert!(accept::replace(of, &body, &draft.attributes).is_ok());
        }
        let _ = accept::create(ResourceType::group(), &serde_json::json!({"displayName": "g"}));
    }

    #[test]
    fn any_members_are_answered(members in json()) {
        let body = serde_json::json!({"displayName": "g", "members": members});
        if let Ok(draft) = accept::create(ResourceType::group(), &body) {
            let members = draft.members.unwrap_or_default();
            prop_assert!(members.iter().all(|member| !member.value.is_empty()));
        }
    }

    #[test]
    fn what_was_accepted_is_accepted_unchanged(body in body()) {
        let of = ResourceType::user();
        if let Ok(draft) = accept::create(of, &body) {
            let once = draft.attributes;
            prop_assert!(!has_nothing(&Value::Object(once.as_map().clone())));
            let shown = Value::Object(view(&once));
            let twice = accept::create(of, &shown).unwrap().attributes;
            prop_assert_eq!(twice.to_json(), once.to_json());
            let put = accept::replace(of, &shown, &once).unwrap().attributes;
            prop_assert_eq!(put.to_json(), once.to_json());
            let read = Attributes::from_stored(&once.to_json()).unwrap();
            prop_assert_eq!(read, once);
        }
    }

    #[test]
    fn projections(body in body(), attributes in names(), excluded in names()) {
        let of = ResourceType::user();
        let Ok(draft) = accept::create(of, &body) else { return Ok(()) };
        let whole = view(&draft.attributes);
        let projection = Projection::parse(of, &attributes, &excluded).unwrap();
        let once = projection.apply(of, whole.clone());

        prop_assert_eq!(&once["id"], &whole["id"]);
        prop_assert_eq!(&once["schemas"], &whole["schemas"]);
        prop_assert!(is_part(&Value::Object(once.clone()), &Value::Object(whole.clone())));
        for key in once.keys().filter(|key| of.core_attribute(key).is_some()) {
            prop_assert!(projection.wants(key), "{}", key);
        }
        let twice = projection.apply(of, once.clone());
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn what_is_written_is_the_projected_view(
        body in body(), groups in groups(), attributes in names(), excluded in names(),
    ) {
        let of = ResourceType::user();
        let Ok(draft) = accept::create(of, &body) else { return Ok(()) };
        let projection = Projection::parse(of, &attributes, &excluded).unwrap();
        let resource = || resource(&draft.attributes, groups.clone());
        let expected = Value::Object(projection.apply(of, resource().view(of))).to_string();
        let written = serde_json::to_string(&projection.show(of, resource())).unwrap();
        prop_assert_eq!(written, expected);
    }

    #[test]
    fn one_attribute_asked_for_brings_no_other(body in body(), name in prop::sample::select(&NAMES[..])) {
        let of = ResourceType::user();
        let Ok(draft) = accept::create(of, &body) else { return Ok(()) };
        let projection = Projection::parse(of, &[name.to_owned()], &[]).unwrap();
        for key in projection.apply(of, view(&draft.attributes)).keys() {
            let asked = name.to_ascii_lowercase().starts_with(&key.to_ascii_lowercase());
            let bare = name == "department" && key == ENTERPRISE_USER;
            prop_assert!(asked || bare || key == "id" || key == "schemas", "{} for {}", key, name);
        }
    }
}
