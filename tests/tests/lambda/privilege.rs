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

/// Grants for changes of members that one transaction does not hold, which no
/// function makes by a job yet: function and pattern.
const OF_JOBS: [(&str, &str); 6] = [
    ("admin", "R#*#J"),
    ("groups", "R#*#J"),
    ("worker", "R#*#G"),
    ("worker", "R#*#J"),
    ("worker", "R#*#M#*"),
    ("worker", "R#*#U"),
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
    let mut unused = BTreeSet::new();
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
                let of_jobs = (function.name.as_str(), grant.pattern.as_str());
                match OF_JOBS.iter().find(|it| **it == of_jobs) {
                    Some(known) => drop(unused.insert(*known)),
                    None => superfluous.push(format!("{}: {grant}", function.name)),
                }
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
    let used: Vec<_> = OF_JOBS.iter().filter(|it| !unused.contains(*it)).collect();
    assert!(
        used.is_empty(),
        "no exception any more, take it from OF_JOBS: {used:?}"
    );
}

fn lines<'a>(uses: impl IntoIterator<Item = &'a Use>) -> String {
    let lines: Vec<String> = uses.into_iter().map(ToString::to_string).collect();
    lines.join("\n")
}
