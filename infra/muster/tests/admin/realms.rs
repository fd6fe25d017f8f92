//! Realms and keys.

use serde_json::{Value, json};

use crate::script::{Deployment, turn};

fn realm(version: u64) -> Value {
    json!({"name": "acme", "displayName": "Acme", "state": "enabled", "version": version,
        "created": "2030-01-01T00:00:00Z", "tenantUrl": "https://h/realms/acme/scim/v2"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_until_no_cursor_is_left() {
    let deployment = Deployment::new(vec![
        turn(
            "GET /realms",
            200,
            json!({"realms": [realm(1)], "nextCursor": "a+b"}),
        ),
        // A page may be empty and not be the last.
        turn(
            "GET /realms?cursor=a%2Bb",
            200,
            json!({"realms": [], "nextCursor": "c"}),
        ),
        turn(
            "GET /realms?cursor=c",
            200,
            json!({"realms": [{"name": "bare"}]}),
        ),
    ])
    .await;
    let seen = deployment
        .run(&["realm", "list", "--json"], "")
        .await
        .done();
    let seen: Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["realms"][1]["name"], "bare");
    assert_eq!(seen["realms"].as_array().unwrap().len(), 2);

    let deployment = Deployment::new(vec![
        turn("GET /realms", 200, json!({"realms": [], "nextCursor": "c"})),
        turn(
            "GET /realms?cursor=c",
            200,
            json!({"realms": [], "nextCursor": "c"}),
        ),
    ])
    .await;
    let ended = deployment.run(&["realm", "list"], "").await;
    ended.failed("answers the same page again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_repeated_until_nothing_is_left() {
    let going = |removed: u64, remaining: u64| {
        let body =
            json!({"since": "2030-01-01T00:00:00Z", "removed": removed, "remaining": remaining});
        turn("DELETE /realms/acme", 202, body)
    };
    let script = vec![
        turn("GET /realms/acme", 200, realm(1)),
        going(100, 40),
        going(200, 0),
        turn("DELETE /realms/acme", 204, Value::Null),
    ];
    let deployment = Deployment::new(script).await;
    let said = deployment
        .run(&["realm", "delete", "acme", "--yes"], "")
        .await;
    assert!(said.done().contains("Realm acme is deleted"));
    assert_eq!(said.error(), "", "a bar is drawn where nobody sees it");

    // Somebody else took the last of it.
    let script = vec![
        turn("GET /realms/acme", 200, realm(1)),
        going(100, 40),
        turn(
            "DELETE /realms/acme",
            404,
            json!({"detail": "there is no realm `acme`"}),
        ),
    ];
    let deployment = Deployment::new(script).await;
    let said = deployment
        .run(&["realm", "delete", "acme", "--yes", "--json"], "")
        .await;
    let said: Value = serde_json::from_str(&said.done()).unwrap();
    assert_eq!(said, json!({"deleted": "acme", "removed": 100}));

    let script = vec![
        turn("GET /realms/acme", 200, realm(1)),
        going(100, 40),
        turn(
            "DELETE /realms/acme",
            500,
            json!({"detail": "the table is away"}),
        ),
    ];
    let deployment = Deployment::new(script).await;
    let said = deployment
        .run(&["realm", "delete", "acme", "--yes"], "")
        .await;
    said.failed("the table is away; what is left goes when `muster realm delete acme` is repeated");

    let deployment = Deployment::new(vec![turn("GET /realms/acme", 200, realm(1))]).await;
    let said = deployment.run(&["realm", "delete", "acme"], "acme\n").await;
    said.failed("nobody is there to be asked; say `--yes`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_was_seen() {
    let script = vec![
        turn("GET /realms/acme", 200, realm(7)).header("etag", "W/\"7\""),
        turn("PATCH /realms/acme", 200, realm(8)),
    ];
    let deployment = Deployment::new(script).await;
    let words = [
        "realm",
        "update",
        "acme",
        "--max-users",
        "off",
        "--if-version",
        "7",
    ];
    assert!(
        deployment
            .run(&words, "")
            .await
            .done()
            .contains("Realm acme is enabled")
    );
    let change = &deployment.asked()[1];
    assert_eq!(change.if_match.as_deref(), Some("W/\"7\""));
    assert_eq!(change.body, json!({"limits": {"users": null}}));

    let moved = "realm `acme` is no longer at version 7";
    let seen = turn("GET /realms/acme", 200, realm(8)).header("etag", "W/\"8\"");
    let deployment = Deployment::new(vec![seen]).await;
    deployment.run(&words, "").await.failed(moved);
    let script = vec![
        turn("GET /realms/acme", 200, realm(7)).header("etag", "W/\"7\""),
        turn(
            "PATCH /realms/acme",
            412,
            json!({"detail": "changed meanwhile"}),
        ),
    ];
    let deployment = Deployment::new(script).await;
    deployment.run(&words, "").await.failed(moved);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_when_it_cannot_be() {
    for (status, body, said) in [
        (
            409,
            json!({"type": "about:blank", "title": "Conflict", "status": 409, "detail": "realm `acme` already exists"}),
            "muster: realm `acme` already exists\n",
        ),
        (
            400,
            json!({"title": "Bad Request"}),
            "muster: Bad Request\n",
        ),
        (
            403,
            json!({"detail": "not with this token"}),
            "muster: not with this token\n",
        ),
        (
            403,
            json!({"message": "Forbidden"}),
            "refuses the admin token; name its file",
        ),
        (
            401,
            json!({"detail": "no"}),
            "refuses the admin token; name its file",
        ),
        (
            502,
            json!({"message": "Bad Gateway"}),
            "answered 502 Bad Gateway: Bad Gateway\n",
        ),
        (200, Value::Null, "answered no JSON: is it a Muster?"),
        (503, json!({"detail": "try again"}), "muster: try again\n"),
    ] {
        let deployment = Deployment::new(vec![turn("POST /realms", status, body)]).await;
        deployment
            .run(&["realm", "create", "acme"], "")
            .await
            .failed(said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_asks_for_patience_gets_it() {
    let busy = || {
        let turn = turn("POST /realms", 429, json!({"detail": "too many requests"}));
        turn.header("retry-after", "0")
    };
    let deployment =
        Deployment::new(vec![busy(), busy(), turn("POST /realms", 201, realm(1))]).await;
    deployment
        .run(&["realm", "create", "acme"], "")
        .await
        .done();
    let deployment = Deployment::new(vec![busy(), busy(), busy(), busy(), busy()]).await;
    let ended = deployment.run(&["realm", "create", "acme"], "").await;
    ended.failed("too many requests");
    let late = turn("POST /realms", 503, json!({"detail": "later"})).header("retry-after", "3600");
    let deployment = Deployment::new(vec![late]).await;
    deployment
        .run(&["realm", "create", "acme"], "")
        .await
        .failed("later");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_realm_is_carried_under_another_name() {
    let item = |kind: &str, name: &str| json!({kind: {"displayName": name}});
    let script = vec![
        turn(
            "GET /realms/acme/export",
            200,
            json!({"items": [item("realm", "acme")], "nextCursor": "2"}),
        ),
        turn(
            "GET /realms/acme/export?cursor=2",
            200,
            json!({"items": [item("user", "ada"), item("user", "bob")]}),
        ),
    ];
    let deployment = Deployment::new(script).await;
    let exported = deployment
        .run(&["realm", "export", "acme", "-"], "")
        .await
        .done();
    assert_eq!(exported.lines().count(), 3);

    let many = exported + &format!("{}\n", item("user", "eve")).repeat(100);
    let answer = |applied: u64| json!({"applied": applied, "unchanged": 1});
    let script = vec![
        turn("GET /realms/copy", 404, json!({"detail": "no"})),
        turn("POST /realms", 201, json!({"name": "copy"})),
        turn("POST /realms/copy/import", 200, answer(99)),
        turn("POST /realms/copy/import", 200, answer(2)),
    ];
    let deployment = Deployment::new(script).await;
    let words = ["realm", "import", "copy", "-", "--json"];
    let said: Value = serde_json::from_str(&deployment.run(&words, &many).await.done()).unwrap();
    assert_eq!(said, json!({"applied": 101, "unchanged": 2}));
    let asked = deployment.asked();
    let items = |at: usize| asked[at].body["items"].as_array().unwrap().clone();
    assert_eq!((items(2).len(), items(3).len()), (100, 3));
    assert_eq!(items(2)[0], item("realm", "acme"));
    assert_eq!(items(2)[1], item("user", "ada"));

    // A dry run sends nothing, and neither does a file that is broken anywhere.
    let deployment = Deployment::new(vec![]).await;
    let words = ["realm", "import", "copy", "-", "--dry-run"];
    assert!(
        deployment
            .run(&words, &many)
            .await
            .done()
            .contains("103 items")
    );
    let broken = many + "{\"kind\":";
    let words = ["realm", "import", "copy", "-"];
    deployment
        .run(&words, &broken)
        .await
        .failed("line 104 is no JSON");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_made_once_and_replaced() {
    let key = json!({"id": "0123456789ab", "name": "Entra", "scopes": ["scim"], "created": "2030-01-01T00:00:00Z", "state": "active"});
    let script = vec![
        turn("POST /realms/acme/keys", 200, key.clone()),
        turn("GET /realms/acme", 200, realm(1)),
    ];
    let deployment = Deployment::new(script).await;
    let words = [
        "key",
        "create",
        "acme",
        "--name",
        "Entra",
        "--idempotency-key",
        "order-7",
    ];
    let said = deployment.run(&words, "").await.done();
    assert!(
        said.contains("has made it before") && !said.contains("Secret Token"),
        "{said}"
    );
    assert_eq!(
        deployment.asked()[0].idempotency_key.as_deref(),
        Some("order-7")
    );

    let mut made = key;
    made["token"] = "mst_x".into();
    made["tenantUrl"] = "https://h/realms/acme/scim/v2".into();
    made["replaces"] = json!({"id": "ba9876543210", "expires": "2030-01-08T00:00:00Z"});
    let script = vec![turn(
        "POST /realms/acme/keys/ba9876543210/rotate",
        201,
        made,
    )];
    let deployment = Deployment::new(script).await;
    let words = ["key", "rotate", "acme", "ba9876543210", "--overlap", "7d"];
    let said = deployment.run(&words, "").await.done();
    assert!(said.contains("Secret Token  mst_x"), "{said}");
    assert!(
        said.contains("ba9876543210, which it replaces, works until 2030-01-08"),
        "{said}"
    );
    assert_eq!(deployment.asked()[0].body, json!({"overlap": "7d"}));
}
