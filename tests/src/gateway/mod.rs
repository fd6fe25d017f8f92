//! A deployment without AWS: the real binaries of the functions, run as Lambda
//! runs them, behind what stands in for the services around them.
//!
//! - [`template`] reads `infra/template.yaml`, of which everything else is made:
//!   the functions, their routes, their policies.
//! - [`binaries`] builds the functions; [`function`] runs them, an instance an
//!   event, over the Runtime API of [`instance`]; [`log`] keeps what they print.
//! - [`http_api`] is the HTTP API: [`routing`] finds the function, [`iam`]
//!   authorises, [`event`] makes the version 2 event and reads the answer.
//! - [`table`] is DynamoDB over HTTP, [`secret`] is Secrets Manager; both ask
//!   [`policy`] whether the caller may, and tell [`usage`] what it did.
//! - [`stream`] is the table's stream as far as it reaches the worker.
//! - [`deployment`] puts them together.
//!
//! No expectation about the product lives here.

pub mod binaries;
pub mod deployment;
pub mod event;
pub mod function;
pub mod http_api;
pub mod iam;
pub mod instance;
pub mod intrinsic;
pub mod log;
pub mod policy;
pub mod routing;
pub mod secret;
pub mod stream;
pub mod table;
pub mod template;
pub mod usage;

pub use deployment::{Deployment, Plan};
pub use template::Template;

/// The region everything is in.
pub const REGION: &str = "eu-central-1";
/// The account everything belongs to.
pub const ACCOUNT: &str = "123456789012";
