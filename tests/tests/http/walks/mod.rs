//! Long walks by cursor, and such as meet changes on their way. In tables and
//! servers of their own where they are large.

mod budget;
mod changing;
mod leaf;
