//! The stock schema documents.

use scim::schema::{Attribute, ENTERPRISE_USER, GROUP, Mutability, Returned, Schema, Type, USER};
use std::collections::HashSet;
use std::sync::Arc;

fn check_attributes(attributes: &[Arc<Attribute>], path: &str) {
    let names: HashSet<String> = attributes
        .iter()
        .map(|attribute| attribute.name.to_ascii_lowercase())
        .collect();
    assert_eq!(names.len(), attributes.len(), "{path}: a name twice");
    for attribute in attributes {
        let path = format!("{path}.{}", attribute.name);
        let subs = &attribute.sub_attributes;
        assert!(
            !attribute.description.is_empty(),
            "{path}: RFC 7643 section 7 wants a description"
        );
        assert_eq!(attribute.kind == Type::Complex, !subs.is_empty(), "{path}");
        // RFC 7643 section 2.3.8: no complex in complex.
        assert!(subs.iter().all(|sub| sub.kind != Type::Complex), "{path}");
        // RFC 7643 sections 2.3.6 and 2.3.7.
        let exact = matches!(attribute.kind, Type::Reference | Type::Binary);
        assert!(
            !exact || attribute.case_exact,
            "{path}: caseExact by its type"
        );
        assert_eq!(
            attribute.kind == Type::Reference,
            !attribute.reference_types.is_empty(),
            "{path}"
        );
        // RFC 7643 section 7: a writeOnly attribute SHOULD also be returned never.
        let secret = attribute.mutability == Mutability::WriteOnly;
        assert_eq!(secret, attribute.returned == Returned::Never, "{path}");
        check_attributes(subs, &path);
    }
}

#[test]
fn stock_schemas_are_sound() {
    for (schema, id) in [
        (Schema::user(), USER),
        (Schema::group(), GROUP),
        (Schema::enterprise_user(), ENTERPRISE_USER),
        (
            Schema::common(),
            "urn:ietf:params:scim:schemas:core:2.0:Common",
        ),
    ] {
        assert_eq!(schema.id, id);
        check_attributes(&schema.attributes, &schema.name);
    }
}

#[test]
fn names_of_the_schemas() {
    for (schema, names) in [
        (
            Schema::user(),
            "externalId userName name displayName nickName profileUrl title userType \
             preferredLanguage locale timezone active password emails phoneNumbers ims photos \
             addresses groups entitlements roles x509Certificates",
        ),
        (Schema::group(), "externalId displayName members"),
        (
            Schema::enterprise_user(),
            "employeeNumber costCenter organization division department manager",
        ),
        (Schema::common(), "schemas id meta"),
    ] {
        let found: Vec<&str> = schema
            .attributes
            .iter()
            .map(|found| found.name.as_str())
            .collect();
        assert_eq!(found.join(" "), names);
    }
}

/// What differs from the defaults of RFC 7643 section 2.2. Against the example of
/// section 8.7.1: references and binary are caseExact by section 2.3; a group's
/// displayName and manager.value follow the errata (CLIENTS.md); displayName of a
/// group is unique, because Entra matches on it.
#[test]
fn characteristics_that_matter() {
    let lines: Vec<String> = [
        Schema::common(),
        Schema::user(),
        Schema::group(),
        Schema::enterprise_user(),
    ]
    .iter()
    .flat_map(|schema| schema.attributes.clone())
    .flat_map(|attribute| {
        let own = line(&attribute.name, &attribute);
        let name = attribute.name.clone();
        let subs = attribute.sub_attributes.clone();
        std::iter::once(own).chain(
            subs.into_iter()
                .map(move |sub| line(&format!("{name}.{}", sub.name), &sub)),
        )
    })
    .flatten()
    .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    schemas: required caseExact readOnly always
    id: caseExact readOnly always server
    meta: readOnly
    meta.resourceType: caseExact readOnly
    meta.created: readOnly
    meta.lastModified: readOnly
    meta.location: caseExact readOnly
    meta.version: caseExact readOnly
    externalId: caseExact
    userName: required server
    profileUrl: caseExact
    password: writeOnly never
    photos.value: caseExact
    groups: readOnly
    groups.value: readOnly
    groups.$ref: caseExact readOnly
    groups.display: readOnly
    groups.type: readOnly
    x509Certificates.value: caseExact
    externalId: caseExact
    displayName: required server
    members.value: immutable
    members.display: readOnly request
    members.$ref: caseExact immutable
    members.type: immutable
    manager.value: caseExact
    manager.$ref: caseExact
    manager.displayName: readOnly
    ");
}

fn line(path: &str, attribute: &Attribute) -> Option<String> {
    let json = serde_json::to_value(attribute).unwrap();
    let differs = |key: &str, default: &str| {
        json[key]
            .as_str()
            .filter(|value| *value != default)
            .map(|value| format!(" {value}"))
    };
    let traits: String = [
        attribute.required.then(|| " required".to_owned()),
        attribute.case_exact.then(|| " caseExact".to_owned()),
        differs("mutability", "readWrite"),
        differs("returned", "default"),
        differs("uniqueness", "none"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!traits.is_empty()).then(|| format!("{path}:{traits}"))
}
