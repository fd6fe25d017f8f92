//! What is shown of an extension that nobody has declared. It has no
//! characteristics: all of it is `default`. A name may mean the whole of it, an
//! attribute or a sub-attribute, as one of a declared extension does.

use super::Projection;
use serde_json::{Map, Value};

/// Leaves of the object what is shown; whether that is anything.
pub(super) fn trim(projection: &Projection, urn: &str, object: &mut Map<String, Value>) -> bool {
    let whole = Shown::Nothing.at(projection, urn);
    object.retain(|name, value| {
        let name = format!("{urn}:{name}");
        trim_value(projection, whole.at(projection, &name), &name, value)
    });
    !object.is_empty()
}

fn trim_value(projection: &Projection, whole: Shown, name: &str, value: &mut Value) -> bool {
    match value {
        Value::Object(object) if !object.is_empty() => {
            let shown = |sub: &str| whole.at(projection, &format!("{name}.{sub}"));
            object.retain(|sub, _| shown(sub) == Shown::Asked);
            !object.is_empty()
        }
        Value::Array(elements) if !elements.is_empty() => {
            elements.retain_mut(|element| trim_value(projection, whole, name, element));
            !elements.is_empty()
        }
        // What was sent empty is kept so.
        _ => whole == Shown::Asked,
    }
}

/// How a name stands, by itself or with what it is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// It was not asked for.
    Nothing,
    /// It was, or nothing was in particular.
    Asked,
    /// It was excluded.
    Excluded,
}

impl Shown {
    /// The same of a part of it.
    fn at(self, projection: &Projection, name: &str) -> Self {
        let asked = projection.asked.as_ref();
        if self == Self::Excluded || projection.excluded.names_undeclared(name) {
            Self::Excluded
        } else if asked.is_none_or(|asked| asked.names_undeclared(name)) {
            Self::Asked
        } else {
            self
        }
    }
}
