//! `muster job finish`: what nobody else finishes, in a file that no server has open.

use super::world::World;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::Embedded;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use uuid::Uuid;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn bytes(id: &str) -> AttributeValue {
    AttributeValue::B(Blob::new(id.parse::<Uuid>().unwrap().into_bytes()))
}

/// Leaves a job that adds a member to a group, as a process leaves it that has ended.
async fn leave(world: &World, group: &str, member: &str) {
    let job = Uuid::now_v7().to_string();
    let mut packed = member.parse::<Uuid>().unwrap().into_bytes().to_vec();
    packed.push(0);
    let record = HashMap::from([
        ("kind", text("members")),
        ("group", bytes(group)),
        ("lease", number(0)),
        ("chunks_end", number(4_000_000_000)),
    ]);
    let chunk = HashMap::from([("steps", AttributeValue::B(Blob::new(packed)))]);
    for (sk, item) in [
        (format!("JOB#{job}"), record),
        (format!("CHUNK#{job}#{member}"), chunk),
    ] {
        let mut put = world.raw.put_item().table_name("muster");
        for (name, value) in item {
            put = put.item(name, value);
        }
        let put = put.item("pk", text("R#acme#J")).item("sk", text(&sk));
        put.item("f", number(1)).send().await.unwrap();
    }
    let header = world.raw.update_item().table_name("muster");
    let header = header.key("pk", text("R#acme#G")).key("sk", text(group));
    let header = header.update_expression("SET job = :job ADD version :one");
    let header = header.expression_attribute_values(":job", bytes(&job));
    let header = header.expression_attribute_values(":one", number(1));
    header.send().await.unwrap();
}

#[track_caller]
fn finish(data: &Path, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    let command = command.args(["job", "finish", "--data"]).arg(data);
    let said = command.args(words).output().unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_left_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("muster.db");
    let world = World::new(Embedded::open(&data).unwrap()).await;
    let (crew, bob) = (world.id("crew").to_owned(), world.id("bob").to_owned());
    leave(&world, &crew, &bob).await;
    world.close().await;
    for (words, finished) in [(&["acme"][..], "1"), (&[], "0")] {
        let said = finish(&data, words);
        assert!(
            said.starts_with(&format!("jobs finished {finished},")),
            "{said}"
        );
    }
    let table = Embedded::open(&data).unwrap().client();
    let edge = table.get_item().table_name("muster");
    let edge = edge.key("pk", text(&format!("R#acme#M#{crew}")));
    let edge = edge.key("sk", text(&bob)).send().await.unwrap();
    assert!(edge.item.is_some());
}
