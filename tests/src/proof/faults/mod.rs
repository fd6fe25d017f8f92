//! Every call of the table that any operation makes can fail: before or after it
//! took effect, be throttled, meet another transaction, not be answered, or be the
//! last thing that the process did. Whatever it is, the answer is right, asking
//! again is right, and what holds between the items holds.
//!
//! [`operation`] says what an operation is, [`rows`] which there are. What each
//! does is counted when nothing is struck; then each of its calls is, in a realm
//! of its own ([`bench`]), and what comes of it is judged ([`judge`]).

pub mod bench;
pub mod blow;
pub mod desk;
pub mod face;
pub mod judge;
pub mod operation;
pub mod raw;
pub mod rows;
pub mod run;
pub mod world;
