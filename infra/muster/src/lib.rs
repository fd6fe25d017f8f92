//! The operator's side of Muster.
//!
//! [`serve`] runs every route in one process, by default over [`embedded`],
//! which is DynamoDB in this process behind the ordinary AWS SDK client.
//! [`client`] speaks the admin API of any deployment, `stack` finds one on AWS
//! and signs; [`cli`] is the tool `muster` made of these. No protocol and no storage layout live here: those
//! belong to `service` and `store`.

pub mod cli;
pub mod client;
pub mod doctor;
pub mod embedded;
pub mod serve;

mod beside;
mod failure;
mod stack;
mod tls;

pub use failure::Failure;
