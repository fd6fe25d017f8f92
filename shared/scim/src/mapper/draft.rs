//! From a flat profile back to a resource.

use super::{MappedType, Mapper, Mappers, Sign, wrong};
use crate::error::Result;
use crate::json::{excerpt, given_twice};
use serde_json::{Map, Number, Value};

impl Mappers {
    /// The body of a POST that makes a resource with this profile, its keys
    /// paths (`name.givenName`): for [`crate::accept::create`] with
    /// [`crate::Tolerances::ALL`], whatever the realm's profile.
    ///
    /// Values may be text, as those of a CSV file are. Null and `""` are no
    /// value. What only the service provider sets is left out, so that a profile
    /// it has given out can be taken back.
    ///
    /// # Errors
    /// `InvalidValue` for a name that no mapper has and a value that is not of
    /// its type, `InvalidSyntax` for two names of one path with different values.
    pub fn draft(&self, profile: &Map<String, Value>) -> Result<Value> {
        let mut body = Map::new();
        for (name, value) in profile {
            let mapper = self.named(name).ok_or_else(|| self.unknown(name))?;
            let Some(key) = mapper.source.key() else {
                continue;
            };
            let Some(value) = mapper.read(value)? else {
                continue;
            };
            match body.get(&key) {
                Some(earlier) if *earlier != value => return Err(given_twice(&key)),
                _ => body.insert(key, value),
            };
        }
        Ok(Value::Object(body))
    }

    fn unknown(&self, name: &str) -> crate::Error {
        let names: Vec<String> = self
            .iter()
            .map(|mapper| format!("`{}`", mapper.name))
            .collect();
        wrong(format!(
            "`{}` is no mapped attribute, use {}",
            excerpt(name),
            names.join(", ")
        ))
    }
}

impl Mapper {
    /// A profile's value as the resource has it.
    fn read(&self, value: &Value) -> Result<Option<Value>> {
        let value = match (self.kind, value) {
            (_, Value::Null) => return Ok(None),
            (_, Value::String(text)) if text.is_empty() => return Ok(None),
            (MappedType::Boolean, value) => boolean(value).map(|value| match self.sign {
                Sign::Same => Value::Bool(value),
                Sign::Opposite => Value::Bool(!value),
            }),
            (MappedType::Integer, Value::String(text)) => {
                text.trim().parse::<i64>().ok().map(Value::from)
            }
            (MappedType::Decimal, Value::String(text)) => {
                text.trim().parse::<Number>().ok().map(Value::Number)
            }
            (_, other) => Some(other.clone()),
        };
        value
            .map(Some)
            .ok_or_else(|| wrong(format!("`{}` must be of type `{:?}`", self.name, self.kind)))
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
