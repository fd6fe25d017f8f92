//! The attributes that the model knows, with their characteristics (RFC 7643
//! sections 4 and 7), and what a client's value for one of them is.
//!
//! They are fewer than there are: each kind of characteristic is there.

use super::attrs::{GROUP, USER};
use super::{ENTERPRISE, Fault, Kind, refuse};
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

/// A resource's attributes, an enterprise attribute under its name like any other.
pub type Doc = Map<String, Value>;

/// A data type (RFC 7643 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text, compared with case or without.
    Text(Case),
    /// `true` or `false`.
    Boolean,
    /// An object of these.
    Complex(&'static [Attr]),
}

/// Whether case counts (RFC 7643 section 2.2, `caseExact`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// It does.
    Exact,
    /// It does not.
    Folded,
}

/// Who sets it and who sees it (RFC 7643 section 7, `mutability` and `returned`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Clients, and everybody.
    Plain,
    /// A resource must have it.
    Required,
    /// The service provider sets it.
    ReadOnly,
    /// The service provider sets it, and it is shown when it is asked for.
    OnRequest,
    /// It is taken and never shown.
    WriteOnly,
}

/// An attribute or sub-attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attr {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub of: Type,
    /// Whether it has several values.
    pub multi: bool,
    /// Who has it.
    pub usage: Use,
    /// Whether it is of the enterprise extension.
    pub enterprise: bool,
}

impl Kind {
    /// Its attributes.
    pub fn attrs(self) -> &'static [Attr] {
        match self {
            Self::User => USER,
            Self::Group => GROUP,
        }
    }

    /// The attribute of that name; names have no case (RFC 7643 section 2.1).
    pub fn attr(self, name: &str) -> Option<&'static Attr> {
        find(self.attrs(), name)
    }
}

impl Attr {
    /// Its sub-attributes.
    pub fn subs(&self) -> &'static [Attr] {
        match self.of {
            Type::Complex(subs) => subs,
            _ => &[],
        }
    }

    /// The sub-attribute of that name.
    pub fn sub(&self, name: &str) -> Option<&'static Attr> {
        find(self.subs(), name)
    }

    /// Whether clients' values of it are kept.
    pub fn is_kept(&self) -> bool {
        matches!(self.usage, Use::Plain | Use::Required)
    }
}

