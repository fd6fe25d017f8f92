//! What SQLite says when no waiting mends it: its sentences, which are fixed,
//! and what an operator is told instead. No data is in either.

/// Why the data file cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// SQLite's name of it.
    pub(super) code: &'static str,
    pub(super) words: &'static str,
}

/// What the engine says of writes that never came to the disk.
pub(super) const REFUSED: &str = "the disk has refused what was written";

const DAMAGED: &str = "it is damaged; restore a backup";

/// A part of each sentence, as the library hands it on.
const SENTENCES: [(&str, Trouble); 8] = [
    (
        "database or disk is full",
        told("SQLITE_FULL", "the disk is full; make room on it"),
    ),
    (
        "attempt to write a readonly database",
        told(
            "SQLITE_READONLY",
            "it cannot be written; look at its mode and its disk's",
        ),
    ),
    (
        "disk I/O error",
        told(
            "SQLITE_IOERR",
            "the disk fails; look at it and at the room on it",
        ),
    ),
    (
        "database disk image is malformed",
        told("SQLITE_CORRUPT", DAMAGED),
    ),
    ("file is not a database", told("SQLITE_NOTADB", DAMAGED)),
    ("not a valid database", told("SQLITE_NOTADB", DAMAGED)),
    (
        "unable to open database file",
        told("SQLITE_CANTOPEN", "it or its log cannot be opened"),
    ),
    (
        REFUSED,
        told(
            "SQLITE_IOERR_FSYNC",
            "the disk has refused what was written; stop the server and look at it",
        ),
    ),
];

const fn told(code: &'static str, words: &'static str) -> Trouble {
    Trouble { code, words }
}

/// The trouble that the library's words tell of; none: it may pass by itself.
pub(super) fn told_by(words: &str) -> Option<&'static Trouble> {
    let mut sentences = SENTENCES.iter();
    let found = sentences.find(|(sentence, _)| words.contains(sentence));
    found.map(|(_, trouble)| trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_pass_by_itself() {
        for (words, expected) in [
            ("backend: I/O error: disk I/O error", Some("SQLITE_IOERR")),
            ("backend: database or disk is full", Some("SQLITE_FULL")),
            (
                "Internal error: database or disk is full",
                Some("SQLITE_FULL"),
            ),
            (
                "backend: attempt to write a readonly database",
                Some("SQLITE_READONLY"),
            ),
            (
                "backend: database disk image is malformed",
                Some("SQLITE_CORRUPT"),
            ),
            ("backend: not a valid database", Some("SQLITE_NOTADB")),
            (
                "Internal error: file is not a database",
                Some("SQLITE_NOTADB"),
            ),
            (
                "Internal error: unable to open database file: x",
                Some("SQLITE_CANTOPEN"),
            ),
            (REFUSED, Some("SQLITE_IOERR_FSYNC")),
            ("backend: database is locked or busy", None),
        ] {
            assert_eq!(
                told_by(words).map(|trouble| trouble.code),
                expected,
                "{words}"
            );
        }
    }
}
