//! Laws of PATCH: whatever comes, nothing panics, and what is accepted is a resource.

use proptest::prelude::*;
use scim::{Attributes, ResourceType, accept, patch};
use serde_json::{Value, json};

const URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn babs() -> Attributes {
    let text = json!({
        "userName": "babs", "title": "Guide", "active": true,
        "name": {"givenName": "Barbara", "familyName": "Jensen"},
        "emails": [{"type": "work", "value": "w@x", "primary": true}, {"type": "home", "value": "h@x"}],
        "addresses": [{"type": "home", "locality": "Oslo"}],
        "roles": [{"value": "User"}],
        URN: {"department": "Sales", "manager": {"value": "m1"}},
        "urn:example:custom:2.0:User": {"tag": "a"}
    });
    Attributes::from_stored(&text.to_string()).unwrap()
}

fn path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "userName",
        "title",
        "active",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "emails.primary",
        "emails.type",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "emails[type eq \"home\"].primary",
        "emails[type eq \"other\"].type",
        "emails[value pr].display",
        "emails[primary eq true].value",
        "emails[not (type eq \"work\")]",
        "addresses",
        "addresses[type eq \"work\"].locality",
        "addresses[type eq \"home\"].locality",
        "addresses.country",
        "roles",
        "roles.value",
        "roles[value eq \"User\"]",
        "manager",
        "manager.value",
        "manager[value eq \"m1\"]",
        "password",
        "id",
        "meta",
        "groups",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:example:custom:2.0:User",
        "urn:example:custom:2.0:User:tag",
        "urn:example:custom:2.0:User:box.lid",
        "urn:example:custom:2.0:User.tag",
        "urn:example:custom:2.0:User:tags",
        "urn:example:other",
        "urn:example:other:address",
        "addresses[type eq \"home\"]",
        "manager.$ref",
        "members",
        "members[value eq \"a\"]",
        "displayName",
        "externalId",
        "x509Certificates",
        "profileUrl",
    ])
    .prop_map(str::to_owned);
    prop_oneof![8 => known, 1 => "\\PC{0,20}", 1 => "[a-z]{1,5}(\\.[a-z]{1,3})?(\\[[a-z \"]{0,9}\\])?"]
}

fn name() -> impl Strategy<Value = String> + Clone {
    prop::sample::select(vec![
        "value",
        "type",
        "primary",
        "display",
        "$ref",
        "locality",
        "givenName",
        "Value",
        "title",
        "emails",
        "manager",
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    value_of(prop_oneof![4 => name(), 2 => path()].boxed())
}

fn value_of(key: BoxedStrategy<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        any::<bool>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        prop::sample::select(vec![
            "True", "false", "w@x", "H@X", "work", "home", "m1", "User", "a"
        ])
        .prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "Add", "replace", "Replace", "remove", "move"]);
    (
        op,
        prop::option::weighted(0.8, path()),
        prop::option::weighted(0.9, value()),
    )
        .prop_map(|(op, path, value)| {
            let mut operation = json!({"op": op});
            if let Some(path) = path {
                operation["path"] = path.into();
            }
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        })
}

/// Replacements whose path does not select by what they change, nor what another one creates.
fn steady_replacement() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "title",
        "name",
        "name.givenName",
        "active",
        "emails",
        "roles",
        "addresses",
        "emails[type eq \"work\"].value",
        "emails[type eq \"other\"].value",
        "emails[type eq \"home\"].primary",
        "addresses[type eq \"work\"].locality",
        "manager",
        "roles.display",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:example:custom:2.0:User",
        "urn:example:custom:2.0:User:tag",
    ]);
    (path, value_of(name().boxed()))
        .prop_map(|(path, value)| json!({"op": "replace", "path": path, "value": value}))
}

fn patched(of: &ResourceType, current: &Attributes, ops: Vec<Value>) -> scim::Result<Attributes> {
    let ops = patch::parse(of, json!({"Operations": ops}))?;
    patch::apply(of, current, &ops).map(|patched| patched.attributes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6 * ProptestConfig::default().cases))]

    #[test]
    fn what_is_accepted_is_a_resource(ops in prop::collection::vec(operation(), 0..5)) {
        let of = ResourceType::user();
        if let Ok(after) = patched(of, &babs(), ops) {
            let again = accept::create(of, &Value::Object(after.as_map().clone()));
            prop_assert_eq!(again.unwrap().attributes, after);
        }
    }

    #[test]
    fn each_accepted_operation_leaves_a_resource(op in operation()) {
        let of = ResourceType::user();
        if let Ok(after) = patched(of, &babs(), vec![op]) {
            let again = accept::create(of, &Value::Object(after.as_map().clone()));
            prop_assert_eq!(again.unwrap().attributes, after);
        }
    }

    #[test]
    fn a_replacement_sent_again_changes_nothing(ops in prop::collection::vec(steady_replacement(), 1..3)) {
        let of = ResourceType::user();
        if let Ok(once) = patched(of, &babs(), ops.clone()) {
            let twice = patched(of, &once, ops).unwrap();
            prop_assert_eq!(twice, once);
        }
    }

    #[test]
    fn a_body_of_paths_is_a_resource(keys in prop::collection::vec((path(), value()), 0..5)) {
        let of = ResourceType::user();
        let mut body: serde_json::Map<_, _> = keys.into_iter().collect();
        body.insert("userName".to_owned(), "babs".into());
        if let Ok(draft) = accept::create(of, &Value::Object(body)) {
            let again = accept::create(of, &Value::Object(draft.attributes.as_map().clone()));
            prop_assert_eq!(again.unwrap().attributes, draft.attributes);
        }
    }

    #[test]
    fn one_wrong_operation_refuses_all(ops in prop::collection::vec(operation(), 0..4), place in 0_usize..4) {
        let of = ResourceType::user();
        let current = babs();
        let mut ops = ops;
        let place = place.min(ops.len());
        ops.insert(place, json!({"op": "remove", "path": "userName"}));
        prop_assert!(patched(of, &current, ops).is_err());
        prop_assert_eq!(current, babs());
    }

    #[test]
    fn a_refusal_names_its_operation_or_the_resource(ops in prop::collection::vec(operation(), 1..4)) {
        if let Err(error) = patched(ResourceType::user(), &babs(), ops) {
            let named = error.detail().starts_with("operation ");
            prop_assert!(named || error.detail().contains('`') || error.detail().contains("bytes"), "{}", error);
        }
    }

    #[test]
    fn no_body_makes_it_panic(body in value()) {
        let _ = patch::parse(ResourceType::user(), body.clone());
        let _ = patched(ResourceType::group(), &Attributes::from_stored(r#"{"displayName":"g"}"#).unwrap(), vec![body]);
    }
}
