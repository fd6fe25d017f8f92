//! Lambda glue: what stands between AWS Lambda and a router of [`service`], or
//! the jobs of [`store`].
//!
//! A function's `main` hands its router to [`main`]. That reads the
//! [`settings`], makes the SDK [`clients`], fetches the [`peppers`] and opens
//! the table's connection, all before the first event is asked for ([`start`]);
//! then every event becomes a request ([`event`]), its response an answer
//! ([`answer`]), and the request one line in the log ([`log`]). The function that
//! finishes jobs is [`worker`]: what it is sent is read by [`stream`]. Nothing
//! here knows SCIM.

mod answer;
mod clients;
mod event;
mod function;
mod log;
mod peppers;
mod settings;
mod start;
mod stream;
mod worker;

pub use answer::answer;
pub use event::{Adapter, Arrived, Event};
pub use function::main;
pub use settings::{Misconfigured, Settings};
pub use stream::{Batch, BatchResponse};
pub use worker::worker;
