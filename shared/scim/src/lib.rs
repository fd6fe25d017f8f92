//! RFC 7643 and RFC 7644 as values.
//!
//! A client's JSON is read by [`json`], typed by [`accept`] or [`patch`] into
//! [`Attributes`], shown by [`project`]. [`Filter`]s are parsed, resolved
//! against a [`ResourceType`], then matched. No IO, clock, randomness, HTTP or
//! tenancy lives here.

pub mod schema;
mod resource_type;
mod attributes;
mod fold;
mod order;
pub mod sort;
pub mod json;
pub mod accept;
pub mod project;
pub mod path;
pub mod filter;
pub mod patch;
pub mod message;
mod error;

pub use attributes::Attributes;
pub use error::{Error, ErrorKind, Result};
pub use filter::Filter;
pub use fold::fold;
pub use resource_type::{AttrRef, Extension, ResourceType, Target};
