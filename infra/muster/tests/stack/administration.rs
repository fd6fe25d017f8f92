//! Realms and keys of a deployment, and what is said when that fails.

use crate::aws::Aws;

#[tokio::test(flavor = "multi_thread")]
async fn a_first_realm_and_key() {
    let aws = Aws::new().await;
    let realm = aws
        .muster("--stack muster-prod realm create acme --display-name Zoë")
        .await
        .done();
    assert!(realm.contains("Realm acme is enabled"), "{realm}");
    let key = aws
        .muster("key create acme --name Entra --stack muster-prod")
        .await
        .done();
    assert!(key.contains("/realms/acme/scim/v2"), "{key}");
    assert!(key.contains("Secret Token  mst_"), "{key}");
    assert!(key.contains("Paste both into Entra ID"), "{key}");
    // The stack may be named by the environment.
    let keys = aws
        .muster_with("key list acme", &[("MUSTER_STACK", "muster-prod")])
        .await
        .done();
    assert!(keys.contains("Entra  scim    p1"), "{keys}");
    let realms = aws
        .muster(&format!("realm list --json --url {} --sigv4", aws.url))
        .await
        .done();
    assert!(realms.contains("\"Zoë\""), "{realms}");
    aws.muster("--stack muster-prod key list other")
        .await
        .failed("there is no realm `other`");
    // A problem of the admin API is no refusal of the gateway.
    aws.muster("--stack muster-prod realm create acme")
        .await
        .failed("realm `acme` already exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_when_it_cannot_be() {
    let aws = Aws::new().await;
    for (words, environment, said) in [
        (
            "--stack nope realm list",
            vec![],
            "there is no stack `nope` in `eu-central-1`; name its region with `--region`",
        ),
        (
            "--stack nope --region us-east-1 realm list",
            vec![],
            "there is no stack `nope` in `us-east-1`",
        ),
        (
            "--stack other realm list",
            vec![],
            "stack `other` (CREATE_COMPLETE) has no output `ApiUrl`",
        ),
        (
            "--stack forbidden realm list",
            vec![],
            "they need the action `cloudformation:DescribeStacks` (User: x is not authorized); a deployment can also be named by `--url URL --sigv4`",
        ),
        (
            "--stack muster-prod realm list",
            vec![("AWS_SECRET_ACCESS_KEY", "another")],
            "need the action `execute-api:Invoke` on `arn:aws:execute-api:eu-central-1:ACCOUNT:API/*/*/admin/*`",
        ),
        (
            "--stack muster-prod realm list",
            vec![
                ("AWS_ACCESS_KEY_ID", ""),
                ("AWS_SECRET_ACCESS_KEY", ""),
                ("AWS_SESSION_TOKEN", ""),
            ],
            "no AWS credentials: ",
        ),
        (
            "--stack muster-prod --aws-profile nope realm list",
            vec![
                ("AWS_ACCESS_KEY_ID", ""),
                ("AWS_SECRET_ACCESS_KEY", ""),
                ("AWS_SESSION_TOKEN", ""),
            ],
            "name a profile with `--aws-profile` or AWS_PROFILE",
        ),
        (
            "--stack muster-prod realm list",
            vec![("AWS_REGION", "")],
            "no AWS region; name it with `--region`",
        ),
        (
            "--stack muster-prod realm list --url http://localhost:1",
            vec![],
            "both name a deployment",
        ),
        (
            "realm list --sigv4",
            vec![],
            "`--sigv4` needs the URL of the deployment",
        ),
        (
            "realm list --admin-token-file nope",
            vec![],
            "or a deployment on AWS with `--stack`",
        ),
        (
            "--stack muster-prod realm list",
            vec![("AWS_ENDPOINT_URL", "http://127.0.0.1:1")],
            "stack `muster-prod` in `eu-central-1` cannot be described: ",
        ),
        (
            "verify --stack muster-prod --table t",
            vec![],
            "both name a table",
        ),
    ] {
        aws.muster_with(words, &environment).await.failed(said);
    }
}
