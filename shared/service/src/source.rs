//! The one place where time and randomness enter.

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use scim::{Error, ErrorKind, Result};
use uuid::Uuid;

/// The present moment, to the millisecond: as fine as it is stored, so that the
/// answer to a write shows what a later read will show.
pub(crate) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::Internal, "the server has no randomness"))?;
    Ok(bytes)
}

/// A request's id: a UUID of version 7, so that ids sort by time in a log.
pub(crate) fn request_id(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    // An id is for finding a log line; it need not be unguessable.
    let random = random().unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
