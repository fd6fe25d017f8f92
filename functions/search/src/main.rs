//! The Lambda function; its glue follows.
fn main() {}
