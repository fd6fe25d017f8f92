//! The mappers a realm has until it has its own.
//!
//! Entra ID's attributes and where its provisioning puts them: the core and
//! enterprise attributes of Probo's guide for Microsoft 365
//! (<https://www.getprobo.com/docs/product/scim/microsoft-365>), every row of
//! it. Its one row for addresses is one for each sub-attribute here.

use crate::schema::ENTERPRISE_USER;
use serde_json::{Value, json};

/// The company's name, Entra's attribute, the path, the type.
const CORE: [(&str, &str, &str, &str); 22] = [
    ("userName", "userPrincipalName", "userName", "String"),
    ("displayName", "displayName", "displayName", "String"),
    ("givenName", "givenName", "name.givenName", "String"),
    ("familyName", "surname", "name.familyName", "String"),
    ("formattedName", "ImmutableId", "name.formatted", "String"),
    (
        "honorificPrefix",
        "honorificPrefix",
        "name.honorificPrefix",
        "String",
    ),
    (
        "honorificSuffix",
        "honorificSuffix",
        "name.honorificSuffix",
        "String",
    ),
    ("nickName", "mailNickname", "nickName", "String"),
    ("active", "accountEnabled", "active", "Boolean"),
    ("email", "mail", r#"emails[type eq "work"].value"#, "String"),
    (
        "phone",
        "telephoneNumber",
        r#"phoneNumbers[type eq "work"].value"#,
        "String",
    ),
    (
        "streetAddress",
        "streetAddress",
        r#"addresses[type eq "work"].streetAddress"#,
        "String",
    ),
    (
        "locality",
        "city",
        r#"addresses[type eq "work"].locality"#,
        "String",
    ),
    (
        "region",
        "state",
        r#"addresses[type eq "work"].region"#,
        "String",
    ),
    (
        "postalCode",
        "postalCode",
        r#"addresses[type eq "work"].postalCode"#,
        "String",
    ),
    (
        "country",
        "country",
        r#"addresses[type eq "work"].country"#,
        "String",
    ),
    ("title", "jobTitle", "title", "String"),
    ("userType", "userType", "userType", "String"),
    (
        "preferredLanguage",
        "preferredLanguage",
        "preferredLanguage",
        "String",
    ),
    ("locale", "usageLocation", "locale", "String"),
    ("timezone", "preferredDataLocation", "timezone", "String"),
    ("profileUrl", "mysiteUrl", "profileUrl", "Reference"),
];

/// The company's name, Entra's attribute, the path behind the enterprise URN.
const ENTERPRISE: [(&str, &str, &str); 6] = [
    ("employeeNumber", "employeeId", "employeeNumber"),
    ("organization", "companyName", "organization"),
    ("department", "department", "department"),
    ("division", "division", "division"),
    ("costCenter", "costCenter", "costCenter"),
    ("manager", "manager", "manager.value"),
];

/// The table as rows of JSON.
pub(super) fn rows() -> Vec<Value> {
    let row = |name: &str, attribute: &str, path: &str, kind: &str| json!({"name": name, "attribute": attribute, "path": path, "type": kind});
    let core = CORE
        .iter()
        .map(|(name, attribute, path, kind)| row(name, attribute, path, kind));
    let enterprise = ENTERPRISE.iter().map(|(name, attribute, path)| {
        row(
            name,
            attribute,
            &format!("{ENTERPRISE_USER}:{path}"),
            "String",
        )
    });
    core.chain(enterprise).collect()
}
