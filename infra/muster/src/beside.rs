//! Files beside one another: the same name, and something behind it.

use std::path::{Path, PathBuf};

/// The path with `suffix` behind its name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Where a file is written that comes to its name only when it is whole.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    with_suffix(path, &format!(".{}.part", std::process::id()))
}
