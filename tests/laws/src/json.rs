//! JSON: what is read is what is written, no deeper than it may be, with no key
//! twice and no U+0000; what is refused has one of these faults or is no JSON.

use crate::same::same;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// How deep arrays and objects may nest.
const DEPTH: usize = 32;

pub(crate) fn law(data: &[u8]) {
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let read = scim::json::parse(data);
    // serde_json's own reader takes the last of equal keys.
    let any = serde_json::from_slice::<Value>(text);
    let shape = serde_json::from_slice::<Shape>(text);
    match (&read, any, shape) {
        (Ok(read), Ok(any), Ok(shape)) => {
            assert!(shape.is_lawful(), "{read} is read");
            assert_eq!(*read, any);
            let written = read.to_string();
            same(scim::json::parse(written.as_bytes()), read, &written);
        }
        (Ok(read), _, _) => panic!("{read} is read and is no JSON"),
        (Err(error), _, Ok(shape)) => assert!(!shape.is_lawful(), "{error}"),
        (Err(_), ..) => {}
    }
}

/// What there is to know of a value.
#[derive(Debug, Default)]
struct Shape {
    depth: usize,
    repeats: usize,
    nuls: usize,
}

impl Shape {
    fn is_lawful(&self) -> bool {
        self.depth <= DEPTH && self.repeats == 0 && self.nuls == 0
    }

    fn of_text(text: &str) -> Self {
        Self {
            nuls: text.matches('\0').count(),
            ..Self::default()
        }
    }

    /// With a part of it.
    fn add(&mut self, part: &Self) {
        self.depth = self.depth.max(part.depth + 1);
        self.repeats += part.repeats;
        self.nuls += part.nuls;
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Shapes)
    }
}

struct Shapes;

impl<'de> Visitor<'de> for Shapes {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::default())
    }

    fn visit_str<E>(self, text: &str) -> Result<Shape, E> {
        Ok(Shape::of_text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut whole = Shape {
            depth: 1,
            ..Shape::default()
        };
        while let Some(item) = items.next_element::<Shape>()? {
            whole.add(&item);
        }
        Ok(whole)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
        let mut whole = Shape {
            depth: 1,
            ..Shape::default()
        };
        let mut keys = Vec::new();
        while let Some((key, value)) = entries.next_entry::<String, Shape>()? {
            whole.nuls += Shape::of_text(&key).nuls;
            whole.add(&value);
            keys.push(key);
        }
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        whole.repeats += all - keys.len();
        Ok(whole)
    }
}
