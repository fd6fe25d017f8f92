//! Bodies of POST and PUT: what is accepted is canonical, so that what an answer
//! shows is accepted as the same, and a strict realm's document is any realm's.

use crate::same::same;
use crate::samples::{lenient, types};
use scim::accept::{self, Draft};
use scim::project::{Meta, Resource};
use scim::{Attributes, ErrorKind, ResourceType};
use serde_json::Value;

/// No error repeats more of what it was sent than this, in characters.
const LONGEST: usize = 1_000;

pub(crate) fn law(data: &[u8]) {
    let Ok(body) = scim::json::parse(data) else {
        return;
    };
    for of in types() {
        match accept::create(of, &body) {
            Ok(draft) => accepted(of, &body, &draft),
            Err(error) => refused(&error),
        }
    }
}

/// No body is the server's fault.
pub(crate) fn refused(error: &scim::Error) {
    assert!((400..500).contains(&error.kind().status()), "{error}");
    let length = error.detail().chars().count();
    assert!(
        (1..=LONGEST).contains(&length),
        "{length} characters: {error}"
    );
    assert_ne!(error.kind(), ErrorKind::NotFound, "{error}");
}

fn accepted(of: &ResourceType, body: &Value, draft: &Draft) {
    whole(of, &draft.attributes);
    let required = of.schema.attributes.iter().filter(|it| it.required);
    for attribute in required {
        assert!(
            draft.attributes.as_map().contains_key(&attribute.name),
            "{body}"
        );
    }
    for member in draft.members.iter().flatten() {
        assert!(!member.value.is_empty(), "{body}");
    }
    // What its own PUT says changes nothing.
    same(accept::replace(of, body, &draft.attributes), draft, body);
    same(accept::create(&lenient(of), body), draft, body);
}

/// That attributes are a resource's: what GET shows of them can be sent as it is.
pub(crate) fn whole(of: &ResourceType, attributes: &Attributes) {
    let resource = Resource {
        id: "2819c223-7f76-453a-919d-413861904646".to_owned(),
        attributes,
        meta: Meta {
            resource_type: of.name,
            created: "2011-05-13T04:42:34Z".to_owned(),
            last_modified: "2011-05-13T04:42:34Z".to_owned(),
            version: "W/\"1.0\"".to_owned(),
            location: format!("https://x{}/2819c223", of.endpoint),
        },
        derived: None,
    };
    let of = lenient(of);
    let shown = Value::Object(resource.view(&of));
    let again = accept::create(&of, &shown).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(again.attributes, *attributes, "{shown}");
    let put = accept::replace(&of, &shown, attributes);
    let put = put.unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(put.attributes, *attributes, "{shown}");
    let stored = Attributes::from_stored(&attributes.to_json()).unwrap();
    assert_eq!(stored, *attributes);
    // What a realm's schemas are, an import learns later.
    let stock = [ResourceType::user(), ResourceType::group()];
    let stock = stock.into_iter().find(|stock| stock.name == of.name);
    let carried = Attributes::carried(stock.unwrap(), stored.into_map());
    assert_eq!(carried.unwrap(), *attributes, "{shown}");
    assert!(!has_nothing(attributes.as_map().iter(), &of), "{shown}");
}

/// Whether there is a null or an empty list or object at a place that a schema has.
fn has_nothing<'v>(
    entries: impl Iterator<Item = (&'v String, &'v Value)>,
    of: &ResourceType,
) -> bool {
    let mut declared = entries
        .filter(|(key, _)| of.core_attribute(key).is_some() || of.extension(key).is_some())
        .map(|(_, value)| value);
    declared.any(is_nothing)
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty() || items.iter().any(is_nothing),
        Value::Object(object) => object.is_empty() || object.values().any(is_nothing),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
