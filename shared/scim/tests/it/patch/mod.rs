//! PATCH by example: each line is a resource, a request, and what it must become.

mod bounds;
mod check;
mod clearing;
mod extensions;
mod fixtures;
mod lists;
mod members;
mod message;
mod mutability;
mod single;
mod undeclared;
mod value_path;
