//! Linearizability: many clients at the same few users, names and groups, over a
//! table that fails, is slow and answers conflicts. Each request and answer is
//! recorded, and a checker says whether the history of each object is one that
//! its sequential specification allows ([`checker`]).
//!
//! A history is linearizable when those of its objects are (Herlihy and Wing,
//! 1990), so each is looked at by itself: a user's document, the map of all
//! user names, a group with its members.

pub mod checker;
pub mod client;
pub mod faults;
pub mod project;
pub mod record;
pub mod round;
pub mod spec;
