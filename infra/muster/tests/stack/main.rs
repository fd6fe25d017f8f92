//! `muster --stack`: the binary against imitations of CloudFormation, Secrets
//! Manager and the gateway, which recomputes every signature.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod administration;
mod aws;
mod peppers;
