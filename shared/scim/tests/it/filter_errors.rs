//! Filters that are refused: `invalidFilter`, with the place and the name that are wrong.

use crate::filter_samples::{STAFF, user};
use scim::{Error, ErrorKind, Filter, Tolerances};

const ENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Checks the position and a part of the detail.
#[track_caller]
fn check(table: &[(&str, usize, &str)]) {
    for (text, position, part) in table {
        let text = text.replace("ENT", ENT).replace("STAFF", STAFF);
        let error = refused(&text);
        let detail = error.detail();
        assert_eq!(error.kind(), ErrorKind::InvalidFilter, "{text}");
        assert!(detail.contains(part), "{text}: {detail}");
        assert!(
            detail.ends_with(&format!(", at position {position}")),
            "{text}: {detail}"
        );
        assert!(
            detail.starts_with(|c: char| c.is_lowercase() || c == '`'),
            "{text}: {detail}"
        );
    }
}

#[track_caller]
fn refused(text: &str) -> Error {
    let resolved = text
        .parse::<Filter>()
        .and_then(|filter| filter.resolve(user()));
    match resolved {
        Err(error) => error,
        Ok(_) => panic!("{text} is accepted"),
    }
}

#[test]
fn grammar() {
    check(&[
        ("", 1, "an attribute name but the text ends"),
        ("   ", 4, "an attribute name"),
        ("userName", 9, "an operator such as `eq` but the text ends"),
        ("userName ", 10, "an operator"),
        ("userName eq", 12, "a value but the text ends"),
        ("userName eq ", 13, "a value but the text ends"),
        (r#"userName eq"x""#, 12, "a value but found `\"`"),
        (r#"userName "x""#, 10, "an operator"),
        (
            r#"userName regex "x""#,
            10,
            "the operator `regex` is not supported",
        ),
        (r#"userName = "x""#, 10, "`=`"),
        ("userName prr", 10, "`prr`"),
        ("userName eq John Smith", 13, "double quotes"),
        ("(userName eq John Smith)", 14, "double quotes"),
        ("userName eq 'bob'", 13, "double quotes"),
        ("userName eq “bob”", 13, "double quotes"),
        (r#"userName eq "bob"#, 13, "no closing quote"),
        (r#"userName eq "bob\""#, 13, "no closing quote"),
        (r#"userName eq "\x""#, 13, "not a JSON string"),
        (r#"userName eq "\ud800""#, 13, "not a JSON string"),
        ("userName eq \"a\nb\"", 13, "not a JSON string"),
        (r#"userName eq "a" "b""#, 17, "`and`, `or` or the end"),
        (r#"userName eq "a" xor title pr"#, 17, "found `xor`"),
        ("title pr title pr", 10, "found `title`"),
        ("title pr and", 13, "an attribute name"),
        ("title pr or or title pr", 16, "`title` is not supported"),
        ("title pr and )", 14, "an attribute name but found `)`"),
        ("(title pr", 10, "`)` but the text ends"),
        ("(title pr]", 10, "`)` but found `]`"),
        ("title pr)", 9, "the end but found `)`"),
        ("()", 2, "an attribute name"),
        ("not title pr", 1, "`not` needs parentheses: `not (…)`"),
        (
            r#"NOT userName eq "a""#,
            1,
            "`not` needs parentheses: `not (…)`",
        ),
        ("title pr and not emails[type pr]", 14, "`not` needs"),
        ("not (not title pr)", 6, "`not` needs parentheses"),
        ("not eq 1", 1, "unknown attribute `not`"),
        ("not (title pr", 14, "`)`"),
        ("emails[type eq work", 20, "`]` but the text ends"),
        ("emails[]", 8, "an attribute name"),
        ("emails[type eq work)", 20, "`]` but found `)`"),
        ("emails[type eq work]]", 21, "found `]`"),
        ("emails[type eq work].", 22, "an attribute name"),
        ("emails[type eq work].value", 27, "an operator"),
        (
            "emails[type eq work].a.b pr",
            22,
            "`a.b` is not the name of a sub-attribute",
        ),
        ("emails[type eq work]value pr", 21, "found `value`"),
        (
            "emails.type[value pr]",
            1,
            "`emails.type` names a sub-attribute",
        ),
        ("1name pr", 1, "`1name` is not an attribute path"),
        ("name.given.name pr", 1, "`name.given.name`"),
        ("name. pr", 1, "`name.`"),
        (".name pr", 1, "`.name`"),
        ("user:name pr", 1, "`user` is not a schema URI"),
        ("urn:a:b: pr", 1, "not an attribute path"),
        ("übername pr", 1, "`übername`"),
        (r#"title eq "ü" and ü pr"#, 18, "`ü`"),
        ("__proto__ pr", 1, "`__proto__`"),
    ]);
}

#[test]
fn names() {
    check(
        &[
            (
                "email co x",
                1,
                "unknown attribute `email` of resource type User",
            ),
            ("title pr and nmae pr", 14, "unknown attribute `nmae`"),
            (
                "name.nick pr",
                1,
                "attribute `name` has no sub-attribute `nick`",
            ),
            (
                "userName.value pr",
                1,
                "attribute `userName` has no sub-attribute `value`",
            ),
            (
                "emails[kind eq work]",
                8,
                "attribute `emails` has no sub-attribute `kind`",
            ),
            (
                "emails[emails.type eq work]",
                8,
                "sub-attributes stand alone",
            ),
            ("emails[ENT:department pr]", 8, "sub-attributes stand alone"),
            ("emails[value[type pr]]", 8, "cannot have brackets itself"),
            ("title pr and members pr", 14, "`members`"),
            ("ENT:nothing pr", 1, ":User:nothing` of resource type User"),
            ("urn:example:other:2.0:User:tag pr", 1, "does not declare"),
            (
                "urn:example:other:2.0:User:tag[a pr]",
                1,
                "does not declare",
            ),
            ("ENT pr", 1, "a whole schema"),
            ("password pr", 1, "`password` is never returned"),
            (
                r#"not (password sw "a")"#,
                6,
                "`password` is never returned",
            ),
            ("STAFF:pin pr", 1, "never returned"),
            ("STAFF:badge.code pr", 1, "never returned"),
            ("STAFF:badge[code pr]", 0, "`code` is never returned"),
        ]
        .map(|(text, position, part)| match position {
            // Inside the brackets of a long name.
            0 => (text, STAFF.len() + 8, part),
            _ => (text, position, part),
        }),
    );
}

#[test]
fn types() {
    check(&[
        (
            "active gt true",
            8,
            "the operator `gt` cannot compare `active` with a boolean",
        ),
        ("active ge true", 8, "`ge`"),
        ("active lt true", 8, "`lt`"),
        ("active le true", 8, "`le`"),
        ("active co true", 8, "`co`"),
        ("active sw true", 8, "`sw`"),
        ("active ew true", 8, "`ew`"),
        (
            "active eq maybe",
            11,
            "`active` is compared with `true` or `false`, not `maybe`",
        ),
        ("active eq 1", 11, "not `1`"),
        (r#"active eq """#, 11, "`true` or `false`"),
        ("x509Certificates.value gt a", 24, "a binary attribute"),
        ("x509Certificates le a", 18, "a binary attribute"),
        ("x509Certificates[value lt a]", 24, "a binary attribute"),
        (r#"name eq "Ada""#, 1, "`name` is a complex attribute"),
        ("addresses co x", 1, "such as `addresses.formatted`"),
        ("meta eq x", 1, "`meta` is a complex attribute"),
        ("meta.created gt yesterday", 17, "a date and time such as"),
        ("meta.created gt 2011-13-01", 17, "`2011-13-01`"),
        (
            "title gt null",
            7,
            "the operator `gt` cannot compare `title` with null",
        ),
        ("title co null", 7, "null"),
        ("active co null", 8, "null"),
    ]);
    let numbers = [
        ("level eq x", "a number, not `x`"),
        ("level co 7", "a number attribute"),
        ("score eq NaN", "a number"),
        ("level eq 07", "a number"),
    ];
    for (text, part) in numbers {
        let error = refused(text);
        assert_eq!(error.kind(), ErrorKind::InvalidFilter, "{text}");
        assert!(error.detail().contains(part), "{text}: {error}");
    }
}

type Parse = fn(&str) -> scim::Result<Filter>;

#[test]
fn limits() {
    let chain = |n: usize| vec!["title pr"; n].join(" or ");
    let nested = |n: usize| format!("{}title pr{}", "(".repeat(n), ")".repeat(n));
    let long = |n: usize| format!("title eq \"{}\"", "x".repeat(n - 11));
    let short: Parse = |text| text.parse();
    let table: [(_, Parse, _); 16] = [
        (chain(64), short, ""),
        (chain(65), short, "more than 64 comparisons"),
        (chain(1024), Filter::parse_long, ""),
        (
            chain(1025),
            Filter::parse_long,
            "more than 1024 comparisons",
        ),
        (nested(20), short, ""),
        (vec!["(title pr)"; 30].join(" or "), short, ""),
        (nested(21), short, "more than 20 deep, at position 22"),
        (nested(21), Filter::parse_long, "more than 20 deep"),
        (long(4096), short, ""),
        (long(4097), short, "4097 bytes, at most 4096"),
        (long(65536), Filter::parse_long, ""),
        (long(65537), Filter::parse_long, "at most 65536"),
        ("(".repeat(10_000), short, "10000 bytes"),
        ("(".repeat(10_000), Filter::parse_long, "more than 20 deep"),
        (
            "not(".repeat(10_000),
            Filter::parse_long,
            "more than 20 deep",
        ),
        (
            "emails[".repeat(1_000),
            Filter::parse_long,
            "more than 20 deep",
        ),
    ];
    for (text, parse, part) in table {
        let start: String = text.chars().take(20).collect();
        match parse(&text) {
            Ok(_) => assert_eq!(part, "", "{start}"),
            Err(error) => {
                assert!(
                    !part.is_empty() && error.detail().contains(part),
                    "{start}: {error}"
                );
            }
        }
    }
}

#[test]
fn a_long_word_is_not_quoted_back_whole() {
    let error = refused(&format!("{} pr", "ü".repeat(1000)));
    assert!(error.detail().len() < 300, "{error}");
}

#[test]
fn what_a_strict_realm_does_not_read_has_its_place() {
    let mut strict = user().clone();
    strict.tolerances = Tolerances::NONE;
    let text = format!(
        "title pr or emails[type eq \"{}\"].value eq \"x\"",
        "w".repeat(900)
    );
    let error = text.parse::<Filter>().unwrap().resolve(&strict);
    let error = error.unwrap_err();
    assert!(error.detail().contains(", at position 13 ("), "{error}");
    assert!(error.detail().len() < 500, "{error}");
}
