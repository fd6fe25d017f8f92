//! A deployment on AWS as the operator's own credentials see it: the stack's
//! outputs, signed requests, the secret with the peppers. No command line is
//! read here, and what a realm or a key is stays with the admin API.

mod chain;
mod outputs;
mod refusal;
mod secret;
mod sign;

pub(crate) use chain::Chain;
pub(crate) use outputs::Outputs;
pub(crate) use secret::{Held, Secret};
pub(crate) use sign::Signer;
