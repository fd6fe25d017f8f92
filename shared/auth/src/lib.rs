//! Who is calling.
//!
//! A request names a realm in its URL ([`RealmName`]) and presents a [`Token`].
//! The store finds the [`RealmRecord`] and the [`KeyRecord`]; [`authenticate`]
//! weighs them under the [`PepperRing`] and makes a [`Caller`],
//! without which no realm's data can be reached. Administration has a proof of
//! its own, the [`Operator`]. What a client keeps for the service is [`Sealed`]
//! under the ring. No IO, clock, randomness or HTTP lives here: time and random
//! bits are passed in.

mod base62;
mod caller;
mod key;
mod mac;
mod malformed;
mod operator;
mod pepper;
mod realm;
mod sealed;
mod token;

pub use caller::{Actor, Caller, Denied, authenticate};
pub use key::{KeyId, KeyRecord, KeyState, Scope, near_end};
pub use mac::KeyMac;
pub use malformed::Malformed;
pub use operator::{AdminDigest, AdminToken, IamPrincipal, Operator};
pub use pepper::{PepperRing, Unretirable};
pub use realm::{RealmName, RealmRecord, RealmState, Salt};
pub use sealed::{Sealed, Unsealed};
pub use token::Token;
