//! What was seen beside what was expected, and the sentence about the first difference.

use serde_json::Value;

use super::check::{Halt, Told};

/// How much of a value is quoted.
const QUOTED: usize = 120;

/// Holds when both are the same.
pub(super) fn same(what: &str, seen: &Value, expected: &Value) -> Told {
    if seen == expected {
        return Ok(());
    }
    Err(Halt::seen(format!(
        "{what} is {}, not {}",
        quoted(seen),
        quoted(expected)
    )))
}

/// Holds when `seen` has at least what `expected` has: every member of an
/// object, and for every element of a list one that has at least as much.
pub(super) fn at_least(what: &str, seen: &Value, expected: &Value) -> Told {
    match (seen, expected) {
        (Value::Object(seen), Value::Object(expected)) => {
            for (name, value) in expected {
                let path = format!("{what}.{name}");
                at_least(
                    path.trim_start_matches('.'),
                    seen.get(name).unwrap_or(&Value::Null),
                    value,
                )?;
            }
            Ok(())
        }
        (Value::Array(seen), Value::Array(expected)) => {
            let missing = expected.iter().find(|element| {
                let found = |one: &Value| at_least(what, one, element).is_ok();
                !seen.iter().any(found)
            });
            match missing {
                None => Ok(()),
                Some(element) => Err(Halt::seen(format!(
                    "{what} does not hold {}; it is {}",
                    quoted(element),
                    quoted(&Value::Array(seen.clone()))
                ))),
            }
        }
        _ => same(what, seen, expected),
    }
}

/// A value as it is quoted to a reader.
pub(super) fn quoted(value: &Value) -> String {
    match value {
        Value::Null => "absent".to_owned(),
        value => format!("`{}`", shortened(&value.to_string(), QUOTED)),
    }
}

pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::at_least;
    use crate::doctor::check::Halt;

    #[track_caller]
    fn check(seen: &Value, expected: &Value, difference: Option<&str>) {
        let said = match at_least("", seen, expected) {
            Err(Halt::Seen { seen, .. }) => Some(seen),
            _ => None,
        };
        assert_eq!(said.as_deref(), difference);
    }

    #[test]
    fn the_first_difference_is_named() {
        let seen = json!({"name": {"givenName": "Ada"}, "emails": [{"type": "work", "value": "a@b", "primary": true}]});
        check(&seen, &seen, None);
        check(&seen, &json!({"emails": [{"type": "work"}]}), None);
        check(
            &seen,
            &json!({"name": {"givenName": "Bea"}}),
            Some("name.givenName is `\"Ada\"`, not `\"Bea\"`"),
        );
        check(
            &seen,
            &json!({"title": "Countess"}),
            Some("title is absent, not `\"Countess\"`"),
        );
        check(
            &json!({"emails": []}),
            &json!({"emails": [{"type": "work"}]}),
            Some("emails does not hold `{\"type\":\"work\"}`; it is `[]`"),
        );
    }
}
