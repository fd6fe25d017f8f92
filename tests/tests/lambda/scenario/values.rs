//! What no log line may hold.

use muster_tests::fixture;
use serde_json::Value;

/// What the fixtures say of people, and their passwords and tokens.
pub(crate) fn personal_values() -> Vec<String> {
    let personal = [
        "userName",
        "givenName",
        "familyName",
        "middleName",
        "formatted",
        "displayName",
        "nickName",
        "externalId",
        "password",
        "value",
        "streetAddress",
        "locality",
        "postalCode",
        "title",
        "employeeNumber",
        "profileUrl",
    ];
    let mut values = Vec::new();
    for fixture in fixture::all() {
        collect(&fixture.data["request"]["body"], &personal, &mut values);
    }
    collect(&fixture::read("setup.json"), &personal, &mut values);
    values.sort();
    values.dedup();
    values
}

/// Whether the text stands in a log for nothing but itself: short ones stand in
/// its words, and digits in random ids.
fn is_telling(text: &str) -> bool {
    let like_an_id = text.chars().all(|c| c.is_ascii_hexdigit());
    text.len() >= if like_an_id { 12 } else { 5 }
}

fn collect(value: &Value, names: &[&str], values: &mut Vec<String>) {
    match value {
        Value::Array(elements) => {
            for element in elements {
                collect(element, names, values);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text)
                        if names.contains(&name.as_str())
                            && is_telling(text)
                            && !text.contains("{{") =>
                    {
                        values.push(text.clone());
                    }
                    _ => collect(value, names, values),
                }
            }
        }
        _ => {}
    }
}
