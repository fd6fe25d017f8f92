//! Text into [`Filter`]: the grammar of RFC 7644 figure 1, with its limits.
//!
//! Every limit holds while parsing, so that no text, however nested, costs more
//! stack than [`DEPTH`] levels.

use crate::error::{ErrorKind, Result};
use crate::filter::ast::{At, CompareOp, Filter, Literal};
use crate::filter::scan::{Scanner, shortened};
use crate::path::AttrPath;
use std::str::FromStr;

/// How deep parentheses and brackets may nest.
const DEPTH: usize = 20;

/// How large a text may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// UTF-8 bytes.
    bytes: usize,
    /// Comparisons, groups, brackets and negations.
    nodes: usize,
}

impl Limits {
    /// Of a query parameter or a PATCH path.
    pub(crate) const SHORT: Self = Self {
        bytes: 4 * 1024,
        nodes: 64,
    };
    /// Of a body posted to `/.search`.
    const LONG: Self = Self {
        bytes: 64 * 1024,
        nodes: 1024,
    };
}

impl FromStr for Filter {
    type Err = crate::Error;

    /// Parses a `filter` parameter: at most 4 KiB, 64 comparisons and groups, nested at most 20 deep.
    ///
    /// # Errors
    /// `InvalidFilter`, with the position of the character that is wrong.
    fn from_str(text: &str) -> Result<Self> {
        parse(text, Limits::SHORT)
    }
}

impl Filter {
    /// Parses the filter of a `/.search` body: at most 64 KiB and 1,024 comparisons and groups.
    ///
    /// # Errors
    /// As [`Filter::from_str`].
    pub fn parse_long(text: &str) -> Result<Self> {
        parse(text, Limits::LONG)
    }
}

fn parse(text: &str, limits: Limits) -> Result<Filter> {
    let mut parser = Parser::new(text, ErrorKind::InvalidFilter, limits)?;
    let filter = parser.filter()?;
    parser.scanner.blanks();
    match parser.scanner.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.scanner.unexpected("`and`, `or` or the end")),
    }
}

