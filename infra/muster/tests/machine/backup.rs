//! A backup made and restored as README says; and what is no backup, and is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::server::{Server, client, find, muster, post};

/// The data file and what stands beside it.
const PARTS: [&str; 3] = ["", ".peppers.json", ".admin-token"];

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// README's commands in `directory`, which stands for the one that the server was started in.
fn restore(directory: &Path, copy: &Path) {
    let script = format!(
        "mv .muster .muster.before
         mkdir .muster
         for part in '' .peppers.json .admin-token; do cp -p {0}$part .muster/muster.db$part; done",
        text(copy)
    );
    let mut shell = Command::new("sh");
    shell.args(["-ec", &script]).current_dir(directory);
    assert!(shell.status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_all_that_was_answered_before_it_began() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join(".muster/muster.db");
    let copy = directory.path().join("monday.db");
    let server = Arc::new(Server::start(&data));
    let token = server.token().unwrap();
    let answered = Arc::new(Mutex::new(Vec::new()));
    let on = Arc::new(AtomicBool::new(true));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (server, token) = (server.clone(), token.clone());
            let (answered, on) = (answered.clone(), on.clone());
            tokio::spawn(async move {
                let client = client();
                for n in 0.. {
                    if !on.load(Ordering::SeqCst) {
                        return;
                    }
                    let name = format!("u{writer}-{n}");
                    let answer = post(&client, &server, &token, &name).await;
                    assert_eq!(answer.status(), 201, "nobody waits for a backup");
                    answered.lock().unwrap().push(name);
                }
            })
        })
        .collect();
    let count = || answered.lock().unwrap().len();
    while count() < 40 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let before = answered.lock().unwrap().clone();
    let words = ["backup", text(&copy), "--data", text(&data)];
    let (code, said) = tokio::task::block_in_place(|| muster(&words));
    assert_eq!(code, Some(0), "{said}");
    let after = count();
    while count() < after + 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    on.store(false, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    Arc::into_inner(server).unwrap().kill();
    for part in PARTS {
        let mode = fs::metadata(beside(&copy, part)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{part}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 4);
    let (code, said) = muster(&words);
    assert_eq!(code, Some(1));
    assert!(said.contains("monday.db` is there already"), "{said}");

    restore(directory.path(), &copy);
    let (code, said) = muster(&["verify", "--data", text(&data)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("findings 0"), "{said}");
    let server = Server::start(&data);
    let client = client();
    for name in before {
        let found = find(&client, &server, &token, &name).await;
        assert_eq!(found["totalResults"], 1, "{name}: {found}");
    }
    server.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_orderly_end_the_data_is_one_file() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join(".muster/muster.db");
    let copy = directory.path().join("copy.db");
    let server = Server::start(&data);
    let token = server.token().unwrap();
    let client = client();
    for name in ["ada", "bob"] {
        assert_eq!(post(&client, &server, &token, name).await.status(), 201);
    }
    server.end();
    assert!(!beside(&data, "-wal").exists());
    // Nobody serves, and a backup is made all the same.
    let (code, said) = muster(&["backup", text(&copy), "--data", text(&data)]);
    assert_eq!(code, Some(0), "{said}");
    let apart = directory.path().join("apart.db");
    for part in PARTS {
        fs::copy(beside(&data, part), beside(&apart, part)).unwrap();
    }
    for data in [&copy, &apart] {
        let server = Server::start(data);
        let found = find(&client, &server, &token, "ada").await;
        assert_eq!(found["totalResults"], 1, "{found}");
        server.end();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_belong_together_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("muster.db");
    let copy = directory.path().join("copy.db");
    let server = Server::start(&data);
    let token = server.token().unwrap();
    let client = client();
    assert_eq!(post(&client, &server, &token, "ada").await.status(), 201);
    let (code, said) = muster(&["backup", text(&copy), "--data", text(&data)]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(post(&client, &server, &token, "bob").await.status(), 201);
    server.kill();
    let log = beside(&data, "-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    let all = || {
        [
            muster(&["serve", "--port", "0", "--data", text(&data)]),
            muster(&["verify", "--data", text(&data)]),
            muster(&["backup", text(&beside(&copy, "2")), "--data", text(&data)]),
        ]
    };
    let whole = fs::read(&data).unwrap();
    // Also when somebody has looked into it.
    assert_eq!(muster(&["verify", "--data", text(&copy)]).0, Some(0));
    // The older file beside the younger log.
    fs::copy(&copy, &data).unwrap();
    for (code, said) in all() {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("is the log of another file than"), "{said}");
    }
    // No file at all: to open one would throw the log away.
    fs::remove_file(&data).unwrap();
    let (code, said) = muster(&["serve", "--port", "0", "--data", text(&data)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("put it back first"), "{said}");
    fs::write(&data, whole).unwrap();
    let server = Server::start(&data);
    for name in ["ada", "bob"] {
        let found = find(&client, &server, &token, name).await;
        assert_eq!(found["totalResults"], 1, "{name}: {found}");
    }
    server.end();
    // A file without its data beside secrets that are older.
    fs::remove_file(&data).unwrap();
    let (code, said) = muster(&["serve", "--port", "0", "--data", text(&data)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("restore it from a backup, or move all three away"),
        "{said}"
    );
    for part in PARTS {
        fs::remove_file(beside(&data, part)).unwrap();
    }
    let server = Server::start(&data);
    assert!(server.token().is_some(), "{}", server.said);
    server.end();
}

#[test]
fn a_first_start_that_came_to_nothing_is_followed_by_one_that_does() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("muster.db");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, said) = muster(&["serve", "--port", &port, "--data", text(&data)]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is in use by another process"), "{said}");
    let server = Server::start(&data);
    assert!(server.token().is_some(), "{}", server.said);
    server.end();
}
