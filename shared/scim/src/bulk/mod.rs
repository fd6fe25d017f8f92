//! The bulk messages (RFC 7644 section 3.7): what is asked for, which operations
//! need what others create, and what is answered.
//!
//! In which order operations are done, and how, is not known here.

mod reference;
mod request;
mod response;

pub use reference::{defer, each_string, of_path, path_to, references, resolve};
pub use request::{BulkId, BulkMethod, BulkOperation, BulkRequest, Refused};
pub use response::{BulkResponse, BulkResult};
