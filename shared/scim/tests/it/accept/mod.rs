//! Client bodies to attributes: what is taken, what is made of it, what is refused.

mod absent;
mod check;
mod members;
mod names;
mod put;
mod values;
