//! A disk on which there is no more room: said at once, to the client and in the log.

use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::server::{MUSTER, Server, client, find, post};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("muster.db");
    let log = directory.path().join("log");
    // A file of this process can grow so far, and a write beyond fails.
    let script = r#"trap '' XFSZ; ulimit -f 1000; exec "$0" serve --port 0 --data "$1""#;
    let mut serve = Command::new("sh");
    serve.args(["-c", script, MUSTER]).arg(&data);
    serve.stderr(File::create(&log).unwrap());
    let server = Server::run(serve);
    let token = server.token().unwrap();
    let client = client();
    let mut n = 0;
    let (answer, took) = loop {
        let begun = Instant::now();
        let answer = post(&client, &server, &token, &format!("u{n}")).await;
        if answer.status() != 201 {
            break (answer, begun.elapsed());
        }
        n += 1;
        assert!(n < 2_000, "the disk is never full");
    };
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    let body = answer.text().await.unwrap();
    assert!(
        body.contains("the table cannot be used at present"),
        "{body}"
    );
    assert!(took < Duration::from_secs(5), "{took:?}");
    let said = fs::read_to_string(&log).unwrap();
    let line = said
        .lines()
        .find(|line| line.contains("the data file cannot be used"));
    let line = line.unwrap_or_else(|| panic!("no word of it: {said}"));
    assert!(line.contains("SQLITE_"), "{line}");
    // What is there is read, and what was not taken is not.
    for (name, there) in [(format!("u{}", n - 1), 1), (format!("u{n}"), 0)] {
        let found = find(&client, &server, &token, &name).await;
        assert_eq!(found["totalResults"], there, "{name}: {found}");
    }
    server.kill();
}
