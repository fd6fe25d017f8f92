//! What the objects may do, one call after the other: a few lines each, which
//! share nothing with the server.

pub mod document;
pub mod members;
pub mod names;

/// A version as clients see it: where it was seen last, and whether something has
/// changed since. It moves with every change, and with nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    seen: u64,
    moved: bool,
}

impl Version {
    /// Of something new, of which no version was seen.
    pub fn new() -> Self {
        Self {
            seen: 0,
            moved: true,
        }
    }

    /// After a change whose version nobody saw.
    #[must_use]
    pub fn moved(self) -> Self {
        Self {
            moved: true,
            ..self
        }
    }

    /// After it was seen; none, if it cannot be this one.
    pub fn shown(self, version: u64) -> Option<Self> {
        let may_be = if self.moved {
            version > self.seen
        } else {
            version == self.seen
        };
        may_be.then_some(Self {
            seen: version,
            moved: false,
        })
    }

    /// Whether a change on condition of this version is made. Whoever names a
    /// version has seen it.
    pub fn meets(self, condition: Option<u64>) -> bool {
        condition.is_none_or(|version| !self.moved && self.seen == version)
    }

    /// Whether a change on condition of this version may be refused.
    pub fn misses(self, condition: Option<u64>) -> bool {
        condition.is_some() && !self.meets(condition)
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::new()
    }
}
