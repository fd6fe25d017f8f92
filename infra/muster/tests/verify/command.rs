//! The command itself: what it says, and its exit code.

use std::process::{Command, Output};

use muster::embedded::Embedded;
use store::Store;

use crate::world::{World, s};

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_it_and_fails() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("muster.db");
    let run = |more: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.arg("verify").arg("--data").arg(&data).args(more);
        command.env_remove("MUSTER_STACK").output().unwrap()
    };
    let said = |output: &Output| {
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        String::from_utf8(text).unwrap()
    };
    let nothing = run(&[]);
    assert!(said(&nothing).contains("there is no data file"));
    assert!(!data.exists(), "{}", said(&nothing));

    let new = Embedded::open(&data).unwrap();
    let store = Store::new(new.client(), "muster");
    store.create_table().await.unwrap();
    drop((new, store));
    let empty = run(&[]);
    assert_eq!(empty.status.code(), Some(1), "{}", said(&empty));
    let words = "there are no realms in table muster";
    assert!(said(&empty).contains(words), "{}", said(&empty));

    let world = World::new(Embedded::open(&data).unwrap()).await;
    let busy = run(&[]);
    assert!(said(&busy).contains("in use by another process"));
    world.close().await;

    let good = run(&["acme"]);
    assert_eq!(good.status.code(), Some(0), "{}", said(&good));
    let line = "realm acme: users 2, groups 2, memberships 3, claims 4, indexes 2, keys 1, findings 0, read units ";
    assert!(said(&good).starts_with(line), "{}", said(&good));

    let embedded = Embedded::open(&data).unwrap();
    let put = embedded.client().put_item().table_name("muster");
    let put = put.item("pk", s("R#acme#UQ")).item("sk", s("userName#x"));
    put.send().await.unwrap();
    drop(embedded);
    let bad = run(&[]);
    assert_eq!(bad.status.code(), Some(1));
    let (bad, finding) = (
        said(&bad),
        "realm acme: item `R#acme#UQ` `userName#x` is nothing",
    );
    assert!(bad.contains(finding), "{bad}");
    assert!(
        bad.ends_with("muster: 1 findings; nothing was changed\n"),
        "{bad}"
    );
    assert!(said(&run(&["nope"])).contains("there is no realm `nope`"));
    let other = run(&["--table", "other"]);
    assert!(
        said(&other).contains("table `other` cannot be read"),
        "{}",
        said(&other)
    );
}
