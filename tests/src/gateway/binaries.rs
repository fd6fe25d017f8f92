//! Builds the functions' binaries as they are deployed, but for the profile.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The paths of the binaries of these packages, by name.
///
/// They are built with the features the tests were built with (`--workspace`),
/// so that nothing is compiled twice.
pub fn build(names: &[&str]) -> BTreeMap<String, PathBuf> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--locked", "--workspace", "--quiet"])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdout(Stdio::piped());
    for name in names {
        command.args(["--bin", name]);
    }
    let built = command.output().unwrap();
    assert!(built.status.success(), "the functions do not compile");
    let messages = String::from_utf8(built.stdout).unwrap();
    let built: BTreeMap<String, PathBuf> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| {
            let executable = PathBuf::from(message["executable"].as_str()?);
            Some((message["target"]["name"].as_str()?.to_owned(), executable))
        })
        .collect();
    for name in names {
        assert!(built.contains_key(*name), "cargo built no `{name}`");
    }
    built
}
