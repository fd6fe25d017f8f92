//! What is read is what it was before.

use scim::Result;
use std::fmt::{Debug, Display};

/// # Panics
/// When `read` is an error or another value, with what was `sent`.
#[track_caller]
pub(crate) fn same<T: Debug + PartialEq>(read: Result<T>, expected: &T, sent: impl Display) {
    match read {
        Ok(read) => assert_eq!(read, *expected, "{sent}"),
        Err(error) => panic!("{sent} is refused, once it is written: {error}"),
    }
}
