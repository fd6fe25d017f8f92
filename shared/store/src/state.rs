//! How far a member has come, beside what its client says of it.
//!
//! No client of SCIM sees a state: it is the administration's own word, and to
//! set it moves neither a document nor its version.

use crate::kind::Kind;
use crate::record::Record;
use serde_json::Value;
use std::str::FromStr;

/// How far a member has come, as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemberState {
    /// A client has made it, and nothing is waited for.
    #[default]
    Provisioned,
    /// It was asked to come.
    Invited,
    /// It has said yes.
    Accepted,
    /// An administrator has let it in.
    Confirmed,
}

/// How far a member has come, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As far as its state says.
    Stored(MemberState),
    /// Its client has set `active` to false; when it is true again, the state counts that was stored before.
    Deactivated,
}

/// Every step that an administrator may take with a user. A confirmation always
/// follows an acceptance: whoever is `confirmed` has said yes since the last invitation.
const STEPS: [(MemberState, MemberState); 5] = [
    (MemberState::Provisioned, MemberState::Invited),
    (MemberState::Invited, MemberState::Accepted),
    (MemberState::Accepted, MemberState::Confirmed),
    // A new invitation.
    (MemberState::Accepted, MemberState::Invited),
    (MemberState::Confirmed, MemberState::Invited),
];

impl MemberState {
    /// All states.
    pub const ALL: [Self; 4] = [
        Self::Provisioned,
        Self::Invited,
        Self::Accepted,
        Self::Confirmed,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioned => "provisioned",
            Self::Invited => "invited",
            Self::Accepted => "accepted",
            Self::Confirmed => "confirmed",
        }
    }

    /// The states that a member of that kind may be moved to from this one.
    /// Nobody invites a group: it is provisioned and stays so.
    pub fn next(self, kind: Kind) -> impl Iterator<Item = Self> {
        let steps = STEPS.into_iter().filter(move |(from, _)| *from == self);
        steps.filter(move |_| kind == Kind::User).map(|(_, to)| to)
    }
}

/// The word is no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAState;

impl FromStr for MemberState {
    type Err = NotAState;

    fn from_str(word: &str) -> Result<Self, NotAState> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == word).ok_or(NotAState)
    }
}

impl Standing {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored(state) => state.as_str(),
            Self::Deactivated => "deactivated",
        }
    }
}

impl FromStr for Standing {
    type Err = NotAState;

    fn from_str(word: &str) -> Result<Self, NotAState> {
        match word {
            "deactivated" => Ok(Self::Deactivated),
            word => word.parse().map(Self::Stored),
        }
    }
}

impl Record {
    /// How far the member has come, as it is shown.
    pub fn standing(&self) -> Standing {
        match self.attributes.as_map().get("active") {
            Some(Value::Bool(false)) => Standing::Deactivated,
            _ => Standing::Stored(self.state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MemberState, Standing};
    use crate::kind::Kind;

    #[track_caller]
    fn check(from: &str, expected: &[&str]) {
        let from: Option<MemberState> = from.parse().ok();
        let next = |kind| {
            let next = from.into_iter().flat_map(|state| state.next(kind));
            next.map(MemberState::as_str).collect::<Vec<_>>()
        };
        assert_eq!(next(Kind::User), expected);
        assert!(next(Kind::Group).is_empty());
    }

    #[test]
    fn steps() {
        check("provisioned", &["invited"]);
        check("invited", &["accepted"]);
        check("accepted", &["confirmed", "invited"]);
        check("confirmed", &["invited"]);
        check("deactivated", &[]);
    }

    #[test]
    fn words_are_read_back() {
        for word in [
            "provisioned",
            "invited",
            "accepted",
            "confirmed",
            "deactivated",
        ] {
            let standing = word.parse::<Standing>();
            assert_eq!(standing.map(Standing::as_str), Ok(word));
        }
        for word in ["", "Invited", "active"] {
            assert!(word.parse::<Standing>().is_err(), "{word}");
        }
    }
}
