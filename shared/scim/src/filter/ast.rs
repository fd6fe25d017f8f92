//! The syntax tree of a filter (RFC 7644 figure 1), and its text.
//!
//! Names are as the client spelt them; what they mean is for `resolve`.

use crate::path::AttrPath;
use std::fmt::{self, Write};

/// Something at a place in the filter's text.
///
/// The place is for error messages only: two are equal when what stands there is.
#[derive(Debug, Clone)]
pub struct At<T> {
    /// What stands there.
    pub it: T,
    /// Which character of the text it begins with, the first being 1.
    pub position: usize,
}

impl<T> At<T> {
    /// Something else at the same place.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At {
            it: change(self.it),
            position: self.position,
        }
    }
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.it == other.it
    }
}

/// `compareOp` of RFC 7644 figure 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

impl CompareOp {
    const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The operator's keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    /// The operator of that keyword, whatever its case.
    pub(super) fn named(keyword: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|op| op.keyword().eq_ignore_ascii_case(keyword))
    }
}

/// `compValue` of RFC 7644 figure 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`, whatever its case.
    Null,
    /// A JSON string, decoded.
    Quoted(String),
    /// A word without quotes, as spelt: `true`, `false`, a number, or text that
    /// a client forgot to quote (fixture 007). The attribute's type says which.
    Bare(String),
}

/// A filter's syntax.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `attrPath pr`
    Present(At<AttrPath>),
    /// `attrPath compareOp compValue`
    Compare(At<AttrPath>, At<CompareOp>, At<Literal>),
    /// `attrPath[filter]`: one value of the attribute satisfies all of it.
    Where(At<AttrPath>, Box<Filter>),
    /// `attrPath[filter].sub pr`, or `.sub compareOp compValue`: one value
    /// satisfies both. Beyond the grammar (fixture 008); the last is the
    /// comparison, its path the sub-attribute's name.
    WhereSub(At<AttrPath>, Box<Filter>, Box<Filter>),
    /// Two filters or more, joined by `and`.
    And(Vec<Filter>),
    /// Two filters or more, joined by `or`.
    Or(Vec<Filter>),
    /// `not (filter)`
    Not(Box<Filter>),
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present(attr) => write!(f, "{} pr", attr.it),
            Self::Compare(attr, op, value) => {
                write!(f, "{} {} {}", attr.it, op.it.keyword(), value.it)
            }
            Self::Where(attr, filter) => write!(f, "{}[{filter}]", attr.it),
            Self::WhereSub(attr, filter, sub) => write!(f, "{}[{filter}].{sub}", attr.it),
            Self::And(filters) => joined(f, filters, " and ", |filter| {
                matches!(filter, Self::And(_) | Self::Or(_))
            }),
            Self::Or(filters) => joined(f, filters, " or ", |filter| matches!(filter, Self::Or(_))),
            Self::Not(filter) => write!(f, "not ({filter})"),
        }
    }
}

/// Writes `filters` with `keyword` between them, those that need it in parentheses.
fn joined(
    f: &mut fmt::Formatter<'_>,
    filters: &[Filter],
    keyword: &str,
    grouped: impl Fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            f.write_str(keyword)?;
        }
        if grouped(filter) {
            write!(f, "({filter})")?;
        } else {
            write!(f, "{filter}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bare(text) => f.write_str(text),
            Self::Quoted(text) => {
                f.write_char('"')?;
                for c in text.chars() {
                    match c {
                        '"' | '\\' => write!(f, "\\{c}")?,
                        '\0'..='\x1f' => write!(f, "\\u{:04x}", u32::from(c))?,
                        _ => f.write_char(c)?,
                    }
                }
                f.write_char('"')
            }
        }
    }
}
