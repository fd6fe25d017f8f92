//! RFC 7643 and RFC 7644 as values.
//!
//! A client's JSON is read by [`json`], typed by [`accept`] or [`patch`] into
//! [`Attributes`], shown by [`project`]. [`Filter`]s are parsed, resolved
//! against a [`ResourceType`], then matched. How liberally a realm reads its
//! clients is a set of [`Tolerance`]s, named by its [`Profile`]. No IO, clock, randomness, HTTP or
//! tenancy lives here.

pub mod accept;
mod adopt;
mod attributes;
pub mod bulk;
mod carried;
mod error;
pub mod filter;
mod fold;
pub mod json;
pub mod mapper;
pub mod message;
mod order;
pub mod patch;
pub mod path;
mod profile;
pub mod project;
mod resource_type;
pub mod schema;
pub mod sort;
mod tolerance;

pub use attributes::Attributes;
pub use error::{Cause, Error, ErrorKind, Result};
pub use filter::Filter;
pub use fold::fold;
pub use profile::Profile;
pub use resource_type::{AttrRef, Extension, ResourceType, Target};
pub use tolerance::{Tolerance, Tolerances};
