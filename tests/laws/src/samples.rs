//! The resource types and resources that laws are tried on.

#[path = "../../../shared/scim/tests/it/filter_samples.rs"]
mod filter_samples;

use filter_samples::{ada, bob, group, odd};
use scim::schema::ENTERPRISE_USER;
use scim::{Attributes, ResourceType, Tolerances, accept};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// The types a server has: stock, with a realm's own schema, read to the letter.
pub(crate) fn types() -> &'static [ResourceType] {
    static TYPES: LazyLock<Vec<ResourceType>> = LazyLock::new(|| {
        let (user, group) = (ResourceType::user(), ResourceType::group());
        let staff = || filter_samples::user().extensions.last().cloned();
        let staffed = |tolerances| user.of_realm(Vec::from_iter(staff()), tolerances);
        vec![
            user.clone(),
            group.clone(),
            staffed(Tolerances::ALL),
            staffed(Tolerances::NONE),
            group.of_realm(Vec::new(), Tolerances::NONE),
        ]
    });
    &TYPES
}

/// The same type, read with every tolerance.
pub(crate) fn lenient(of: &ResourceType) -> ResourceType {
    let mut of = of.clone();
    of.tolerances = Tolerances::ALL;
    of
}

/// Whole views: every kind of value, as little as there can be, values of the
/// wrong type, a group.
pub(crate) fn views() -> &'static [Map<String, Value>] {
    static VIEWS: LazyLock<[Map<String, Value>; 4]> =
        LazyLock::new(|| [ada(), bob(), odd(), group()]);
    &*VIEWS
}

/// Attributes as they are stored, of a resource of this type.
pub(crate) fn stored(of: &ResourceType) -> &'static [Attributes] {
    static USERS: LazyLock<Vec<Attributes>> = LazyLock::new(|| {
        let user = ResourceType::user();
        vec![
            attributes(user, &json!({"userName": "bob"})),
            attributes(
                user,
                &json!({
                    "userName": "babs", "title": "Guide", "active": true,
                    "name": {"givenName": "Barbara", "familyName": "Jensen"},
                    "emails": [
                        {"type": "work", "value": "w@x", "primary": true},
                        {"type": "home", "value": "h@x"}
                    ],
                    "addresses": [{"type": "home", "locality": "Oslo"}],
                    "roles": [{"value": "User"}],
                    ENTERPRISE_USER: {"department": "Sales", "manager": {"value": "m1"}},
                    "urn:example:custom:2.0:User": {"tag": "a"}
                }),
            ),
        ]
    });
    static GROUPS: LazyLock<Vec<Attributes>> = LazyLock::new(|| {
        vec![attributes(
            ResourceType::group(),
            &json!({"displayName": "crew", "externalId": "c"}),
        )]
    });
    match of.edges {
        None => &USERS,
        Some(_) => &GROUPS,
    }
}

fn attributes(of: &ResourceType, body: &Value) -> Attributes {
    accept::create(of, body).unwrap().attributes
}
