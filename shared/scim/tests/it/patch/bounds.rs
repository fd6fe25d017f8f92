//! What the operations of one request may cost together.

use super::check::MINIMAL;
use scim::{Attributes, ErrorKind, ResourceType, patch};
use serde_json::{Map, Value, json};

const CUSTOM: &str = "urn:example:custom:2.0:User";

fn user(name: &str, value: &Value) -> Attributes {
    let mut user: Map<String, Value> = serde_json::from_str(MINIMAL).unwrap();
    user.insert(name.to_owned(), value.clone());
    Attributes::from_stored(&Value::Object(user).to_string()).unwrap()
}

/// The same operation so many times; the detail when they are too much.
fn refusal(current: &Attributes, op: &Value, times: u64) -> Option<String> {
    let of = ResourceType::user();
    let ops = vec![op.clone(); usize::try_from(times).unwrap()];
    let ops = patch::parse(of, json!({"Operations": ops})).unwrap();
    let error = patch::apply(of, current, &ops).err()?;
    assert_eq!(error.kind(), ErrorKind::PayloadTooLarge, "{error}");
    Some(error.detail().to_owned())
}

/// 2^28 bytes of ASCII: every operation looks at every value there is.
#[track_caller]
fn check(current: &Attributes, op: &Value, cost: u64) {
    let most = (1 << 28) / cost;
    assert!(most < 1_000, "{op} costs {cost}");
    assert_eq!(refusal(current, op, most), None, "{op}");
    let detail = refusal(current, op, most + 1).unwrap();
    let last = format!("operation {}: ", most + 1);
    assert!(detail.starts_with(&last), "{detail}");
    assert!(
        detail.contains("send fewer operations at a time"),
        "{detail}"
    );
}

#[test]
fn elements_are_looked_at_again_by_each_operation() {
    // Compared as they stand: the first letter decides, whatever is counted.
    let long = |letter: &str| json!({"value": letter.repeat(140_000)});
    let current = user("x509Certificates", &json!([long("B"), long("C")]));
    let nobody =
        json!({"op": "remove", "path": "x509Certificates[value eq \"A\" or type eq \"x\"]"});
    // 256 an element; 32 and the text for a comparison.
    check(&current, &nobody, 2 * (256 + 32 + 140_000 + 32));
}

#[test]
fn values_of_undeclared_extensions_are_looked_at_again_by_each_operation() {
    let tags = Vec::from_iter((1_000..2_100).map(|n| format!("t{n}")));
    let current = user(CUSTOM, &json!({"tags": tags, "one": 1}));
    let other = json!({"op": "replace", "path": format!("{CUSTOM}:one"), "value": 1});
    // The tags, their list, the number, and the object.
    check(&current, &other, (1_100 + 3) * 256);
    let elsewhere = json!({"op": "replace", "path": "urn:example:other:2.0:User:one", "value": 1});
    assert_eq!(refusal(&current, &elsewhere, 1_000), None);
}

#[test]
fn an_object_of_very_many_names_is_laid_over_another() {
    let names = |n: usize| Map::from_iter((0..n).map(|n| (format!("Name{n}"), json!(n % 10))));
    let current = user(CUSTOM, &json!({"name0": 7, "kept": 1}));
    let of = ResourceType::user();
    let lay = |value: Value| {
        let op = json!({"op": "replace", "path": CUSTOM, "value": value});
        let ops = patch::parse(of, json!({"Operations": [op]})).unwrap();
        patch::apply(of, &current, &ops)
    };
    // It is far too large to be kept; that is found out in the time that one look at each takes.
    let error = lay(Value::Object(names(50_000))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PayloadTooLarge, "{error}");
    let few = lay(json!({"NAME0": 8, "Kept": null, "new": 2}))
        .unwrap()
        .attributes;
    assert_eq!(few.as_map()[CUSTOM], json!({"name0": 8, "new": 2}));
}
