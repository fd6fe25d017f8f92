//! One comparison: a literal read by an attribute's type, then held against one value.
//!
//! | type | literal, quoted or bare | operators |
//! |---|---|---|
//! | string, reference | any text; a bare number or `true` is the text it was spelt as | all |
//! | binary | any text | all but gt ge lt le |
//! | boolean | `true` or `false`, whatever its case (CLIENTS.md: Entra sends `"True"`) | eq ne |
//! | integer, decimal | a JSON number | eq ne gt ge lt le |
//! | dateTime | see [`instant`]; co sw ew compare the text as it stands | all |

use crate::error::{Error, ErrorKind, Result};
use crate::filter::ast::{At, CompareOp, Literal};
use crate::filter::resolve::refused;
use crate::filter::scan::shortened;
use crate::fold;
use crate::order::{instant, numbers};
use crate::schema::{Attribute, Type};
use crate::tolerance::{Tolerance, Tolerances};
use jiff::Timestamp;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

/// What one comparison takes beside its text, in [`Test::cost`]'s measure.
const COMPARISON: u64 = 32;
/// A text that has to be folded by Unicode's tables takes so many times what ASCII does.
const FOLDING: u64 = 32;

/// What is asked of one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// `pr`: there is a value, and it is not empty.
    Present,
    /// The value satisfies it.
    Holds(Criterion),
    /// `ne`: the opposite of `eq`, so that it holds also when there is no value.
    Fails(Criterion),
}

/// A comparison with a typed operand.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Criterion {
    Text(TextRelation, Text),
    Boolean(bool),
    Number(Relation, Number),
    /// The text is the client's own.
    Instant(Relation, Timestamp, String),
}

/// The operand of a textual comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Text {
    /// As the client sent it.
    text: String,
    /// Its folding, when case does not count.
    folded: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextRelation {
    Ordered(Relation),
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Test {
    /// Reads `value`, which is not null, by the type of `attribute`.
    pub(super) fn read(
        attribute: &Attribute,
        op: &At<CompareOp>,
        value: &At<Literal>,
        tolerances: Tolerances,
    ) -> Result<Self> {
        let text = match &value.it {
            Literal::Null => return Err(unfit(attribute, op, "null")),
            Literal::Quoted(text) | Literal::Bare(text) => text,
        };
        let relation = TextRelation::of(op.it);
        let criterion = match (attribute.kind, relation) {
            (Type::String | Type::Reference, _)
            | (Type::DateTime, TextRelation::Contains)
            | (Type::DateTime, TextRelation::StartsWith | TextRelation::EndsWith) => {
                Criterion::Text(relation, Text::new(text, attribute))
            }
            (Type::Binary, TextRelation::Ordered(order)) if order != Relation::Equal => {
                return Err(unfit(attribute, op, "a binary attribute"));
            }
            (Type::Binary, _) => Criterion::Text(relation, Text::new(text, attribute)),
            (Type::Boolean, TextRelation::Ordered(Relation::Equal)) => {
                Criterion::Boolean(boolean(text).ok_or_else(|| misread(attribute, value))?)
            }
            (Type::Boolean, _) => return Err(unfit(attribute, op, "a boolean attribute")),
            (Type::Integer | Type::Decimal, TextRelation::Ordered(relation)) => {
                let number = serde_json::from_str(text).map_err(|_| misread(attribute, value))?;
                Criterion::Number(relation, number)
            }
            (Type::Integer | Type::Decimal, _) => {
                return Err(unfit(attribute, op, "a number attribute"));
            }
            (Type::DateTime, TextRelation::Ordered(relation)) => {
                let instant = instant(text).ok_or_else(|| misread(attribute, value))?;
                Criterion::Instant(relation, instant, text.clone())
            }
            (Type::Complex, _) => return Err(unfit(attribute, op, "a complex attribute")),
        };
        spelt(attribute, value, tolerances)?;
        Ok(match op.it {
            CompareOp::NotEqual => Self::Fails(criterion),
            _ => Self::Holds(criterion),
        })
    }

    /// Whether one value, or its absence, passes.
    pub(super) fn passes(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Present => value.is_some_and(is_present),
            Self::Holds(criterion) => value.is_some_and(|value| criterion.holds(value)),
            Self::Fails(criterion) => !value.is_some_and(|value| criterion.holds(value)),
        }
    }

    /// What it takes to hold it against a value, in bytes of ASCII compared: some nanoseconds each.
    pub(super) fn cost(&self, value: Option<&Value>) -> u64 {
        let text = match (self, value) {
            (
                Self::Holds(Criterion::Text(_, operand)) | Self::Fails(Criterion::Text(_, operand)),
                Some(Value::String(text)),
            ) => operand.cost(text),
            _ => 0,
        };
        COMPARISON + text
    }

    /// The operand, if the test is `eq` on text.
    pub(super) fn equal_text(&self) -> Option<&str> {
        match self {
            Self::Holds(Criterion::Text(TextRelation::Ordered(Relation::Equal), text)) => {
                Some(&text.text)
            }
            _ => None,
        }
    }

    /// The value that an `eq` describes.
    pub(super) fn equal_value(&self) -> Option<Value> {
        match self {
            Self::Holds(Criterion::Boolean(value)) => Some(Value::Bool(*value)),
            Self::Holds(Criterion::Number(Relation::Equal, value)) => {
                Some(Value::Number(value.clone()))
            }
            Self::Holds(Criterion::Instant(Relation::Equal, _, text)) => {
                Some(Value::String(text.clone()))
            }
            _ => self.equal_text().map(Value::from),
        }
    }
}

