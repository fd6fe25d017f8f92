//! The shape of the house (DESIGN: arrows run one way), read from the sources.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Each package and the packages of the workspace it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("shared/scim", &[]),
    ("shared/auth", &[]),
    ("shared/store", &["scim", "auth"]),
    ("shared/service", &["scim", "auth", "store"]),
    ("shared/lambda", &["scim", "auth", "store", "service"]),
    ("functions/users", &["lambda", "service"]),
    ("functions/groups", &["lambda", "service"]),
    ("functions/search", &["lambda", "service"]),
    ("functions/bulk", &["lambda", "service"]),
    ("functions/discovery", &["lambda", "service"]),
    ("functions/admin", &["lambda", "service"]),
    ("functions/worker", &["lambda"]),
    ("infra/muster", &["scim", "auth", "store", "service"]),
    ("tests/laws", &["scim", "auth"]),
    (
        "tests",
        &[
            "laws", "scim", "auth", "store", "service", "lambda", "muster",
        ],
    ),
];

/// What an inner package must not know.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "shared/scim",
        &[
            "tokio", "aws-", "axum", "http", "hyper", "uuid", "ring", "tracing",
        ],
    ),
    (
        "shared/auth",
        &["tokio", "aws-", "axum", "http", "hyper", "store", "scim"],
    ),
    ("shared/store", &["axum", "http", "hyper"]),
    ("shared/service", &["aws-", "dynoxide", "lambda"]),
    ("shared/lambda", &["muster", "dynoxide"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

fn packages() -> Vec<String> {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = text
        .lines()
        .find(|line| line.starts_with("members"))
        .unwrap();
    members
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The names under `[dependencies]` of a package; those of tests and benchmarks do not count.
fn dependencies(package: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
    text.lines()
        .skip_while(|line| line.trim() != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["shared", "infra", "functions"] {
        sources(&root().join(folder), &mut found);
    }
    assert!(found.len() > 30, "the sources were not found");
    found
}

#[test]
fn every_package_has_its_arrows() {
    let mut listed: Vec<&str> = ARROWS.iter().map(|(package, _)| *package).collect();
    let mut packages = packages();
    listed.sort_unstable();
    packages.sort_unstable();
    assert_eq!(packages, listed);
}

#[test]
fn arrows_run_one_way() {
    let names: Vec<&str> = ARROWS
        .iter()
        .map(|(package, _)| package.rsplit('/').next().unwrap())
        .collect();
    for (package, allowed) in ARROWS {
        let named = dependencies(package);
        assert!(!named.is_empty(), "{package} names no dependency");
        for name in named.iter().filter(|name| names.contains(&name.as_str())) {
            assert!(
                allowed.contains(&name.as_str()),
                "{package} must not depend on {name}"
            );
        }
    }
}

#[test]
fn inner_packages_know_nothing_of_the_outside() {
    for (package, forbidden) in FORBIDDEN {
        for name in dependencies(package) {
            let breach = forbidden.iter().find(|prefix| name.starts_with(**prefix));
            assert_eq!(breach, None, "{package} must not depend on {name}");
        }
    }
}

#[test]
fn a_function_is_its_main_alone() {
    let (functions, others): (Vec<&str>, Vec<&str>) = ARROWS
        .iter()
        .map(|(package, _)| *package)
        .partition(|package| package.starts_with("functions/"));
    assert!(functions.len() >= 5 && !others.is_empty());
    for package in functions {
        let mut found = Vec::new();
        sources(&root().join(package), &mut found);
        assert_eq!(found.len(), 1, "{package}: {found:?}");
        let lines = fs::read_to_string(&found[0]).unwrap().lines().count();
        assert!(lines <= 12, "{package}: {lines} lines");
    }
}

#[test]
fn no_test_of_scim_stands_where_none_is_run() {
    // Its library is not built for tests (shared/scim/Cargo.toml).
    let mut found = Vec::new();
    sources(&root().join("shared/scim/src"), &mut found);
    assert!(found.len() > 30, "the sources were not found");
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("#[test]"), "{}", path.display());
    }
}

#[test]
fn nothing_scans_the_table() {
    // The embedded table's own tests prove that a Scan is refused.
    let product = all_sources()
        .into_iter()
        .filter(|path| !path.ends_with("embedded/tests.rs"));
    for path in product {
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(".scan()"), "{} scans", path.display());
    }
}

#[test]
fn files_are_short() {
    for path in all_sources() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 600, "{} has {lines} lines", path.display());
    }
}

#[test]
fn modules_say_what_they_are_for() {
    for path in all_sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} does not start with `//!`",
            path.display()
        );
    }
}

#[test]
fn the_database_library_is_named_in_one_module() {
    // It is young; another must be able to take its place (DESIGN section 5).
    // A test may put it behind a socket, as any DynamoDB is.
    let naming: Vec<PathBuf> = all_sources()
        .into_iter()
        .filter(|path| !path.ends_with("tests/endpoint.rs"))
        .filter(|path| fs::read_to_string(path).unwrap().contains("dynoxide"))
        .collect();
    let engine = |path: &&PathBuf| {
        path.ends_with("embedded/engine.rs") || path.ends_with("embedded/engine/places.rs")
    };
    assert_eq!(naming.iter().filter(engine).count(), 2, "{naming:?}");
    assert_eq!(naming.len(), 2, "{naming:?}");
}
