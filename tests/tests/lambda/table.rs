//! The table of the template is the table the code makes where no template does.

use aws_sdk_dynamodb::types::KeyType;
use muster_tests::gateway::Template;
use serde_json::{Value, json};

#[tokio::test]
async fn the_template_declares_the_table_that_the_code_makes() {
    let template = Template::read();
    let (_, declared) = template.the("AWS::DynamoDB::Table");
    let client = crate::server().deployment().embedded.client();
    let name = declared["TableName"].as_str().unwrap();

    let made = client
        .describe_table()
        .table_name(name)
        .send()
        .await
        .unwrap();
    let made = made.table.unwrap();
    let keys: Vec<Value> = made
        .key_schema()
        .iter()
        .map(|key| json!({"AttributeName": key.attribute_name(), "KeyType": key.key_type().as_str()}))
        .collect();
    assert_eq!(declared["KeySchema"], json!(keys));
    assert!(
        made.key_schema()
            .iter()
            .any(|key| key.key_type() == &KeyType::Range)
    );
    let attributes: Vec<Value> = made
        .attribute_definitions()
        .iter()
        .map(|it| json!({"AttributeName": it.attribute_name(), "AttributeType": it.attribute_type().as_str()}))
        .collect();
    assert_eq!(declared["AttributeDefinitions"], json!(attributes));
    let billing = made.billing_mode_summary().unwrap().billing_mode().unwrap();
    assert_eq!(declared["BillingMode"], billing.as_str());
    for index in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        assert!(declared[index].is_null(), "the code asks no {index}");
    }

    let expiry = client
        .describe_time_to_live()
        .table_name(name)
        .send()
        .await
        .unwrap();
    let expiry = expiry.time_to_live_description.unwrap();
    let status = expiry.time_to_live_status().unwrap().as_str().to_owned();
    assert_eq!(
        declared["TimeToLiveSpecification"],
        json!({"AttributeName": expiry.attribute_name(), "Enabled": status == "ENABLED"})
    );
}
