//! What filters match: the whole grammar and every operator, on three users and a group.

use crate::filter_samples::{ada, bob, group, odd, user};
use scim::{Filter, ResourceType};
use serde_json::json;

const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const STAFF: &str = crate::filter_samples::STAFF;

/// Checks which of the users match; ENT and STAFF stand for the URNs.
#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let text = text.replace("ENT", ENT).replace("STAFF", STAFF);
        let filter = text
            .parse::<Filter>()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let resolved = filter
            .resolve(user())
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let users = [("ada", ada()), ("bob", bob()), ("odd", odd())];
        let matching = users
            .iter()
            .filter(|(_, user)| resolved.matches(user))
            .map(|(name, _)| *name);
        let found = matching.collect::<Vec<_>>().join(" ");
        assert_eq!(found, *expected, "{text}");
        assert_eq!(
            filter.to_string().parse::<Filter>().unwrap(),
            filter,
            "{text}"
        );
    }
}

#[test]
fn strings() {
    check(&[
        (r#"userName eq "ada@example.com""#, "ada"),
        (r#"userName eq "ADA@EXAMPLE.COM""#, "ada"),
        (r#"userName eq "ada@example.co""#, ""),
        (r#"userName eq """#, ""),
        (r#"userName eq "bob""#, "bob"),
        (r#"userName ne "bob""#, "ada odd"),
        (r#"userName co "EXAMPLE""#, "ada"),
        (r#"userName co """#, "ada bob"),
        (r#"userName sw "ada""#, "ada"),
        (r#"userName sw "da""#, ""),
        (r#"userName ew ".COM""#, "ada"),
        (r#"userName ew "ada""#, ""),
        (r#"userName gt "ada@example.com""#, "bob"),
        (r#"userName ge "ada@example.com""#, "ada bob"),
        (r#"userName lt "B""#, "ada"),
        (r#"userName lt "BOB""#, "ada"),
        (r#"userName le "BOB""#, "ada bob"),
        (r#"userName gt "z""#, ""),
        (r#"externalId eq "Ada.1""#, "ada"),
        (r#"externalId eq "ada.1""#, ""),
        (r#"externalId co "DA""#, ""),
        (r#"externalId ew ".1""#, "ada"),
        (r#"externalId gt "Z""#, ""),
        (r#"externalId lt "a""#, "ada"),
        (r#"title eq "gross-analyst""#, "ada"),
        (r#"title eq "GROẞ-ANALYST""#, "ada"),
        (r#"title sw "ＧＲＯＳＳ""#, "ada"),
        (r#"displayName eq "ada \"countess\" lovelace""#, "ada"),
        (
            r#"displayName eq "ada \u0022countess\u0022 lovelace""#,
            "ada",
        ),
        (r#"displayName co "\"""#, "ada"),
        (r#"displayName co " and ""#, ""),
        (r#"profileUrl eq "https://Example.com/Ada""#, "ada"),
        (r#"profileUrl eq "https://example.com/Ada""#, ""),
        (r#"profileUrl sw "https://""#, "ada"),
        (r#"id eq "2819c223-7f76-453a-919d-413861904646""#, "ada"),
        (r#"id pr"#, "ada bob odd"),
        (r#"preferredLanguage ne "en""#, "ada bob odd"),
    ]);
}

#[test]
fn words_without_quotes() {
    check(&[
        ("externalId eq Ada.1", "ada"),
        ("userName sw B", "bob"),
        ("userName eq ada@example.com", "ada"),
        ("id eq 2819c223-7f76-453a-919d-413861904646", "ada"),
        ("userName eq bob and active eq False", "bob"),
        ("(userName eq bob)", "bob"),
        (
            "name.FamilyName eq King and (emails.Value co example.com or emails.Value co example.org)",
            "ada",
        ),
        ("userName eq 5", ""),
        ("userName eq true", ""),
        ("ENT:employeeNumber eq 42", "ada"),
        ("ENT:employeeNumber eq 42.0", ""),
        ("emails[type eq work]", "ada"),
        ("emails[type eq work].value eq ada@work.example.com", "ada"),
        (
            "id eq 2819c223-7f76-453a-919d-413861904646 and manager eq M-1",
            "ada",
        ),
        (
            "manager eq M-1 and id eq 2819c223-7f76-453a-919d-413861904646",
            "ada",
        ),
        ("userName eq and", ""),
        ("userName sw O", ""),
    ]);
}

#[test]
fn booleans() {
    check(&[
        ("active eq true", "ada"),
        ("active eq TRUE", "ada"),
        (r#"active eq "True""#, "ada"),
        (r#"active eq "false""#, "bob"),
        ("active eq False", "bob"),
        ("active ne true", "bob odd"),
        ("active ne false", "ada odd"),
        ("active pr", "ada bob odd"),
        ("STAFF:remote eq false", "ada"),
        ("STAFF:remote ne true", "ada bob odd"),
        ("STAFF:remote pr", "ada"),
        (r#"roles[primary eq "True"].value eq "Admin""#, "ada"),
        (r#"roles[primary eq "True"].value eq "Guest""#, ""),
        ("roles[primary eq True]", "ada"),
        ("roles[primary ne true].value eq guest", "ada"),
        ("emails.primary eq true", "ada"),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("STAFF:level eq 7", "ada"),
        ("STAFF:level eq 7.0", "ada"),
        ("STAFF:level eq 70e-1", "ada"),
        (r#"STAFF:level eq "7""#, "ada"),
        ("STAFF:level ne 7", "bob odd"),
        ("STAFF:level gt 6", "ada"),
        ("STAFF:level gt 7", ""),
        ("STAFF:level ge 7", "ada"),
        ("STAFF:level lt 10", "ada"),
        ("STAFF:level le 6.99", ""),
        ("STAFF:level gt -1", "ada"),
        ("STAFF:level eq 7.5", ""),
        ("STAFF:score eq 2.50", "ada"),
        ("STAFF:score gt 2", "ada"),
        ("STAFF:score lt 2.5", ""),
        ("STAFF:badge.number eq 9007199254740993", "ada"),
        ("STAFF:badge.number eq 9007199254740992", ""),
        ("STAFF:badge.number gt 9007199254740992", "ada"),
        ("STAFF:level lt 1e300", "ada"),
        ("STAFF:level eq 123456789012345678901234567890", ""),
    ]);
}

#[test]
fn instants() {
    check(&[
        (r#"meta.created eq "2011-05-13T04:42:34Z""#, "ada"),
        (r#"meta.created eq "2011-05-13T06:42:34+02:00""#, "ada"),
        (
            r#"meta.created eq "2011-05-13T04:42:34.000000000000Z""#,
            "ada",
        ),
        ("meta.created eq 2011-05-13T04:42:34", "ada"),
        ("meta.Created gt 2015-10-10T14:38:21.8617979-07:00", "bob"),
        ("meta.created lt 2015-10-10T14:38:21.8617979-07:00", "ada"),
        ("meta.created ge 2011-05-13", "ada bob"),
        ("meta.created le 2011-05-13", ""),
        ("meta.created ne 2011-05-13T04:42:34Z", "bob odd"),
        ("meta.created lt 2011-05-13T04:42:34Z", ""),
        ("meta.created le 2011-05-13T04:42:34Z", "ada"),
        (r#"meta.created sw "2011-05""#, "ada"),
        (r#"meta.created co "T00:00""#, "bob"),
        (
            "meta.lastModified gt 2024-02-29T23:59:59.4999999999Z",
            "ada",
        ),
        ("meta.lastModified gt 2024-02-29T23:59:59.5Z", ""),
        ("meta.lastModified pr", "ada"),
        ("STAFF:hired eq 2015-10-10T21:38:21.8617979Z", "ada"),
        ("STAFF:hired eq 2015-10-10T21:38:21.8617978Z", ""),
        ("STAFF:hired ge 2015-10-10T23:38:21.8617979+02:00", "ada"),
    ]);
}

#[test]
fn presence_and_null() {
    check(&[
        ("title pr", "ada"),
        ("TITLE PR", "ada"),
        ("nickName pr", ""),
        ("name pr", "ada"),
        ("name.givenName pr", "ada"),
        ("emails pr", "ada odd"),
        ("emails.type pr", "ada"),
        ("emails.display pr", ""),
        ("roles pr", "ada"),
        ("meta pr", "ada bob"),
        ("ENT:manager pr", "ada"),
        ("STAFF:tags pr", "ada"),
        ("schemas pr", "ada bob odd"),
        ("title eq null", "bob odd"),
        ("title eq NULL", "bob odd"),
        ("title ne null", "ada"),
        ("emails eq null", "bob odd"),
        ("emails ne null", "ada"),
        ("manager eq null", "bob odd"),
        (r#"title eq "null""#, ""),
        ("emails[type eq null]", "odd"),
        ("emails[display eq null]", "ada odd"),
        ("roles[type ne null]", "ada"),
    ]);
}

#[test]
fn complex_and_multi_valued() {
    check(&[
        (r#"name.familyName eq "king""#, "ada"),
        (r#"name.familyName co "O'Malley""#, ""),
        (r#"name.middleName ne "x""#, "ada bob odd"),
        (r#"emails eq "ada@home.example.org""#, "ada"),
        (r#"emails co "EXAMPLE.ORG""#, "ada"),
        (r#"emails.value ew "example.com""#, "ada"),
        (r#"emails.type eq "work""#, "ada"),
        (r#"emails.type eq "other""#, ""),
        (r#"emails.type ne "work""#, "ada odd"),
        (r#"not (emails.type eq "work")"#, "bob odd"),
        (r#"roles.value ne "Admin""#, "ada"),
        (r#"x509Certificates ne "MIIB""#, ""),
        (r#"x509Certificates eq "MIIB""#, "ada"),
        (r#"x509Certificates.value eq "miib""#, ""),
        (r#"x509Certificates.value sw "MI""#, "ada"),
        (r#"STAFF:seal eq "QUJD""#, "ada"),
        (r#"STAFF:seal eq "qujd""#, ""),
        (r#"groups eq "G-1""#, "ada"),
        (r#"groups.display eq "staff""#, "ada"),
        (r#"STAFF:tags eq "blue""#, "ada"),
        (r#"STAFF:tags eq "green""#, ""),
        (r#"STAFF:tags ne "blue""#, "ada"),
        (r#"STAFF:tags[value eq "red"]"#, "ada"),
        (r#"STAFF:tags[value sw "x"]"#, ""),
        (r#"STAFF:tags[value sw "r" and value ew "d"]"#, "ada"),
        (r#"STAFF:tags[value sw "r" and value ew "e"]"#, ""),
        (r#"STAFF:badge.doors eq "south""#, "ada"),
        (
            r#"STAFF:badge[doors eq "north" and doors eq "south"]"#,
            "ada",
        ),
        (
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            "ada",
        ),
        (
            r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
            "ada bob",
        ),
        (r#"manager eq "M-1""#, "ada"),
        (r#"manager eq "m-1""#, ""),
        (r#"manager.displayName eq "BO""#, "ada"),
        (r#"manager[value eq "M-1"]"#, "ada"),
        (r#"ENT:manager[value eq "M-1"]"#, "ada"),
        (r#"ENT:manager[displayName eq "bo"].value eq "M-1""#, "ada"),
    ]);
}

#[test]
fn one_value_satisfies_the_brackets() {
    check(&[
        (r#"emails[type eq "work"]"#, "ada"),
        (r#"emails[type eq "work" and value co "@work"]"#, "ada"),
        (r#"emails[type eq "work" and value co "@home"]"#, ""),
        (
            r#"emails.type eq "work" and emails.value co "@home""#,
            "ada",
        ),
        (
            r#"emails[type eq "work"].value eq "ADA@work.example.com""#,
            "ada",
        ),
        (
            r#"emails[type eq "work"].value eq "ada@home.example.org""#,
            "",
        ),
        (
            r#"emails[type eq "work" or type eq "home"].value sw "ada@home""#,
            "ada",
        ),
        (r#"emails[type eq "work"].primary pr"#, "ada"),
        (r#"emails[type eq "home"].primary pr"#, ""),
        (r#"emails[not (type eq "work")]"#, "ada odd"),
        (r#"not (emails[type eq "work"])"#, "bob odd"),
        (
            r#"emails[(type eq "work" or type eq "home") and value ew "org"]"#,
            "ada",
        ),
        (
            r#"emails[type eq "work" or type eq "home" and value ew "net"]"#,
            "ada",
        ),
        (r#"emails[ type eq "work" ] and active eq true"#, "ada"),
        (r#"emails[type eq "x"] or emails[type eq "home"]"#, "ada"),
        (r#"Emails[Type Eq "WORK" AND Value Co "@WORK"]"#, "ada"),
    ]);
}

#[test]
fn precedence_and_grouping() {
    check(&[
        ("active eq true or active eq false and title pr", "ada"),
        ("(active eq true or active eq false) and title pr", "ada"),
        ("active eq false or active eq true and nickName pr", "bob"),
        ("(active eq false or active eq true) and nickName pr", ""),
        ("title pr and title pr or active eq false", "ada bob"),
        ("title pr and (title pr or active eq false)", "ada"),
        ("not (title pr)", "bob odd"),
        ("not(title pr)", "bob odd"),
        ("NOT   (title pr)", "bob odd"),
        ("not (title pr) and active eq false", "bob"),
        ("not (title pr and active eq false)", "ada bob odd"),
        ("not (title pr) or title pr", "ada bob odd"),
        ("not (not (title pr))", "ada"),
        ("not (title pr or active eq false)", "odd"),
        ("((((title pr))))", "ada"),
        ("( title pr )", "ada"),
        ("(title pr)and(active eq true)", "ada"),
        ("  title   pr  ", "ada"),
        ("title pr and active eq true and userName pr", "ada"),
        ("title pr or active eq false or userName eq x", "ada bob"),
        ("title pr\n and\n active\teq true", "ada"),
        ("title PR AND active EQ true OR userName eq bob", "ada bob"),
        (
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            "bob odd",
        ),
        (
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            "ada",
        ),
        (
            r#"emails[type eq "work" and value co "@work"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            "ada",
        ),
    ]);
}

#[test]
fn names_with_schemas() {
    check(&[
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "A""#,
            "ada",
        ),
        (
            r#"URN:IETF:params:scim:schemas:core:2.0:user:USERNAME sw "A""#,
            "ada",
        ),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq "ada""#,
            "ada",
        ),
        (
            r#"urn:ietf:params:scim:schemas:core:2.0:User:emails[type eq "work"].value pr"#,
            "ada",
        ),
        (r#"ENT:department eq "r&d""#, "ada"),
        (r#"ENT:manager eq "M-1""#, "ada"),
        (r#"ENT:manager.value eq "M-1""#, "ada"),
        (r#"ENT.department eq "r&d""#, "ada"),
        (r#"department eq "R&D""#, "ada"),
        (r#"USERNAME eq "BOB""#, "bob"),
        (r#"Emails.TYPE eq "work""#, "ada"),
        (r#"meta.resourceType eq "User""#, "ada bob"),
        (r#"meta.version eq "W/\"3.1\"""#, "ada"),
        (r#"groups.$ref pr"#, ""),
    ]);
}

#[test]
fn groups() {
    let table = [
        (r#"displayName eq "STRASSE""#, true),
        (r#"displayName sw "Straß""#, true),
        (r#"displayName eq "Strase""#, false),
        (r#"id eq "G-1" and members eq "U-1""#, true),
        (r#"id eq "G-1" and members eq "u-3""#, false),
        (r#"members[value eq "g-2" and type eq "group"]"#, true),
        (r#"members[value eq "u-1" and type eq "Group"]"#, false),
        (r#"members.display eq "ada""#, true),
        ("members pr", true),
        ("externalId pr", false),
        (r#"meta.resourceType eq "Group""#, true),
    ];
    for (text, expected) in table {
        let filter = text
            .parse::<Filter>()
            .unwrap()
            .resolve(ResourceType::group())
            .unwrap();
        assert_eq!(filter.matches(&group()), expected, "{text}");
    }
}

/// Letters that are not ASCII are folded, and the two zeros are one number.
#[test]
fn what_is_equal_to_a_person() {
    let person = json!({"userName": "ÉÀ", STAFF: {"score": -0.0}});
    for text in ["userName eq \"éà\"", "STAFF:score eq 0", "STAFF:score ge 0"] {
        let filter: Filter = text.replace("STAFF", STAFF).parse().unwrap();
        let resolved = filter.resolve(user()).unwrap();
        assert!(resolved.matches(person.as_object().unwrap()), "{text}");
    }
}

/// Where it stands is for errors alone.
#[test]
fn filters_are_equal_when_they_say_the_same() {
    let filter = |text: &str| text.parse::<Filter>().unwrap();
    assert_eq!(filter("title  eq  x"), filter("title eq x"));
    for other in [
        "displayName eq x",
        "title ne x",
        "title eq y",
        r#"title eq "x""#,
        "title pr",
    ] {
        assert_ne!(filter(other), filter("title eq x"), "{other}");
    }
}

#[test]
fn what_is_shown_of_a_text_has_no_control_characters() {
    let text = r#"title eq "a\u0000\t\u001f b\"\\""#;
    let shown = text.parse::<Filter>().unwrap().to_string();
    assert_eq!(shown, r#"title eq "a\u0000\u0009\u001f b\"\\""#);
}