impl Criterion {
    /// A value of another shape than the attribute's type satisfies nothing.
    fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(relation, operand), Value::String(text)) => operand.holds(*relation, text),
            (Self::Boolean(operand), Value::Bool(value)) => operand == value,
            (Self::Number(relation, operand), Value::Number(value)) => {
                relation.holds(numbers(value, operand))
            }
            (Self::Instant(relation, operand, _), Value::String(text)) => {
                instant(text).is_some_and(|value| relation.holds(value.cmp(operand)))
            }
            _ => false,
        }
    }
}

impl Text {
    fn new(text: &str, attribute: &Attribute) -> Self {
        let exact = attribute.case_exact || attribute.kind == Type::Binary;
        Self {
            text: text.to_owned(),
            folded: (!exact).then(|| fold(text)),
        }
    }

    fn cost(&self, value: &str) -> u64 {
        let bytes = value.len() as u64;
        match self.folded.is_some() && !value.is_ascii() {
            true => bytes.saturating_mul(FOLDING),
            false => bytes,
        }
    }

    fn holds(&self, relation: TextRelation, value: &str) -> bool {
        let (value, operand) = match &self.folded {
            None => (Cow::Borrowed(value), &self.text),
            Some(folded) => (folding(value), folded),
        };
        match relation {
            TextRelation::Ordered(relation) => relation.holds(value.as_ref().cmp(operand)),
            TextRelation::Contains => value.contains(operand),
            TextRelation::StartsWith => value.starts_with(operand),
            TextRelation::EndsWith => value.ends_with(operand),
        }
    }
}

/// [`fold`] without a copy where it changes nothing.
fn folding(text: &str) -> Cow<'_, str> {
    match text
        .bytes()
        .any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii())
    {
        true => Cow::Owned(fold(text)),
        false => Cow::Borrowed(text),
    }
}

impl TextRelation {
    /// `ne` is the opposite of what it gives.
    fn of(op: CompareOp) -> Self {
        match op {
            CompareOp::Equal | CompareOp::NotEqual => Self::Ordered(Relation::Equal),
            CompareOp::Greater => Self::Ordered(Relation::Greater),
            CompareOp::GreaterOrEqual => Self::Ordered(Relation::GreaterOrEqual),
            CompareOp::Less => Self::Ordered(Relation::Less),
            CompareOp::LessOrEqual => Self::Ordered(Relation::LessOrEqual),
            CompareOp::Contains => Self::Contains,
            CompareOp::StartsWith => Self::StartsWith,
            CompareOp::EndsWith => Self::EndsWith,
        }
    }
}

impl Relation {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

/// "A non-empty or non-null value, or … a non-empty node" (RFC 7644 table 3).
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(is_present),
        Value::Object(values) => values.values().any(is_present),
    }
}

/// Whether the literal is written as the grammar wants it for the type: text in
/// quotes, booleans and numbers as JSON has them (RFC 7644 figure 1).
fn spelt(attribute: &Attribute, value: &At<Literal>, tolerances: Tolerances) -> Result<()> {
    let is_literal = matches!(
        attribute.kind,
        Type::Boolean | Type::Integer | Type::Decimal
    );
    let (text, needed, remedy) = match &value.it {
        Literal::Quoted(text) if is_literal => (
            text,
            Tolerance::QuotedFilterLiterals,
            "stands without quotes",
        ),
        Literal::Bare(text)
            if attribute.kind == Type::Boolean && text.contains(|c: char| c.is_uppercase()) =>
        {
            (
                text,
                Tolerance::QuotedFilterLiterals,
                "is written in lower case",
            )
        }
        Literal::Bare(text) if !is_literal => (
            text,
            Tolerance::UnquotedFilterValues,
            "is put in double quotes",
        ),
        _ => return Ok(()),
    };
    tolerances.require(needed, ErrorKind::InvalidFilter, || {
        format!(
            "`{}` {remedy}, at position {}",
            shortened(text),
            value.position
        )
    })
}

fn boolean(text: &str) -> Option<bool> {
    [true, false]
        .into_iter()
        .find(|value| text.eq_ignore_ascii_case(&value.to_string()))
}

fn unfit(attribute: &Attribute, op: &At<CompareOp>, what: &str) -> Error {
    let (op, position) = (op.it.keyword(), op.position);
    let detail = format!(
        "the operator `{op}` cannot compare `{}` with {what}",
        attribute.name
    );
    refused(position, &detail)
}

fn misread(attribute: &Attribute, value: &At<Literal>) -> Error {
    let text = match &value.it {
        Literal::Null => "null",
        Literal::Quoted(text) | Literal::Bare(text) => text,
    };
    let wanted = match attribute.kind {
        Type::Boolean => "`true` or `false`",
        Type::DateTime => "a date and time such as `2011-05-13T04:42:34Z`",
        _ => "a number",
    };
    let detail = format!(
        "`{}` is compared with {wanted}, not `{}`",
        attribute.name,
        shortened(text)
    );
    refused(value.position, &detail)
}