/// A parser of filters, and of the filter inside a path.
#[derive(Debug)]
pub(crate) struct Parser<'a> {
    /// Where it stands.
    pub(crate) scanner: Scanner<'a>,
    limits: Limits,
    depth: usize,
    nodes: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, kind: ErrorKind, limits: Limits) -> Result<Self> {
        let scanner = Scanner::new(text, kind);
        if text.len() > limits.bytes {
            return Err(crate::Error::new(
                kind,
                format!(
                    "the text has {} bytes, at most {} are read",
                    text.len(),
                    limits.bytes
                ),
            ));
        }
        Ok(Self {
            scanner,
            limits,
            depth: 0,
            nodes: 0,
        })
    }

    /// `[filter]`, if a bracket is next.
    pub(crate) fn brackets(&mut self) -> Result<Option<Filter>> {
        match self.scanner.eat('[') {
            Some(_) => self.nested(']').map(Some),
            None => Ok(None),
        }
    }

    /// `and` binds closer than `or`.
    fn filter(&mut self) -> Result<Filter> {
        self.chain("or", Self::conjunction, Filter::Or)
    }

    fn conjunction(&mut self) -> Result<Filter> {
        self.chain("and", Self::operand, Filter::And)
    }

    fn chain(
        &mut self,
        keyword: &str,
        operand: fn(&mut Self) -> Result<Filter>,
        join: fn(Vec<Filter>) -> Filter,
    ) -> Result<Filter> {
        let first = operand(self)?;
        if !self.keyword(keyword) {
            return Ok(first);
        }
        let mut filters = vec![first, operand(self)?];
        while self.keyword(keyword) {
            filters.push(operand(self)?);
        }
        Ok(join(filters))
    }

    /// Takes `keyword` if it is the next word.
    fn keyword(&mut self, keyword: &str) -> bool {
        let mut ahead = self.scanner;
        ahead.blanks();
        let found = ahead.word().it.eq_ignore_ascii_case(keyword);
        if found {
            self.scanner = ahead;
        }
        found
    }

    fn operand(&mut self) -> Result<Filter> {
        self.scanner.blanks();
        self.count()?;
        if self.scanner.eat('(').is_some() {
            return self.nested(')');
        }
        if self.negation() {
            return Ok(Filter::Not(Box::new(self.nested(')')?)));
        }
        let attr = self.attr_path()?;
        let Some(filter) = self.brackets()? else {
            return self.expression(attr);
        };
        if attr.it.sub.is_some() {
            return Err(self.bracketed_sub(&attr.it, attr.position));
        }
        if self.scanner.eat('.').is_none() {
            return Ok(Filter::Where(attr, Box::new(filter)));
        }
        // `emails[type eq "work"].value eq "x"` (fixture 008) is not in the
        // grammar; it can only mean one value that satisfies both.
        self.count()?;
        let sub = self.sub_name()?.map(|name| AttrPath {
            urn: None,
            name,
            sub: None,
        });
        let sub = self.expression(sub)?;
        Ok(Filter::WhereSub(attr, Box::new(filter), Box::new(sub)))
    }

    /// Takes `not (`. An attribute may be called `not`, so the parenthesis decides.
    fn negation(&mut self) -> bool {
        let mut ahead = self.scanner;
        let not = ahead.word().it.eq_ignore_ascii_case("not");
        ahead.blanks();
        let found = not && ahead.eat('(').is_some();
        if found {
            self.scanner = ahead;
        }
        found
    }

    /// The filter up to `close`, after its opening bracket.
    fn nested(&mut self, close: char) -> Result<Filter> {
        if self.depth == DEPTH {
            let detail = format!("brackets and parentheses nest more than {DEPTH} deep");
            return Err(self.scanner.error(self.scanner.position(), detail));
        }
        self.depth += 1;
        let filter = self.filter()?;
        self.depth -= 1;
        self.scanner.blanks();
        match self.scanner.eat(close) {
            Some(_) => Ok(filter),
            None => Err(self
                .scanner
                .unexpected(&format!("`and`, `or` or `{close}`"))),
        }
    }

    /// What follows an attribute: `pr`, or an operator and a value.
    fn expression(&mut self, attr: At<AttrPath>) -> Result<Filter> {
        let wanted = "an operator such as `eq`";
        if self.scanner.blanks() == 0 {
            return Err(self.scanner.unexpected(wanted));
        }
        let ahead = self.scanner;
        let word = self.scanner.word();
        if word.it.is_empty() {
            return Err(ahead.unexpected(wanted));
        }
        if word.it.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(attr));
        }
        let Some(op) = CompareOp::named(word.it) else {
            if attr.it.is_word("not") {
                let detail = "`not` needs parentheses: `not (…)`";
                return Err(self.scanner.error(attr.position, detail));
            }
            let detail = format!("the operator `{}` is not supported", shortened(word.it));
            return Err(self.scanner.error(word.position, detail));
        };
        if self.scanner.blanks() == 0 {
            return Err(self.scanner.unexpected("a value"));
        }
        Ok(Filter::Compare(
            attr,
            At {
                it: op,
                position: word.position,
            },
            self.literal()?,
        ))
    }

    fn literal(&mut self) -> Result<At<Literal>> {
        let position = self.scanner.position();
        if self.scanner.peek() == Some('"') {
            return Ok(At {
                it: Literal::Quoted(self.scanner.string()?),
                position,
            });
        }
        let word = self.scanner.word().it;
        if word.is_empty() {
            return Err(self.scanner.unexpected("a value"));
        }
        // Read as text they would match nothing, and nobody would know why.
        if word.starts_with(['\'', '‘', '’', '“', '”']) {
            return Err(self
                .scanner
                .error(position, "put the value in double quotes"));
        }
        self.nothing_left_of_value(position)?;
        let it = match word.eq_ignore_ascii_case("null") {
            true => Literal::Null,
            false => Literal::Bare(word.to_owned()),
        };
        Ok(At { it, position })
    }

    /// Refuses `John Smith`: half a value must not be compared.
    fn nothing_left_of_value(&self, position: usize) -> Result<()> {
        let mut ahead = self.scanner;
        ahead.blanks();
        let ends = matches!(ahead.peek(), None | Some(')' | ']'));
        let word = ahead.word().it;
        if ends || word.eq_ignore_ascii_case("and") || word.eq_ignore_ascii_case("or") {
            return Ok(());
        }
        let detail = "the value goes on after its first word: put the whole value in double quotes";
        Err(self.scanner.error(position, detail))
    }

    /// `attrPath`.
    pub(crate) fn attr_path(&mut self) -> Result<At<AttrPath>> {
        let word = self.scanner.word();
        if word.it.is_empty() {
            return Err(self.scanner.unexpected("an attribute name"));
        }
        let read = AttrPath::read(word.it);
        let it = read.map_err(|detail| self.scanner.error(word.position, detail))?;
        Ok(At {
            it,
            position: word.position,
        })
    }

    /// `ATTRNAME` behind `].`
    pub(crate) fn sub_name(&mut self) -> Result<At<String>> {
        let path = self.attr_path()?;
        if path.it.urn.is_some() || path.it.sub.is_some() {
            let detail = format!("`{}` is not the name of a sub-attribute", path.it.excerpt());
            return Err(self.scanner.error(path.position, detail));
        }
        Ok(path.map(|path| path.name))
    }

    /// The error that brackets follow a sub-attribute: they choose among an attribute's values.
    pub(crate) fn bracketed_sub(&self, attr: &AttrPath, position: usize) -> crate::Error {
        let attr = attr.excerpt();
        let detail = format!("`{attr}` names a sub-attribute, which cannot have brackets");
        self.scanner.error(position, detail)
    }

    fn count(&mut self) -> Result<()> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            let most = self.limits.nodes;
            let detail = format!("the filter has more than {most} comparisons and groups");
            return Err(self.scanner.error(self.scanner.position(), detail));
        }
        Ok(())
    }
}
