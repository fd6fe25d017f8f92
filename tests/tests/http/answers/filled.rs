//! A group that is large before anybody asks.

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use muster::embedded::Embedded;
use std::collections::HashMap;
use uuid::Uuid;

/// Puts so many members into a group as they stand in the table; their ids, in
/// order. By requests it would take minutes.
pub(crate) async fn fill(
    embedded: &Embedded,
    realm: &str,
    group: &str,
    count: usize,
) -> Vec<String> {
    let mut ids: Vec<String> = (0..count).map(|_| Uuid::new_v4().to_string()).collect();
    ids.sort_unstable();
    let client = embedded.client();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put = |id: &String| {
        let item = HashMap::from([
            ("pk".to_owned(), text(&format!("R#{realm}#M#{group}"))),
            ("sk".to_owned(), text(id)),
            ("f".to_owned(), AttributeValue::N("1".to_owned())),
            ("type".to_owned(), text("User")),
        ]);
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    for some in ids.chunks(25) {
        let requests = some.iter().map(put).collect();
        let write = client.batch_write_item().request_items("muster", requests);
        write.send().await.unwrap();
    }
    ids
}
