//! Events listed, and followed until somebody has seen enough.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::script::{Deployment, turn};

/// Seconds of the minute 00:01.
fn event(id: &str, second: u32) -> Value {
    let (minute, second) = (1 + second / 60, second % 60);
    json!({"id": id, "time": format!("2030-01-01T00:{minute:02}:{second:02}Z"), "kind": "write", "action": "create", "status": 201})
}

#[tokio::test(flavor = "multi_thread")]
async fn events_by_time_kind_and_status() {
    let script = vec![turn(
        "GET /realms/acme/events?from=2030-01-01T00%3A00%3A00Z&kind=refusal&status=4xx&order=desc",
        200,
        json!({"events": [event("a", 1)]}),
    )];
    let deployment = Deployment::new(script).await;
    let words = "event list acme --from 2030-01-01 --kind refusal --status 4XX --json";
    let words: Vec<&str> = words.split(' ').collect();
    let said: Value = serde_json::from_str(&deployment.run(&words, "").await.done()).unwrap();
    assert_eq!(said, json!({"events": [event("a", 1)], "more": false}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_shows_each_event_once_and_ends_well() {
    let script = vec![
        turn(
            "GET /realms/acme/events?order=desc",
            200,
            json!({"events": [event("c", 32), event("b", 31), event("a", 30)]}),
        ),
        // From the oldest that was shown on, so that `a` does not come behind it.
        turn(
            "GET /realms/acme/events?from=2030-01-01T00%3A01%3A31Z&order=asc",
            200,
            json!({"events": [event("b", 31), event("late", 31)], "nextCursor": "x"}),
        ),
        turn(
            "GET /realms/acme/events?from=2030-01-01T00%3A01%3A31Z&order=asc&cursor=x",
            200,
            json!({"events": [event("c", 32), event("d", 99)]}),
        ),
        // Half a minute before the newest: another may still come with an earlier time.
        turn(
            "GET /realms/acme/events?from=2030-01-01T00%3A02%3A09Z&order=asc",
            200,
            json!({"events": [event("later", 71), event("d", 99)]}),
        ),
    ];
    let deployment = Deployment::new(script).await;
    let child = deployment
        .command(&["event", "tail", "acme", "--limit", "2", "--json"])
        .spawn()
        .unwrap();
    for _ in 0..600 {
        if deployment.left() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let lines = String::from_utf8(output.stdout).unwrap();
    let ids: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(ids, ["b", "c", "late", "d", "later"]);
}
