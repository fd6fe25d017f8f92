//! The names in `attributes` and `excludedAttributes`, as they stand there.

use crate::error::{Error, ErrorKind, Result};

/// How many names `attributes` and `excludedAttributes` may hold, each.
const NAMES: usize = 1_000;

/// The names of a parameter, split at commas outside of brackets, without what is in brackets.
pub(super) fn names(lists: &[String]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for list in lists {
        let mut name = String::new();
        let mut quoted = Side::Outside;
        let mut bracket = Side::Outside;
        for c in list.chars() {
            match (c, bracket, quoted) {
                ('"', Side::Inside, _) => quoted = quoted.other(),
                (_, _, Side::Inside) => {}
                ('[', _, _) => bracket = Side::Inside,
                (']', _, _) => bracket = Side::Outside,
                (_, Side::Inside, _) => {}
                (',', ..) => names.push(std::mem::take(&mut name)),
                (c, ..) => name.push(c),
            }
        }
        names.push(name);
    }
    names
        .iter_mut()
        .for_each(|name| *name = name.trim().to_owned());
    names.retain(|name| !name.is_empty());
    if names.len() > NAMES {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "{} attribute names are given, at most {NAMES} are allowed",
                names.len()
            ),
        ));
    }
    Ok(names)
}

/// Of a bracket or a quote.
#[derive(Clone, Copy)]
enum Side {
    Inside,
    Outside,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Inside => Self::Outside,
            Self::Outside => Self::Inside,
        }
    }
}
