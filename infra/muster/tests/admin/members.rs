//! Members exported and imported.

use serde_json::{Value, json};

use crate::script::{Deployment, turn};

fn mappers() -> Value {
    json!({"custom": true, "mappers": [
        {"name": "loginName", "attribute": "userPrincipalName", "path": "userName", "type": "String"},
        {"name": "phone", "attribute": "phone", "path": "phoneNumbers", "type": "String"}]})
}

/// The cells of a line, as they are written.
fn quoted(line: &str) -> String {
    format!("\"{}\"", line.replace(',', "\",\""))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_safe_to_open_and_comes_back() {
    let member = json!({"id": "1", "type": "User", "state": "provisioned", "userName": "ada;=\"x\"", "active": true,
        "created": "2030-01-01T00:00:00Z", "lastModified": "2030-01-01T00:00:00Z", "version": 1,
        "profile": {"loginName": "ada;=\"x\"", "phone": "+49 30"}, "groups": []});
    let group = json!({"id": "2", "type": "Group", "state": "provisioned", "displayName": "=1+1", "profile": {}, "groups": []});
    let script = vec![
        turn("GET /realms/acme/mappers", 200, mappers()),
        turn(
            "GET /realms/acme/members?filter=userName%20pr&state=provisioned",
            200,
            json!({"members": [member], "nextCursor": "2"}),
        ),
        turn(
            "GET /realms/acme/members?filter=userName%20pr&state=provisioned&cursor=2",
            200,
            json!({"members": [group]}),
        ),
    ];
    let deployment = Deployment::new(script).await;
    let words = [
        "member",
        "export",
        "acme",
        "-",
        "--filter",
        "userName pr",
        "--state",
        "provisioned",
    ];
    let csv = deployment.run(&words, "").await.done();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(
        lines[0],
        quoted(
            "id,type,state,created,createdBy,lastModified,groups,userName,displayName,externalId,active,loginName,phone"
        )
    );
    assert_eq!(
        lines[1],
        quoted(
            "1,User,provisioned,2030-01-01T00:00:00Z,,2030-01-01T00:00:00Z,,ada;'=\"\"x\"\",,,true,ada;'=\"\"x\"\",'+49 30"
        )
    );
    assert_eq!(lines[2], quoted("2,Group,provisioned,,,,,,'=1+1,,,,"));

    let script = vec![
        turn("GET /realms/acme/mappers", 200, mappers()),
        turn(
            "POST /realms/acme/members/import",
            200,
            json!({"results": [{"userName": "ada", "outcome": "exists", "id": "1"}]}),
        ),
    ];
    let deployment = Deployment::new(script).await;
    // Without the columns of SCIM that this realm does not map.
    let own = "loginName,phone\r\n\"ada,\"\"x\"\"\",'+49 30\r\n";
    deployment
        .run(&["member", "import", "acme", "-"], own)
        .await
        .done();
    let body = json!({"dryRun": false, "users": [{"profile": {"loginName": "ada,\"x\"", "phone": "+49 30"}}]});
    assert_eq!(deployment.asked()[1].body["users"], body["users"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_an_export_is_whole_or_not_there() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("members.jsonl");
    let words = ["member", "export", "acme", file.to_str().unwrap()];
    let first = turn(
        "GET /realms/acme/members",
        200,
        json!({"members": [{"id": "1"}], "nextCursor": "2"}),
    );
    let script = vec![
        first.clone(),
        turn(
            "GET /realms/acme/members?cursor=2",
            500,
            json!({"detail": "away"}),
        ),
    ];
    Deployment::new(script)
        .await
        .run(&words, "")
        .await
        .failed("away");
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
    let script = vec![
        first,
        turn(
            "GET /realms/acme/members?cursor=2",
            200,
            json!({"members": [{"id": "2"}]}),
        ),
    ];
    let said = Deployment::new(script).await.run(&words, "").await.done();
    assert!(said.starts_with("Realm acme: 2 members in "), "{said}");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "{\"id\":\"1\"}\n{\"id\":\"2\"}\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_in_batches_whose_invalid_users_are_named() {
    let users: String = (1..=101)
        .map(|n| format!("{{\"userName\":\"u{n}\"}}\n"))
        .collect();
    let created: Vec<Value> = (1..=100).map(|_| json!({"outcome": "created"})).collect();
    let script = vec![
        turn(
            "POST /realms/acme/members/import",
            200,
            json!({"results": created, "created": 100, "exists": 0, "invalid": 0}),
        ),
        turn(
            "POST /realms/acme/members/import",
            200,
            json!({"results": [{"userName": "u101", "outcome": "invalid", "detail": "`userName` is too long"}]}),
        ),
    ];
    let deployment = Deployment::new(script.clone()).await;
    let words = ["member", "import", "acme", "-", "--dry-run"];
    let ended = deployment.run(&words, &users).await;
    let said = ended.failed("1 user is invalid; mend its line");
    assert!(
        said.contains("101   u101       `userName` is too long"),
        "{said}"
    );
    assert!(said.contains("would be created  100"), "{said}");
    let asked = deployment.asked();
    assert_eq!(asked[0].body["dryRun"], true);
    assert_eq!(asked[0].body["users"].as_array().unwrap().len(), 100);
    assert_eq!(asked[1].body["users"], json!([{"userName": "u101"}]));

    let mut words = words.to_vec();
    words[4] = "--json";
    let deployment = Deployment::new(script).await;
    let said: Value =
        serde_json::from_str(&deployment.run(&words, &users).await.failed("")).unwrap();
    assert_eq!(
        (&said["created"], &said["invalid"]),
        (&json!(100), &json!(1))
    );
    assert_eq!(said["results"][100]["line"], 101);

    let script = vec![turn(
        "POST /realms/acme/members/import",
        409,
        json!({"detail": "the realm is full"}),
    )];
    let deployment = Deployment::new(script).await;
    let ended = deployment
        .run(&["member", "import", "acme", "-"], "{\"userName\":\"a\"}")
        .await;
    ended.failed("the realm is full (from line 1 on nothing is imported");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_cut_says_so() {
    let page = json!({"members": [{"id": "1"}, {"id": "2"}], "nextCursor": "2"});
    let script = vec![turn(
        "GET /realms/acme/members?type=user&q=a%20b",
        200,
        page,
    )];
    let deployment = Deployment::new(script).await;
    let words = [
        "member", "list", "acme", "--type", "user", "--q", "a b", "--limit", "1",
    ];
    let said = deployment.run(&words, "").await.done();
    assert!(said.contains("There may be more: --limit"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used() {
    let usage = json!({"days": [{"date": "2030-01-01", "operations": [
        {"operation": "userCreate", "requests": 1, "errors": 0, "readUnits": 2, "writeUnits": 12, "dollars": 0.000008}]}],
        "total": {"requests": 1, "errors": 0, "readUnits": 2, "writeUnits": 12, "dollars": 0.000008}, "prices": {}});
    let script = vec![turn(
        "GET /realms/acme/usage?from=2030-01-01&to=2030-01-31",
        200,
        usage,
    )];
    let deployment = Deployment::new(script).await;
    let words = [
        "usage",
        "acme",
        "--from",
        "2030-01-01",
        "--to",
        "2030-01-31",
    ];
    let said = deployment.run(&words, "").await.done();
    assert!(said.contains("total"), "{said}");
}
