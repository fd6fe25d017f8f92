//! Filters (RFC 7644 section 3.4.2.2).
//!
//! [`Filter`] is the syntax a client sent; it is resolved against a
//! [`crate::ResourceType`] into a [`ResolvedFilter`], or against one attribute
//! into an [`ElementFilter`] (the brackets of a PATCH path). What can be wrong
//! with a filter is wrong by then: matching cannot fail.

mod ast;
mod eval;
mod parse;
mod resolve;
pub(crate) mod scan;
mod test;
mod tree;

pub use ast::{At, CompareOp, Filter, Literal};
pub use eval::{ElementFilter, ResolvedFilter};

pub(crate) use eval::value_of;
pub(crate) use parse::{Limits, Parser};
