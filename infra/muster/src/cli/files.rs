//! Files that commands read and write; `-` is standard input or output.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Failure;
use crate::beside::unfinished;

/// What stands for standard input and output.
const STANDARD: &str = "-";

/// A file as a whole.
///
/// # Errors
/// When it cannot be read or is no UTF-8.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new(STANDARD) {
        io::stdin().read_to_string(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    match read {
        // Excel writes a byte order mark before UTF-8.
        Ok(_) => Ok(text
            .strip_prefix('\u{feff}')
            .map(str::to_owned)
            .unwrap_or(text)),
        Err(error) => Err(unread(path, &error.to_string())),
    }
}

/// A file that holds one JSON value.
///
/// # Errors
/// When it cannot be read or is no JSON.
pub(super) fn read_json(path: &Path) -> Result<Value, Failure> {
    serde_json::from_str(&read(path)?)
        .map_err(|error| unread(path, &format!("it is no JSON: {error}")))
}

/// The lines of a text that are not blank, each with its number.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| (at + 1, line))
}

/// A line of JSON Lines, which holds an object.
///
/// # Errors
/// When it does not, with its number.
pub(super) fn object((number, line): (usize, &str)) -> Result<Value, Failure> {
    match serde_json::from_str(line) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Failure::new(format!("line {number} is no JSON object"))),
        Err(error) => Err(Failure::new(format!(
            "line {number} is no JSON: {error}; a file of JSON Lines has one object a line"
        ))),
    }
}

/// Whether whoever reads what is written is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    There,
    /// As in `muster realm export acme - | head -1`: it has read enough.
    Gone,
}

/// Where a command writes what a program will read. A file comes to its name
/// only when it is whole; it holds personal data and is its owner's alone.
#[derive(Debug)]
pub(super) enum Sink {
    Standard(io::Stdout),
    File(Unfinished),
}

/// A file beside the one it will be.
#[derive(Debug)]
pub(super) struct Unfinished {
    writer: BufWriter<File>,
    path: PathBuf,
    named: PathBuf,
}

impl Sink {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        if path == Path::new(STANDARD) {
            return Ok(Self::Standard(io::stdout()));
        }
        let beside = unfinished(path);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .map_err(|error| unwritten(path, &error))?;
        Ok(Self::File(Unfinished {
            writer: BufWriter::new(file),
            path: beside,
            named: path.to_owned(),
        }))
    }

    /// Whether a person sees it come.
    pub(super) fn is_on_screen(&self) -> bool {
        matches!(self, Self::Standard(out) if out.is_terminal())
    }

    /// The file's name; none: standard output, where nothing else may be said.
    pub(super) fn named(&self) -> Option<&Path> {
        match self {
            Self::Standard(_) => None,
            Self::File(file) => Some(&file.named),
        }
    }

    pub(super) fn write(&mut self, text: &str) -> Result<Reader, Failure> {
        let (written, path) = match self {
            Self::Standard(out) => (
                out.write_all(text.as_bytes()).and_then(|()| out.flush()),
                Path::new(STANDARD),
            ),
            Self::File(file) => (file.writer.write_all(text.as_bytes()), file.named.as_path()),
        };
        match written {
            Ok(()) => Ok(Reader::There),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
            Err(error) => Err(unwritten(path, &error)),
        }
    }

    /// Gives a whole file its name.
    pub(super) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Standard(_) => Ok(()),
            Self::File(mut file) => {
                let done = file
                    .writer
                    .flush()
                    .and_then(|()| file.writer.get_ref().sync_all())
                    .and_then(|()| std::fs::rename(&file.path, &file.named));
                done.map_err(|error| unwritten(&file.named, &error))
            }
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a rename there is none, and nobody wants half a file.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn unread(path: &Path, why: &str) -> Failure {
    Failure::new(format!("`{}` cannot be read: {why}", path.display()))
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_appears_when_it_is_whole() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("members.csv");
        let left = || std::fs::read_dir(place.path()).unwrap().count();
        let mut sink = Sink::create(&path).unwrap();
        sink.write("half").unwrap();
        drop(sink);
        assert_eq!(left(), 0);
        let mut sink = Sink::create(&path).unwrap();
        sink.write("who").unwrap();
        sink.write("le").unwrap();
        assert!(!path.exists());
        sink.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(left(), 1);
    }

    #[test]
    fn json_lines_are_objects_with_their_numbers() {
        let text = "{\"a\":1}\r\n\n{\"b\":2}";
        let good: Vec<_> = numbered(text)
            .map(|line| (line.0, object(line).unwrap()))
            .collect();
        assert_eq!(good, [(1, json!({"a": 1})), (3, json!({"b": 2}))]);
        for (text, said) in [
            ("{}\n[]", "line 2 is no JSON object"),
            ("{}\n\n{\"a\":", "line 3 is no JSON: "),
        ] {
            let read: Result<Vec<_>, _> = numbered(text).map(object).collect();
            let error = read.unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
