//! How much memory a function needs for a large answer: what it reads and what it
//! sends, and not the members in between.
//!
//! ```text
//! MEMBERS=100000 cargo test -p muster-tests --test lambda memory -- --nocapture
//! ```

use crate::answers::{filled::fill, plain};
use muster::embedded::Embedded;
use muster_tests::{Call, Realm};
use serde_json::Value;
use std::fs;

const MEMBERS: usize = 30_000;
/// A page of the table as the SDK reads it, and the answer three times: as it is
/// sent, in base64, and as Lambda takes it. As JSON values the members would add a half.
const MOST_MIB: u64 = 20;

/// The most memory that a process of this function, a child of this one, has had so far.
fn peak_mib(function: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let children = tasks.flat_map(|task| {
        let children = task.unwrap().path().join("children");
        let children = fs::read_to_string(children).unwrap_or_default();
        let pids = children.split_whitespace().map(str::to_owned);
        pids.collect::<Vec<String>>()
    });
    let peak = |pid: String| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().nth(1).map(str::to_owned)
        };
        (field("Name:")? == function).then(|| field("VmHWM:"))?
    };
    let peaks = children.filter_map(peak);
    let kib = peaks.map(|kib| kib.parse::<u64>().unwrap()).max();
    kib.expect("there is no such process") / 1_024
}

#[tokio::test]
async fn the_members_of_a_large_group_are_never_in_memory_together() {
    let members = std::env::var("MEMBERS").map_or(MEMBERS, |members| members.parse().unwrap());
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    let realm = Realm::create(&server, "l-memory").await;
    let group = realm.group("Everyone", &[]).await;
    let path = format!("/Groups/{group}");
    realm.get(&path).await.is(200);
    let before = peak_mib("groups");
    fill(&embedded, "l-memory", &group, members).await;
    let call = Call::get(&path).header("accept-encoding", "gzip");
    let call = call.header("prefer", "server-timing");
    let answer = realm.send(call).await;
    let bytes = plain(&answer);
    let resource: Value = serde_json::from_slice(&bytes).unwrap();
    let shown = resource["members"].as_array().map(Vec::len);
    assert_eq!(shown, Some(members), "{answer:?}");
    let peak = peak_mib("groups");
    #[expect(clippy::print_stderr, reason = "the figure is for README")]
    {
        let timing = answer.header("server-timing");
        let (sent, whole) = (answer.bytes.len(), bytes.len());
        eprintln!(
            "{members} members: {whole} bytes, {sent} sent, {before} MiB before, at most {peak} MiB; {timing}"
        );
    }
    let more = peak - before;
    assert!(members > MEMBERS || more <= MOST_MIB, "{more} MiB");
}
