//! The server as a process under a mixed load as identity providers make it, for
//! a while or until it is told to end: what was answered is there, whatever came.
//!
//! Each client has users and groups of its own, and in each realm there is a group
//! that all share. So a client knows what the server must show without asking
//! another, and every difference is somebody's lost write.

mod client;
mod ending;
mod figures;
mod known;
mod level;
mod memberships;
mod place;
mod reads;
mod samples;
mod shown;
mod steps;

pub use client::{Client, Load, Until};
pub use ending::{Endings, Ends};
pub use figures::{Figures, Times};
pub use known::{Change, Group, Known, User, Whose};
pub use level::{Check, Length, Level, Outcome, Seen};
pub use place::{Place, verify};
pub use samples::{Sample, Samples};
