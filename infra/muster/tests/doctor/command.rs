//! The real binary: where the token comes from, what is printed, how it ends.

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::realm::{Realm, server};

fn doctor(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.arg("doctor").args(arguments);
    command.env_remove("MUSTER_SECRET_TOKEN");
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn ended(child: Child) -> Output {
    let wait = tokio::task::spawn_blocking(move || child.wait_with_output());
    wait.await.unwrap().unwrap()
}

async fn run(mut command: Command) -> Output {
    ended(command.spawn().unwrap()).await
}

#[track_caller]
fn check(output: &Output, code: i32, said: &str) {
    let text = text(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(said), "{text}");
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(both).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_comes_by_three_ways() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    let arguments = [realm.url.as_str(), "--only", "token"];
    let green = "the Secret Token is accepted";

    let mut by_variable = doctor(&arguments);
    by_variable.env("MUSTER_SECRET_TOKEN", &realm.token);
    let output = run(by_variable).await;
    check(&output, 0, green);
    assert!(!text(&output).contains(&realm.token));
    assert!(
        !text(&output).contains('\u{1b}'),
        "colours without a terminal"
    );

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{}\n", realm.token)).unwrap();
    let mut by_file = doctor(&arguments);
    by_file.arg("--token-file").arg(file.path());
    check(&run(by_file).await, 0, green);

    for more in [&["--token-file", "-"][..], &[]] {
        let mut by_input = doctor(&arguments);
        by_input.args(more).stdin(Stdio::piped());
        let mut child = by_input.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{}", realm.token).unwrap();
        drop(input);
        check(&ended(child).await, 0, green);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    check(
        &run(doctor(&[&realm.url])).await,
        2,
        "no token; put the Secret Token",
    );
    let with_token = |arguments: &[&str], token: &str| {
        let mut command = doctor(arguments);
        command.env("MUSTER_SECRET_TOKEN", token);
        command
    };
    let wrong = with_token(&[&realm.url], "mst_nonsense");
    check(&run(wrong).await, 1, "1 fault: Entra ID cannot rely");
    let two_words = with_token(&[&realm.url], "two words");
    check(&run(two_words).await, 2, "the token holds spaces");
    let clear = with_token(&["http://scim.example.com/v2"], &realm.token);
    check(
        &run(clear).await,
        2,
        "everyone on the way can read the token",
    );
    let unknown = with_token(&[&realm.url, "--only", "nothing"], &realm.token);
    check(&run(unknown).await, 2, "there is no check `nothing`");
    let nonsense = with_token(&[&realm.url, "--timeout", "0"], &realm.token);
    check(&run(nonsense).await, 2, "--timeout");

    let json = with_token(
        &[&realm.url, "--json", "--only", "wrong-token"],
        &realm.token,
    );
    let output = run(json).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "green");
    assert_eq!(report["url"], realm.url);
}

/// Ctrl-C, as a terminal sends it.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_cleans_up() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    let mut command = doctor(&[&realm.url, "--members", "2000"]);
    command.env("MUSTER_SECRET_TOKEN", &realm.token);
    let child = command.spawn().unwrap();
    while realm.population().await.0 < 40 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    check(&ended(child).await, 1, "unfinished: it was interrupted");
    assert_eq!(realm.population().await, (0, 0));
}
