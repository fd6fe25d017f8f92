//! What can befall a call of the table, and for how long.

use muster::embedded::Fault;
use std::time::Duration;

/// Longer than any run: who waits so long hears nothing.
const FOREVER: Duration = Duration::from_secs(86_400);

/// What befalls one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blow {
    /// Nothing is executed: `InternalServerError`.
    Error,
    /// Nothing is executed: `ProvisionedThroughputExceededException`.
    Throttle,
    /// Nothing is executed: `ThrottlingException`.
    Throttling,
    /// Another transaction is under way on an item.
    Conflict,
    /// The transaction of this token is under way.
    InProgress,
    /// It is executed, and the connection breaks before the answer.
    LostAnswer,
    /// It is not executed, and nothing is heard of it.
    Silence,
    /// It is executed, and nothing is heard of it.
    LateAnswer,
    /// The process ends before it.
    Death,
    /// The process ends after it, without having heard of it.
    LastWords,
}

impl Blow {
    /// All that an operation can come through unharmed when it happens once.
    pub const PASSING: [Self; 8] = [
        Self::Error,
        Self::LostAnswer,
        Self::Conflict,
        Self::Throttle,
        Self::Throttling,
        Self::InProgress,
        Self::Silence,
        Self::LateAnswer,
    ];

    /// How a process ends.
    pub const DEATHS: [Self; 2] = [Self::Death, Self::LastWords];

    /// Whether it can befall such a call.
    pub fn befalls(self, operation: &str) -> bool {
        match self {
            Self::Conflict => matches!(
                operation,
                "TransactWriteItems" | "TransactGetItems" | "PutItem" | "UpdateItem" | "DeleteItem"
            ),
            Self::InProgress => operation == "TransactWriteItems",
            _ => true,
        }
    }

    /// Whether the call takes effect.
    pub fn takes_effect(self) -> bool {
        matches!(self, Self::LostAnswer | Self::LateAnswer | Self::LastWords)
    }

    pub(super) fn is_death(self) -> bool {
        Self::DEATHS.contains(&self)
    }

    pub(super) fn fault(self) -> Fault {
        match self {
            Self::Error => Fault::ErrorBefore("InternalServerError"),
            Self::Throttle => Fault::ErrorBefore("ProvisionedThroughputExceededException"),
            Self::Throttling => Fault::ErrorBefore("ThrottlingException"),
            Self::InProgress => Fault::ErrorBefore("TransactionInProgressException"),
            Self::Conflict => Fault::Conflict,
            Self::LostAnswer => Fault::LostAnswer,
            Self::LateAnswer | Self::LastWords => Fault::LateAnswer(FOREVER),
            Self::Silence | Self::Death => Fault::Latency(FOREVER),
        }
    }
}

/// Which calls of an operation are struck; the first is 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strike {
    /// None.
    Nothing,
    /// These.
    At(Vec<(usize, Blow)>),
    /// This one and all that follow.
    From(usize, Blow),
}

impl Strike {
    /// At one call, or, for a process that ends, from it on.
    pub fn once(at: usize, blow: Blow) -> Self {
        if blow.is_death() {
            Self::From(at, blow)
        } else {
            Self::At(vec![(at, blow)])
        }
    }

    /// Whether what is struck ends with the process.
    pub fn is_death(&self) -> bool {
        matches!(self, Self::From(_, blow) if blow.is_death())
    }
}
