//! Least privilege, both ways: what the functions do is allowed, which the
//! gateway's table enforces in every test here; and what is allowed is done.

use crate::scenario;
use muster_tests::gateway::policy::like;
use muster_tests::gateway::usage::Use;
use std::collections::BTreeSet;

/// What Lambda does in the worker's name before the worker is invoked.
const OF_THE_STREAM: [&str; 4] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];

#[tokio::test]
async fn the_policies_allow_what_the_functions_do_and_nothing_else() {
    let played = scenario::played().await;
    let deployment = crate::server().deployment();
    let refused = deployment.usage.refused();
    assert!(
        refused.is_empty(),
        "the policies lack:\n{}",
        lines(&refused)
    );
    played.unwrap();

    let done = deployment.usage.all();
    let mut missing: BTreeSet<&Use> = done.iter().collect();
    let mut superfluous = Vec::new();
    for function in deployment.template.functions() {
        let services = ["dynamodb", "secretsmanager"];
        let grants = services.iter().flat_map(|it| function.policy.grants(it));
        for grant in grants {
            let covers = |it: &&Use| {
                it.function == function.name
                    && it.action == grant.action
                    && (it.kind == grant.pattern || like(&grant.pattern, &it.kind))
            };
            if OF_THE_STREAM.contains(&grant.action.as_str()) {
                continue;
            }
            if !done.iter().any(|it| covers(&it)) {
                superfluous.push(format!("{}: {grant}", function.name));
            }
            missing.retain(|it| !covers(it));
        }
    }
    assert!(
        missing.is_empty(),
        "done by no policy's leave: {}",
        lines(missing)
    );
    assert!(
        superfluous.is_empty(),
        "allowed and never done:\n{}",
        superfluous.join("\n")
    );
}

fn lines<'a>(uses: impl IntoIterator<Item = &'a Use>) -> String {
    let lines: Vec<String> = uses.into_iter().map(ToString::to_string).collect();
    lines.join("\n")
}
