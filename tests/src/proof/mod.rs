//! Machines that try to break the promises, and what must hold whatever they do.
//!
//! Each is run at a modest size by `tests/tests/proof`, and at length by the
//! binary `proof`. What a machine expects of the product is stated in the machine
//! itself, without the product's code.

pub mod fuzz;
pub mod invariants;
pub mod soak;
