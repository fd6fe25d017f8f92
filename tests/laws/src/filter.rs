//! Filters: what is read is written and read again as the same, means the same
//! then, and is within the limits; what is refused is refused at a place of the text.

use crate::position;
use crate::samples::{lenient, types, views};
use scim::filter::{Filter, Literal, ResolvedFilter};
use scim::{ErrorKind, ResourceType};
use serde_json::{Map, Value};

/// Of a parameter and of a body: bytes, comparisons and groups.
const SHORT: (usize, usize) = (4 * 1024, 64);
const LONG: (usize, usize) = (64 * 1024, 1024);
/// How deep brackets may nest.
const DEPTH: usize = 20;

pub(crate) fn law(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let short = text.parse::<Filter>();
    let long = Filter::parse_long(&text);
    if let Ok(short) = &short {
        within(&text, short, SHORT);
        assert_eq!(Some(short), long.as_ref().ok(), "{text:?}");
    }
    for error in [short.as_ref().err(), long.as_ref().err()]
        .into_iter()
        .flatten()
    {
        assert_eq!(error.kind(), ErrorKind::InvalidFilter, "{text:?}: {error}");
        position::inside(error, &text);
    }
    if let Ok(filter) = long {
        within(&text, &filter, LONG);
        let again = read_again(&filter);
        for of in types() {
            means_the_same(&text, &filter, again.as_ref(), of);
        }
    }
}

/// What its text reads as; `None` where escapes make the text longer than it may be.
fn read_again(filter: &Filter) -> Option<Filter> {
    let written = filter.to_string();
    if written.len() > LONG.0 {
        return None;
    }
    let again = Filter::parse_long(&written).unwrap_or_else(|error| panic!("{written}: {error}"));
    assert_eq!(again, *filter, "{written}");
    assert_eq!(again.to_string(), written);
    Some(again)
}

/// That an accepted filter is within the limits, and its brackets close.
pub(crate) fn within(text: &str, filter: &Filter, (bytes, most): (usize, usize)) {
    assert!(text.len() <= bytes, "{} bytes: {filter}", text.len());
    assert!(nodes(filter) <= most, "{} nodes: {filter}", nodes(filter));
    nested(text);
}

/// That brackets outside of strings pair, and do not nest too deep.
pub(crate) fn nested(text: &str) {
    let mut open = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' => assert_eq!(open.pop(), Some(c), "{text:?}"),
            '"' => loop {
                match rest.next() {
                    Some('\\') => drop(rest.next()),
                    Some('"') => break,
                    Some(_) => {}
                    None => panic!("a string without an end is accepted: {text:?}"),
                }
            },
            _ => {}
        }
        assert!(open.len() <= DEPTH, "{} deep: {text:?}", open.len());
    }
    assert!(open.is_empty(), "{text:?}");
}

fn nodes(filter: &Filter) -> usize {
    match filter {
        Filter::Present(_) | Filter::Compare(..) => 1,
        Filter::Where(_, inner) | Filter::Not(inner) => 1 + nodes(inner),
        Filter::WhereSub(_, inner, sub) => 1 + nodes(inner) + nodes(sub),
        Filter::And(all) | Filter::Or(all) => all.iter().map(nodes).sum(),
    }
}

fn means_the_same(text: &str, filter: &Filter, again: Option<&Filter>, of: &ResourceType) {
    let resolved = match filter.resolve(of) {
        Ok(resolved) => resolved,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidFilter, "{text:?}: {error}");
            assert!(
                position::named(error.detail()).is_some(),
                "{text:?}: {error}"
            );
            position::inside(&error, text);
            return;
        }
    };
    // What a strict realm reads, every other reads as the same.
    let others = [
        filter.resolve(&lenient(of)).ok(),
        again.map(|again| again.resolve(of).unwrap()),
        filter
            .resolve_among(of, &types().iter().collect::<Vec<_>>())
            .ok(),
    ];
    let not = Filter::Not(Box::new(filter.clone())).resolve(of).unwrap();
    let required = required(&resolved, of);
    for view in views() {
        let matches = resolved.matches(view);
        assert_eq!(not.matches(view), !matches, "not {text:?}: {view:?}");
        for other in others.iter().flatten() {
            assert_eq!(other.matches(view), matches, "{text:?}: {view:?}");
        }
        assert!(!(matches && resolved.is_unmatchable()), "{text:?}");
        if matches {
            holds_all(text, &required, view);
        }
    }
    assert!(
        others[0].is_some(),
        "{text:?} is read by a strict realm only"
    );
    assert!(
        others[2].is_some(),
        "{text:?} is no filter among other types"
    );
    resolved.references();
    resolved.elements("members");
}

/// The comparisons without which nothing matches, as filters of their own.
fn required(filter: &ResolvedFilter, of: &ResourceType) -> Vec<ResolvedFilter> {
    let equalities = filter.equalities().into_iter();
    let texts = equalities.map(|(attr, text)| {
        let literal = Literal::Quoted(text.to_owned());
        let text = format!("{attr} eq {literal}");
        let filter = Filter::parse_long(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let filter = filter.resolve(&lenient(of));
        filter.unwrap_or_else(|error| panic!("{text}: {error}"))
    });
    texts.collect()
}

fn holds_all(text: &str, required: &[ResolvedFilter], view: &Map<String, Value>) {
    for one in required {
        assert!(
            one.matches(view),
            "{text:?} matches without {one:?}: {view:?}"
        );
    }
}
