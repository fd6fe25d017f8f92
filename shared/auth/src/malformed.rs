//! Why a text is none of this crate's values. The text itself is never in the message: it may be a secret.

use thiserror::Error;

/// A text that does not parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Not a [`crate::RealmName`].
    #[error(
        "a realm name is 1 to 63 letters, digits and hyphens, beginning with a letter or digit"
    )]
    RealmName,
    /// Not a [`crate::KeyId`].
    #[error("a key id is 12 letters and digits")]
    KeyId,
    /// Not a [`crate::Token`].
    #[error("a token is `mst_`, a key id, `_` and a secret with its checksum, copied whole")]
    Token,
    /// Not a [`crate::AdminToken`].
    #[error("an administration token is `msta_` and a secret with its checksum, copied whole")]
    AdminToken,
    /// Not a [`crate::RealmState`].
    #[error("a realm's state is enabled, disabled or deleting")]
    RealmState,
    /// Not a [`crate::Scope`].
    #[error("a scope is `scim` or `scim:read`")]
    Scope,
    /// Not a [`crate::Sealed`].
    #[error("a sealed text is given back as it was received")]
    Sealed,
    /// A pepper ring whose current pepper is missing or one of whose peppers is not 32 or more bytes of base64.
    #[error(
        "a pepper ring names its current pepper, and each pepper is 32 or more bytes in base64"
    )]
    PepperRing,
}
