//! What a filter's comparisons are said to cost, in bytes of ASCII compared.

use crate::filter_samples::{ada, bob, odd, user};
use scim::Filter;
use scim::schema::ENTERPRISE_USER;
use serde_json::{Map, Value, json};

fn cost(text: &str, of: &Map<String, Value>) -> u64 {
    let text = text.replace("ENT", ENTERPRISE_USER);
    let filter = text.parse::<Filter>().unwrap().resolve(user()).unwrap();
    filter.cost(of)
}

#[test]
fn each_comparison_costs_the_text_it_looks_at() {
    let ada = ada();
    // 32 for each comparison, and bytes: "Ada@Example.com" are 15.
    let rows = [
        ("userName eq \"x\"", 32 + 15),
        ("userName ne \"x\"", 32 + 15),
        (
            "userName co \"a much longer operand than there is text\"",
            32 + 15,
        ),
        ("userName pr", 32),
        ("nickName eq \"x\"", 32),
        ("active eq true", 32),
        (
            "urn:example:params:scim:schemas:extension:staff:2.0:User:level gt 3",
            32,
        ),
        ("meta.created gt \"2011-05-13T04:42:34Z\"", 32),
        ("not (userName eq \"x\")", 32 + 15),
        // Though the first decides.
        (
            "userName eq \"ada@example.com\" or userName eq \"x\"",
            2 * (32 + 15),
        ),
        ("userName eq \"x\" and userName eq \"y\"", 2 * (32 + 15)),
        // Every value of a list, though the first passes; of "Ada@work.example.com" and the other.
        ("emails.value co \"ada\"", 2 * 32 + 20 + 20),
        ("emails co \"ada\"", 2 * 32 + 20 + 20),
        ("emails.type eq \"work\"", 2 * 32 + 4 + 4),
        (
            "emails[type eq \"work\" and value co \"ada\"]",
            4 * 32 + 8 + 40,
        ),
        ("phoneNumbers.value eq \"1\"", 0),
        ("phoneNumbers[type eq \"work\"]", 0),
        ("ENT:manager.value eq \"x\"", 32 + 3),
        (
            "urn:example:params:scim:schemas:extension:staff:2.0:User:tags eq \"x\"",
            2 * 32 + 3 + 4,
        ),
        // Folded by Unicode's tables: "Groß-Analyst" are 13 bytes.
        ("title eq \"x\"", 32 + 32 * 13),
        ("title pr", 32),
    ];
    for (text, expected) in rows {
        assert_eq!(cost(text, &ada), expected, "{text}");
    }
}

#[test]
fn what_is_compared_as_it_stands_is_not_folded() {
    let mut ada = ada();
    // Both are six bytes; `externalId` is caseExact.
    ada.insert("externalId".to_owned(), json!("ÉÉÉ"));
    ada.insert("displayName".to_owned(), json!("ÉÉÉ"));
    assert_eq!(cost("externalId eq \"x\"", &ada), 32 + 6);
    assert_eq!(cost("displayName eq \"x\"", &ada), 32 + 32 * 6);
}

#[test]
fn odd_shapes_cost_as_they_are_met() {
    assert_eq!(cost("userName eq \"x\"", &odd()), 32);
    // `[]`, `{}`, `7` and "odd@example.com".
    assert_eq!(cost("emails.value eq \"x\"", &odd()), 4 * 32);
    assert_eq!(cost("emails[value eq \"x\"]", &odd()), 4 * 32);
    assert_eq!(cost("emails eq \"x\"", &bob()), 0);
}

#[test]
fn a_filter_within_a_value_says_the_same() {
    let filter: Filter = "type eq \"work\" or value sw \"a\"".parse().unwrap();
    let of = scim::ResourceType::user();
    let emails = of.core_attribute("emails").unwrap();
    let filter = filter.resolve_within(&emails).unwrap();
    assert_eq!(
        filter.cost(&json!({"type": "work", "value": "ada"})),
        64 + 4 + 3
    );
    assert_eq!(filter.cost(&json!({})), 64);
    assert_eq!(filter.cost(&json!("ada")), 64);
}
