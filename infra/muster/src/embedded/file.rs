//! The data file beside its calls: the log that belongs to it, that log brought
//! into it, and a copy of both. Whoever has it open is not disturbed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::OpenError;
use crate::beside::with_suffix;

/// Where the file's header says how it is written (SQLite, "The Database File Format", 1.3).
const WRITE_VERSION: usize = 18;
/// By means of a log beside it.
const WITH_LOG: u8 = 2;

/// The log of a data file.
pub(crate) fn log(path: &Path) -> PathBuf {
    with_suffix(path, "-wal")
}

/// That what lies in the log beside the file was written to that file: SQLite
/// applies a log to whatever file it stands beside, and to an empty one none.
///
/// # Errors
/// When the log has something in it, and the file is none that has a log: it is
/// gone, or a copy, or was closed in order.
pub(super) fn check_log(path: &Path) -> Result<(), OpenError> {
    let log = log(path);
    let unread = |source| OpenError::Unwritable {
        path: path.display().to_string(),
        source,
    };
    if is_empty(&log).map_err(unread)? || write_version(path).map_err(unread)? == Some(WITH_LOG) {
        return Ok(());
    }
    Err(OpenError::LogOfAnother {
        path: path.display().to_string(),
        log: log.display().to_string(),
    })
}

fn is_empty(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len() == 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

fn write_version(path: &Path) -> io::Result<Option<u8>> {
    let mut header = [0; WRITE_VERSION + 1];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) => Ok(header.last().copied()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Brings into the file what its log holds, removes the log, and lets the header
/// say that there is none: so is a file that nobody has open. Who opens it says
/// otherwise. While somebody makes a copy all stays as it is.
///
/// # Errors
/// SQLite's words.
pub(super) fn settle(path: &Path) -> Result<(), String> {
    if write_version(path).map_err(|error| error.to_string())? != Some(WITH_LOG) {
        return Ok(());
    }
    let connection = connect(path)?;
    let settled = connection
        .busy_timeout(Duration::ZERO)
        .and_then(|()| connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())));
    match settled {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => Ok(()),
        settled => settled.map_err(|error| error.to_string()),
    }
}

/// Copies the whole table, as it is at one moment, to a new file at `to`, whether
/// or not another process writes it. The copy has no log and is its owner's alone;
/// it is on the disk when this returns.
///
/// # Errors
/// When the file cannot be read, or there is one at `to` or it cannot be written.
pub(crate) fn copy(path: &Path, to: &Path) -> Result<(), String> {
    check_log(path).map_err(|error| error.to_string())?;
    let connection = connect(path)?;
    let name = to.to_str().ok_or("its name is no UTF-8")?;
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to);
    let file = file.map_err(|error| error.to_string())?;
    // In one read transaction; it does not wait for the disk.
    let copied = connection.execute("VACUUM INTO ?1", [name]);
    copied.map_err(|error| error.to_string())?;
    file.sync_all().map_err(|error| error.to_string())
}

fn connect(path: &Path) -> Result<Connection, String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).map_err(|error| error.to_string())
}
