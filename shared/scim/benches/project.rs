//! What reading a client's user and showing it costs.
#![allow(clippy::unwrap_used, reason = "a benchmark stops by panicking")]

use divan::Bencher;
use scim::project::{Meta, Projection, Resource};
use scim::{Attributes, ResourceType, accept};
use serde_json::Value;

fn main() {
    divan::main();
}

/// A user as Entra's default mapping sends it (fixture 022).
const USER: &[u8] = br#"{
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "externalId": "pvoss", "userName": "p.voss@example.net", "active": "True",
    "displayName": "Petra Voss", "title": "Architect", "preferredLanguage": "de",
    "name": {"formatted": "Petra Voss", "familyName": "Voss", "givenName": "Petra"},
    "emails": [{"primary": true, "type": "work", "value": "p.voss@example.net"}],
    "addresses": [{"type": "work", "primary": true, "streetAddress": "12 Quay St",
        "locality": "Bremen", "region": "HB", "postalCode": "28195", "country": "Germany"}],
    "phoneNumbers": [{"type": "work", "primary": true, "value": "55555555555"},
        {"type": "mobile", "value": "55555555556"}, {"type": "fax", "value": "55555555557"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
        {"employeeNumber": "40017", "department": "Yard", "manager": {"value": "m"}}
}"#;

fn body() -> Value {
    scim::json::parse(USER).unwrap()
}

fn attributes() -> Attributes {
    accept::create(ResourceType::user(), &body())
        .unwrap()
        .attributes
}

fn resource(attributes: &Attributes) -> Resource<'_> {
    Resource {
        id: "2819c223-7f76-453a-919d-413861904646".to_owned(),
        attributes,
        meta: Meta {
            resource_type: "User",
            created: "2026-01-23T04:56:22Z".to_owned(),
            last_modified: "2026-01-23T04:56:22Z".to_owned(),
            version: "W/\"1.0\"".to_owned(),
            location: "https://h/realms/r/scim/v2/Users/2819c223".to_owned(),
        },
        derived: None,
    }
}

#[divan::bench]
fn parse() -> Value {
    scim::json::parse(divan::black_box(USER)).unwrap()
}

#[divan::bench]
fn create(bencher: Bencher<'_, '_>) {
    let of = ResourceType::user();
    bencher
        .with_inputs(body)
        .bench_values(|body| accept::create(of, &body).unwrap());
}

#[divan::bench]
fn replace(bencher: Bencher<'_, '_>) {
    let (of, current) = (ResourceType::user(), attributes());
    bencher
        .with_inputs(body)
        .bench_values(|body| accept::replace(of, &body, &current).unwrap());
}

/// Ten thousand distinct e-mails: the cost must grow with the body, not its square.
#[divan::bench(args = [100, 1_000, 10_000])]
fn create_with_emails(bencher: Bencher<'_, '_>, emails: usize) {
    let of = ResourceType::user();
    let list: Vec<Value> = (0..emails)
        .map(|n| format!("{n}@example.net").into())
        .collect();
    let body = serde_json::json!({"userName": "u", "emails": list});
    bencher
        .with_inputs(|| body.clone())
        .bench_values(|body| accept::create(of, &body).unwrap());
}

#[divan::bench]
fn view(bencher: Bencher<'_, '_>) {
    let (of, attributes) = (ResourceType::user(), attributes());
    let resource = resource(&attributes);
    bencher.bench(|| resource.view(of));
}

#[divan::bench(args = ["", "userName", "userName,emails.value,name"])]
fn project(bencher: Bencher<'_, '_>, asked: &str) {
    let (of, attributes) = (ResourceType::user(), attributes());
    let resource = resource(&attributes);
    let projection = Projection::parse(of, &[asked.to_owned()], &[]).unwrap();
    bencher
        .with_inputs(|| resource.view(of))
        .bench_values(|view| projection.apply(of, view));
}
