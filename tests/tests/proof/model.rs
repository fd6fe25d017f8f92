//! The reference model and the server agree: on streams of operations that are
//! made up from fixed seeds, and on the scripts that are kept.

use muster_tests::proof::model::op::Script;
use muster_tests::proof::model::run::{Census, Course, replay, run};
use muster_tests::proof::model::shrink;
use std::path::PathBuf;

/// Runs one stream; a failure is made short and told.
async fn stream(seed: u64, operations: usize, course: Course) -> Census {
    match run(seed, operations, course).await {
        Ok(census) => census,
        Err((script, failure)) => panic!("{}", shrink::report(script, failure).await),
    }
}

#[tokio::test]
async fn model_and_server_agree_on_random_operations() {
    // The one that waits for the end of a realm goes beside the others.
    let ending = stream(1_000, 120, Course::WithAnEnd);
    let others = async {
        let mut all = Census::default();
        for seed in 1..=24 {
            all.add(&stream(seed, 160, Course::Even).await);
        }
        all
    };
    let (ended, mut all) = tokio::join!(ending, others);
    all.add(&ended);
    assert_eq!(all.one_sided(), Vec::<&str>::new(), "{all:#?}");
}

#[tokio::test]
async fn scripts_that_are_kept_go_well() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("model");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort_unstable();
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let script: Script = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let replayed = replay(&script).await;
        assert!(replayed.is_ok(), "{}: {replayed:?}", file.display());
    }
}
