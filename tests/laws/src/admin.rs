//! A realm's own schema and its mappers: what is read is written and read again
//! as the same, and serves resources.

use crate::body::{refused, whole};
use crate::same::same;
use crate::samples::{stored, types, views};
use scim::mapper::{MAX_MAPPERS, Mappers};
use scim::schema::{Definition, MAX_ATTRIBUTES};
use scim::{ResourceType, Tolerances, accept};
use serde_json::Value;

const URN: &str = "urn:acme:schemas:2.0:User";

pub(crate) fn law(data: &[u8]) {
    let Ok(body) = scim::json::parse(data) else {
        return;
    };
    let urn = body.get("id").and_then(Value::as_str).unwrap_or(URN);
    match Definition::parse(urn, body.clone()) {
        Ok(definition) => defines(&definition),
        Err(error) => refused(&error),
    }
    for of in types() {
        match Mappers::parse(of, body.clone()) {
            Ok(mappers) => maps(of, &mappers),
            Err(error) => refused(&error),
        }
    }
}

fn defines(definition: &Definition) {
    let written = serde_json::to_value(definition).unwrap();
    let again = Definition::parse(definition.urn(), written.clone());
    same(again, definition, &written);
    let attributes = &definition.schema().attributes;
    let sizes = attributes.iter().map(|it| 1 + it.sub_attributes.len());
    assert!(sizes.sum::<usize>() <= MAX_ATTRIBUTES, "{written}");
    let mut names: Vec<_> = attributes
        .iter()
        .map(|it| it.name.to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), attributes.len(), "{written}");
    let stock = match definition.extends() {
        "Group" => ResourceType::group(),
        _ => ResourceType::user(),
    };
    let of = stock.of_realm(vec![definition.extension()], Tolerances::ALL);
    for attributes in stored(&of) {
        let adopted = attributes.clone().adopt(&of);
        let body = Value::Object(adopted.as_map().clone());
        if let Ok(draft) = accept::create(&of, &body) {
            whole(&of, &draft.attributes);
        }
    }
}

fn maps(of: &ResourceType, mappers: &Mappers) {
    let written = serde_json::to_value(mappers).unwrap();
    same(Mappers::parse(of, written.clone()), mappers, &written);
    assert!(mappers.iter().count() <= MAX_MAPPERS);
    for view in views() {
        let profile = mappers.profile(view);
        let without = mappers.missing(view).len();
        assert_eq!(profile.len() + without, mappers.iter().count(), "{written}");
        if let Err(error) = mappers.draft(&profile) {
            refused(&error);
        }
    }
}
