//! Extension schemas and mappers.

use serde_json::json;

use crate::script::{Deployment, turn};

#[tokio::test(flavor = "multi_thread")]
async fn schemas_and_mappers_go_as_they_are_written() {
    let schema =
        json!({"id": "urn:a:2.0:User", "name": "2.0", "resourceType": "User", "attributes": []});
    let script = vec![turn(
        "PUT /realms/acme/schemas/urn:a:2.0:User",
        201,
        schema.clone(),
    )];
    let deployment = Deployment::new(script.clone()).await;
    let words = ["schema", "add", "acme", "-"];
    let said = deployment.run(&words, &schema.to_string()).await.done();
    assert!(
        said.contains("declares urn:a:2.0:User from now on"),
        "{said}"
    );
    assert_eq!(deployment.asked()[0].body, schema);

    let deployment = Deployment::new(script).await;
    let words = [
        "schema",
        "add",
        "acme",
        "urn:a:2.0:User",
        "--attribute",
        "tag:multi",
    ];
    deployment.run(&words, "").await.done();
    let body = json!({"name": "User", "resourceType": "User",
        "attributes": [{"name": "tag", "type": "string", "multiValued": true}]});
    assert_eq!(deployment.asked()[0].body, body);

    let deployment = Deployment::new(vec![]).await;
    let said = deployment
        .run(&["schema", "add", "acme", "urn:a:2.0:User"], "")
        .await;
    said.failed("has no attributes; name each with `--attribute NAME`");
    let said = deployment.run(&["mapper", "set", "acme", "-"], "{}").await;
    said.failed("holds no mappers");

    let mapped = json!({"profile": {"loginName": "ada"}, "missing": []});
    let script = vec![turn("POST /realms/acme/mappers/try", 200, mapped)];
    let deployment = Deployment::new(script).await;
    let words = ["mapper", "try", "acme", "--user", "-"];
    let said = deployment
        .run(&words, "{\"userName\":\"ada\"}")
        .await
        .done();
    assert_eq!(said, "  loginName  ada\n");
    assert_eq!(
        deployment.asked()[0].body,
        json!({"user": {"userName": "ada"}})
    );
}
