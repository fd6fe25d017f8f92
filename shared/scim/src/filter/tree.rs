//! The Boolean skeleton of a resolved filter, whatever its leaves are.

/// `and`, `or` and `not` over leaves.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree<L> {
    And(Vec<Tree<L>>),
    Or(Vec<Tree<L>>),
    Not(Box<Tree<L>>),
    Leaf(L),
}

impl<L> Tree<L> {
    /// What holds always, or never: nothing that has to hold, or nothing that could.
    pub(super) fn constant(holds: bool) -> Self {
        match holds {
            true => Self::And(Vec::new()),
            false => Self::Or(Vec::new()),
        }
    }

    /// Whether it holds whatever its leaves do; `None` when they decide.
    pub(super) fn always(&self) -> Option<bool> {
        match self {
            Self::And(trees) if trees.is_empty() => Some(true),
            Self::Or(trees) if trees.is_empty() => Some(false),
            _ => None,
        }
    }

    /// The same without the parts that do not decide.
    pub(super) fn simplified(self) -> Self {
        match self {
            Self::And(trees) => Self::joined(trees, true, Self::And),
            Self::Or(trees) => Self::joined(trees, false, Self::Or),
            Self::Not(tree) => {
                let tree = tree.simplified();
                match tree.always() {
                    Some(holds) => Self::constant(!holds),
                    None => Self::Not(Box::new(tree)),
                }
            }
            Self::Leaf(it) => Self::Leaf(it),
        }
    }

    /// What is joined by a word for which `neutral` does not count.
    fn joined(trees: Vec<Self>, neutral: bool, word: fn(Vec<Self>) -> Self) -> Self {
        let mut deciding = Vec::with_capacity(trees.len());
        for tree in trees.into_iter().map(Self::simplified) {
            match tree.always() {
                Some(holds) if holds == neutral => {}
                Some(holds) => return Self::constant(holds),
                None => deciding.push(tree),
            }
        }
        match deciding.pop() {
            Some(only) if deciding.is_empty() => only,
            Some(last) => {
                deciding.push(last);
                word(deciding)
            }
            None => word(deciding),
        }
    }

    /// Whether the whole holds, given which leaves do.
    pub(super) fn holds(&self, leaf: &impl Fn(&L) -> bool) -> bool {
        match self {
            Self::And(trees) => trees.iter().all(|tree| tree.holds(leaf)),
            Self::Or(trees) => trees.iter().any(|tree| tree.holds(leaf)),
            Self::Not(tree) => !tree.holds(leaf),
            Self::Leaf(it) => leaf(it),
        }
    }

    /// Every leaf, from left to right.
    pub(super) fn leaves(&self) -> Vec<&L> {
        match self {
            Self::And(trees) | Self::Or(trees) => trees.iter().flat_map(Self::leaves).collect(),
            Self::Not(tree) => tree.leaves(),
            Self::Leaf(it) => vec![it],
        }
    }

    /// The leaves that must all hold for the whole to hold; there may be more conditions.
    pub(super) fn required(&self) -> Vec<&L> {
        match self {
            Self::And(trees) => trees.iter().flat_map(Self::required).collect(),
            Self::Leaf(it) => vec![it],
            Self::Or(_) | Self::Not(_) => Vec::new(),
        }
    }

    /// The leaves, if the whole is nothing but their conjunction.
    pub(super) fn conjunction(&self) -> Option<Vec<&L>> {
        match self {
            Self::And(trees) => concat(trees, Self::conjunction),
            Self::Leaf(it) => Some(vec![it]),
            Self::Or(_) | Self::Not(_) => None,
        }
    }

    /// The leaves, if the whole is nothing but their disjunction.
    pub(super) fn disjunction(&self) -> Option<Vec<&L>> {
        match self {
            Self::Or(trees) => concat(trees, Self::disjunction),
            Self::Leaf(it) => Some(vec![it]),
            Self::And(_) | Self::Not(_) => None,
        }
    }
}

fn concat<'a, L>(
    trees: &'a [Tree<L>],
    part: impl Fn(&'a Tree<L>) -> Option<Vec<&'a L>>,
) -> Option<Vec<&'a L>> {
    let parts: Option<Vec<Vec<&L>>> = trees.iter().map(part).collect();
    Some(parts?.concat())
}
