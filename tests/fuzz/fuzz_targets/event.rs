//! Events of the gateway, from bytes: fields between 0xFF, in the order method,
//! path, query, body, header name, header value, stage; an odd first byte says
//! that the body is in base64. The law is `hostile`'s.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_tests::hostile::Deployment;
use serde_json::json;
use std::cell::LazyCell;

thread_local! {
    static DEPLOYMENT: LazyCell<Deployment> = const { LazyCell::new(Deployment::new) };
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let mut fields = rest
        .split(|byte| *byte == 0xff)
        .map(|field| String::from_utf8_lossy(field).into_owned());
    let mut next = || fields.next().unwrap_or_default();
    let (method, path, query, body) = (next(), next(), next(), next());
    let (name, value, stage) = (next(), next(), next());
    DEPLOYMENT.with(|deployment| {
        let mut event = deployment.event(&method, &path, &query);
        event["body"] = json!(body);
        event["isBase64Encoded"] = json!(first % 2 == 1);
        if !name.is_empty() && !name.eq_ignore_ascii_case("authorization") {
            event["headers"][name] = json!(value);
        }
        if !stage.is_empty() {
            event["requestContext"]["stage"] = json!(stage);
        }
        deployment.ask(event);
    });
});
