//! Attribute paths and PATCH paths (RFC 7644 figures 1 and 7): syntax only.

use crate::error::{Error, ErrorKind, Result};
use crate::filter::scan::shortened;
use crate::filter::{Filter, Limits, Parser};
use std::fmt;
use std::str::FromStr;

/// `attrPath` of RFC 7644 figure 1: `[URI ":"] ATTRNAME *1subAttr`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// Everything before the last colon, as spelt.
    pub urn: Option<String>,
    /// The attribute's name, as spelt.
    pub name: String,
    /// The sub-attribute's name, as spelt.
    pub sub: Option<String>,
}

/// `PATH` of RFC 7644 figure 7: `attrPath / valuePath [subAttr]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The attribute; its `sub` is the path's, also behind a filter.
    pub attr: AttrPath,
    /// The filter in brackets.
    pub filter: Option<Filter>,
}

impl FromStr for AttrPath {
    type Err = Error;

    /// Parses `userName`, `name.givenName`, `urn:…:User:manager.value`, the same
    /// with a dot behind the URN, or a URN alone, whose last segment then stands in `name`.
    ///
    /// # Errors
    /// `InvalidPath`, with the position of the character that is wrong.
    fn from_str(text: &str) -> Result<Self> {
        let mut parser = Parser::new(text, ErrorKind::InvalidPath, Limits::SHORT)?;
        let path = parser.attr_path()?;
        parser.scanner.end()?;
        Ok(path.it)
    }
}

impl FromStr for Path {
    type Err = Error;

    /// Parses the `path` of a PATCH operation; the limits are those of a short filter.
    ///
    /// Text behind the closing bracket is a sub-attribute or an error, never dropped.
    ///
    /// # Errors
    /// `InvalidPath`, with the position of the character that is wrong, also
    /// when that is inside the brackets.
    fn from_str(text: &str) -> Result<Self> {
        let mut parser = Parser::new(text, ErrorKind::InvalidPath, Limits::SHORT)?;
        let attr = parser.attr_path()?;
        let filter = parser.brackets()?;
        let mut path = Self {
            attr: attr.it,
            filter,
        };
        if path.filter.is_some() {
            if path.attr.sub.is_some() {
                return Err(parser.bracketed_sub(&path.attr, attr.position));
            }
            if parser.scanner.eat('.').is_some() {
                path.attr.sub = Some(parser.sub_name()?.it);
            }
        }
        parser.scanner.end()?;
        Ok(path)
    }
}

impl AttrPath {
    /// As an error may repeat it.
    pub(crate) fn excerpt(&self) -> String {
        shortened(&self.to_string())
    }

    /// Whether it is this one word, whatever its case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.urn.is_none() && self.sub.is_none() && self.name.eq_ignore_ascii_case(word)
    }

    /// Reads one word without blanks, quotes and brackets; else says what is wrong with it.
    pub(crate) fn read(word: &str) -> Result<Self, String> {
        let (urn, names) = match word.rsplit_once(':') {
            Some((urn, names)) => behind_dotted_urn(word, names).unwrap_or((Some(urn), names)),
            None => (None, word),
        };
        let (name, sub) = match names.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (names, None),
        };
        let wrong = |what: &str, part: &str| format!("`{}` is not {what}", shortened(part));
        if let Some(urn) = urn.filter(|urn| !is_uri(urn)) {
            return Err(wrong("a schema URI", urn));
        }
        if !is_name(name) || !sub.is_none_or(is_name) {
            return Err(wrong("an attribute path", word));
        }
        let owned = str::to_owned;
        Ok(Self {
            urn: urn.map(owned),
            name: owned(name),
            sub: sub.map(owned),
        })
    }
}

/// URN and names of `urn:…:User.manager.value`, as old Entra jobs join them by a
/// dot (fixture 069): of three names behind a colon the first can only end the URN.
fn behind_dotted_urn<'a>(word: &'a str, names: &'a str) -> Option<(Option<&'a str>, &'a str)> {
    let (end, rest) = names.split_once('.')?;
    let urn = word.strip_suffix(rest)?.strip_suffix('.')?;
    (is_name(end) && rest.contains('.')).then_some((Some(urn), rest))
}

/// `ATTRNAME`, with the `$` of `$ref` that RFC 7643 section 2.1 adds.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
}

/// Whether the text has a URI's scheme and characters (RFC 3986 section 3); fewer
/// than those with brackets and quotes, which end a word before it comes here.
fn is_uri(text: &str) -> bool {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(is_scheme)
            && !rest.is_empty()
            && rest
                .chars()
                .all(|c| c.is_ascii_graphic() && !"<>\\^`{|}".contains(c))
    })
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(filter) = &self.filter else {
            return self.attr.fmt(f);
        };
        if let Some(urn) = &self.attr.urn {
            write!(f, "{urn}:")?;
        }
        write!(f, "{}[{filter}]", self.attr.name)?;
        match &self.attr.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}