fn find(attrs: &'static [Attr], name: &str) -> Option<&'static Attr> {
    attrs
        .iter()
        .find(|attr| attr.name.eq_ignore_ascii_case(name))
}

/// What is compared where case does not count (README, "Unique": NFKC and full case folding).
pub fn fold(text: &str) -> String {
    let lower = text
        .nfkc()
        .collect::<String>()
        .to_uppercase()
        .to_lowercase();
    lower.nfkc().collect()
}

/// What stands for a value of `attr` in comparisons.
pub fn comparable(attr: &Attr, value: &Value) -> String {
    match (attr.of, value) {
        (Type::Text(Case::Folded), Value::String(text)) => fold(text),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// No value (RFC 7643 section 2.5; `""` by CLIENTS.md, "What matters most" 6).
pub fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// A client's value for all of `attr`: `None` is no value, or none that is kept.
pub fn accept(attr: &Attr, value: &Value) -> Result<Option<Value>, Fault> {
    if !attr.multi {
        return accept_one(attr, value);
    }
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut elements = Vec::new();
    for item in items {
        elements.extend(accept_one(attr, item)?);
    }
    let elements = distinct(attr, elements);
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

/// The same of one value. The tolerances are those of CLIENTS.md, "What matters
/// most" 4 to 6, and "PATCH with `?aadOptscim062020`", the same for every attribute.
pub fn accept_one(attr: &Attr, value: &Value) -> Result<Option<Value>, Fault> {
    if matches!(attr.usage, Use::ReadOnly | Use::OnRequest) {
        return Ok(None);
    }
    let value = match value {
        Value::Array(items) if !attr.multi && items.len() > 1 => {
            return refuse(400, "invalidValue");
        }
        Value::Array(items) if !attr.multi => items.first().unwrap_or(&Value::Null),
        value => value,
    };
    let taken = match (attr.of, value) {
        (_, value) if is_absent(value) => None,
        (Type::Complex(_), Value::String(text)) if attr.sub("value").is_some() => {
            accept_object(attr, &Map::from_iter([("value".to_owned(), json!(text))]))?
        }
        (Type::Complex(_), Value::Object(object)) => accept_object(attr, object)?,
        (Type::Complex(_), _) => return refuse(400, "invalidValue"),
        (_, Value::Object(object)) => match unwrapped(object) {
            Some(inner) if is_absent(inner) => None,
            Some(inner) => Some(simple(attr, inner)?),
            None => return refuse(400, "invalidValue"),
        },
        (_, value) => Some(simple(attr, value)?),
    };
    Ok(taken.filter(|_| attr.is_kept()))
}

/// `x` of `{"value": x}`, as old Entra jobs wrap a simple value.
fn unwrapped(object: &Doc) -> Option<&Value> {
    let wraps = |key: &String| ["value", "$ref"].contains(&key.to_ascii_lowercase().as_str());
    let value = object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("value"));
    value
        .filter(|_| object.keys().all(wraps))
        .map(|(_, value)| value)
}

fn simple(attr: &Attr, value: &Value) -> Result<Value, Fault> {
    match (attr.of, value) {
        (Type::Text(_), Value::String(_)) | (Type::Boolean, Value::Bool(_)) => Ok(value.clone()),
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("true") => {
            Ok(json!(true))
        }
        (Type::Boolean, Value::String(text)) if text.eq_ignore_ascii_case("false") => {
            Ok(json!(false))
        }
        _ => refuse(400, "invalidValue"),
    }
}

fn accept_object(attr: &Attr, object: &Doc) -> Result<Option<Value>, Fault> {
    one_spelling(object)?;
    let mut taken = Map::new();
    for (key, value) in object {
        let Some(sub) = attr.sub(key) else { continue };
        match accept(sub, value)? {
            Some(value) => drop(taken.insert(sub.name.to_owned(), value)),
            // Without its value the rest describes nothing.
            None if sub.name == "value" => return Ok(None),
            None => {}
        }
    }
    Ok((!taken.is_empty()).then_some(Value::Object(taken)))
}

/// A name given twice, in any case, says two things (RFC 7643 section 2.1).
pub fn one_spelling(object: &Doc) -> Result<(), Fault> {
    let mut names: Vec<String> = object.keys().map(|key| key.to_ascii_lowercase()).collect();
    names.sort_unstable();
    match names.windows(2).any(|pair| pair[0] == pair[1]) {
        true => refuse(400, "invalidSyntax"),
        false => Ok(()),
    }
}

/// What makes two elements one: `value` and `type`, else all of them (RFC 7643 section 2.4).
pub fn identity(attr: &Attr, element: &Value) -> Vec<String> {
    let part = |name: &str| {
        let (sub, value) = (attr.sub(name)?, element.get(name)?);
        Some(format!("{name}={}", comparable(sub, value)))
    };
    if element.get("value").is_some() {
        return [part("value"), part("type")]
            .into_iter()
            .flatten()
            .collect();
    }
    let all = attr.subs().iter();
    all.filter_map(|sub| Some(format!("{}={}", sub.name, element.get(sub.name)?)))
        .collect()
}

/// The elements without repetition; a repetition adds what the first one lacks.
pub fn distinct(attr: &Attr, elements: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for element in elements {
        let own = identity(attr, &element);
        let Some(first) = kept.iter_mut().find(|it| identity(attr, it) == own) else {
            kept.push(element);
            continue;
        };
        for (key, value) in element.as_object().cloned().unwrap_or_default() {
            if first.get(&key).is_none() || (key == "primary" && value == json!(true)) {
                first[&key] = value;
            }
        }
    }
    kept
}

/// A document as it may be stored: every required attribute has a value that is
/// not blank (RFC 7643 section 4.1.1), and at most one value of each attribute is
/// primary (section 2.4).
pub fn finish(kind: Kind, mut doc: Doc) -> Result<Doc, Fault> {
    for attr in kind.attrs().iter().filter(|attr| attr.is_kept()) {
        if let Some(Value::Array(elements)) = doc.get_mut(attr.name) {
            *elements = distinct(attr, std::mem::take(elements));
        }
        let value = doc.get(attr.name);
        let blank = value
            .and_then(Value::as_str)
            .is_none_or(|text| text.trim().is_empty());
        if attr.usage == Use::Required && blank {
            return refuse(400, "invalidValue");
        }
        let elements = value.and_then(Value::as_array).into_iter().flatten();
        let primary = elements.filter(|element| element["primary"] == json!(true));
        if primary.count() > 1 {
            return refuse(400, "invalidValue");
        }
    }
    doc.retain(|_, value| !is_absent(value));
    Ok(doc)
}

/// A POST or PUT body as a document, and the members it names: `None` when it
/// does not (RFC 7644 sections 3.3 and 3.5.1).
pub fn body(kind: Kind, body: &Value) -> Result<(Doc, Option<Value>), Fault> {
    let Value::Object(body) = body else {
        return refuse(400, "invalidSyntax");
    };
    one_spelling(body)?;
    let (mut doc, mut members) = (Map::new(), None);
    let mut take = |object: &Doc, fits: fn(&Attr) -> bool| -> Result<(), Fault> {
        for (key, value) in object {
            match kind.attr(key) {
                Some(attr) if !fits(attr) => {}
                Some(attr) if attr.name == "members" => {
                    members = (!value.is_null()).then(|| value.clone());
                }
                Some(attr) => {
                    if let Some(value) = accept(attr, value)? {
                        doc.insert(attr.name.to_owned(), value);
                    }
                }
                // An extension that the realm has not declared is kept as it comes (README).
                None if key.starts_with("urn:example:") && !is_absent(value) => {
                    doc.insert(key.clone(), value.clone());
                }
                None => {}
            }
        }
        Ok(())
    };
    take(body, |_| true)?;
    if let Some(extension) = body
        .get(ENTERPRISE)
        .filter(|value| kind == Kind::User && !is_absent(value))
    {
        let Value::Object(extension) = extension else {
            return refuse(400, "invalidValue");
        };
        one_spelling(extension)?;
        take(extension, |attr| attr.enterprise)?;
    }
    Ok((finish(kind, doc)?, members))
}
