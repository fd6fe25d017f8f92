//! Laws of filters, on generated ones.

use crate::filter_samples::{ada, bob, odd, user};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use scim::filter::{At, CompareOp, Literal};
use scim::path::{AttrPath, Path};
use scim::{Filter, ResourceType};

fn at<T>(it: T) -> At<T> {
    At { it, position: 0 }
}

fn attr_path() -> impl Strategy<Value = AttrPath> {
    let urn = proptest::option::of("urn:[a-z]{1,5}:[0-9]\\.[0-9](:[A-Za-z]{1,4})?");
    let name = prop_oneof![
        "[A-Za-z$][A-Za-z0-9_$-]{0,6}",
        select(vec!["not", "and", "OR", "pr"]).prop_map(str::to_owned)
    ];
    let sub = proptest::option::of("[A-Za-z$][A-Za-z0-9_-]{0,4}");
    (urn, name, sub).prop_map(|(urn, name, sub)| AttrPath { urn, name, sub })
}

fn op() -> impl Strategy<Value = CompareOp> {
    select(vec![
        CompareOp::Equal,
        CompareOp::NotEqual,
        CompareOp::Contains,
        CompareOp::StartsWith,
        CompareOp::EndsWith,
        CompareOp::Greater,
        CompareOp::GreaterOrEqual,
        CompareOp::Less,
        CompareOp::LessOrEqual,
    ])
}

fn literal() -> impl Strategy<Value = Literal> {
    let bare = "[^\\s()\\[\\]\"'‘’“”][^\\s()\\[\\]\"]{0,8}";
    prop_oneof![
        Just(Literal::Null),
        any::<String>().prop_map(Literal::Quoted),
        bare.prop_filter("null is no word", |word| !word.eq_ignore_ascii_case("null"))
            .prop_map(Literal::Bare),
    ]
}

/// Any syntax tree within the limits.
fn syntax() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        attr_path().prop_map(|attr| Filter::Present(at(attr))),
        (attr_path(), op(), literal()).prop_map(|(attr, op, value)| Filter::Compare(
            at(attr),
            at(op),
            at(value)
        )),
    ];
    grown(leaf.boxed(), |inner| {
        (attr_path(), inner)
            .prop_map(|(attr, filter)| {
                Filter::Where(at(AttrPath { sub: None, ..attr }), Box::new(filter))
            })
            .boxed()
    })
}

/// A filter that means something for users.
fn sensible() -> impl Strategy<Value = Filter> {
    let leaves = [
        "title pr",
        "active eq true",
        "active ne true",
        "userName sw a",
        "userName ne bob",
        "emails.type ne work",
        "emails[type eq home]",
        "emails[not (type eq work)].value co org",
        "emails eq null",
        "meta.created gt 2015-01-01",
        "manager ne M-1",
    ];
    let leaf = select(leaves.to_vec()).prop_map(|text| text.parse::<Filter>().unwrap());
    grown(leaf.boxed(), |inner| inner)
}

fn grown(
    leaf: proptest::strategy::BoxedStrategy<Filter>,
    brackets: impl Fn(
        proptest::strategy::BoxedStrategy<Filter>,
    ) -> proptest::strategy::BoxedStrategy<Filter>
    + Clone
    + 'static,
) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(4, 20, 3, move |inner| {
        let several = || proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several().prop_map(Filter::And),
            several().prop_map(Filter::Or),
            inner
                .clone()
                .prop_map(|filter| Filter::Not(Box::new(filter))),
            brackets(inner.clone()),
        ]
    })
}

/// Which of the sample users match.
fn matching(filter: &Filter) -> Vec<bool> {
    let resolved = filter.resolve(user()).unwrap();
    [ada(), bob(), odd()]
        .iter()
        .map(|user| resolved.matches(user))
        .collect()
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(filter in syntax()) {
        prop_assert_eq!(Filter::parse_long(&filter.to_string()).unwrap(), filter);
    }

    #[test]
    fn a_path_that_is_written_reads_the_same(attr in attr_path(), filter in proptest::option::of(syntax())) {
        let path = Path { attr, filter };
        let text = path.to_string();
        // Generated filters may be beyond the limits of a path.
        match text.parse::<Path>() {
            Ok(read) => prop_assert_eq!(read, path),
            Err(error) => assert!(error.detail().contains("more than") || error.detail().contains("at most"), "{text}: {error}"),
        }
    }

    #[test]
    fn what_only_another_type_has_is_without_a_value(filter in sensible()) {
        let group = serde_json::json!({
            "displayName": "crew", "members": [{"value": "x"}], "meta": {"created": "2020-01-01T00:00:00Z"},
        });
        let group = group.as_object().unwrap();
        let among = filter.resolve_among(ResourceType::group(), &[user()]).unwrap();
        // No attribute of these filters has another place in a group than in a user.
        let matches = filter.resolve(user()).unwrap().matches(group);
        prop_assert_eq!(among.matches(group), matches);
        prop_assert!(!(among.is_unmatchable() && matches));
        let alone = filter.resolve_among(user(), &[ResourceType::group()]).unwrap();
        prop_assert_eq!(alone.matches(&ada()), filter.resolve(user()).unwrap().matches(&ada()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        drop(text.parse::<Filter>());
        drop(text.parse::<Path>());
    }

    #[test]
    fn any_words_are_read_or_refused(words in proptest::collection::vec(select(vec![
        "userName", "emails", "[", "]", "(", ")", "not", "and", "or", "eq", "gt", "pr", "\"x\"", "\"", "\\", "true",
        "null", "1", ".", ".value", ":", "urn:a:b:", " ", " ", " ", "é", "\u{0}", "active", "meta.created",
    ]), 0..30)) {
        let text = words.concat();
        if let Ok(filter) = text.parse::<Filter>() {
            prop_assert_eq!(filter.to_string().parse::<Filter>().unwrap(), filter.clone());
            if let Ok(resolved) = filter.resolve(user()) {
                resolved.matches(&ada());
                resolved.matches(&odd());
            }
        }
        if let Ok(path) = text.parse::<Path>() {
            prop_assert_eq!(path.to_string().parse::<Path>().unwrap(), path);
        }
    }

    #[test]
    fn de_morgan(filters in proptest::collection::vec(sensible(), 2..4)) {
        let each_not: Vec<_> = filters.iter().cloned().map(not).collect();
        prop_assert_eq!(matching(&not(Filter::And(filters.clone()))), matching(&Filter::Or(each_not.clone())));
        prop_assert_eq!(matching(&not(Filter::Or(filters))), matching(&Filter::And(each_not)));
    }

    #[test]
    fn not_is_the_opposite(filter in sensible()) {
        let opposite: Vec<_> = matching(&filter).into_iter().map(|matches| !matches).collect();
        prop_assert_eq!(matching(&not(filter)), opposite);
    }

    #[test]
    fn meaning_survives_writing(filter in sensible()) {
        prop_assert_eq!(matching(&Filter::parse_long(&filter.to_string()).unwrap()), matching(&filter));
    }

    #[test]
    fn equalities_are_necessary(filter in sensible(), value in "[ab]{1,2}") {
        let eq: Filter = format!("userName eq {value}").parse().unwrap();
        let both = Filter::And(vec![filter, eq.clone()]);
        let resolved = both.resolve(user()).unwrap();
        assert!(resolved.equalities().iter().any(|(attr, text)| attr.is("userName", None) && *text == value));
        for (both, eq) in matching(&both).into_iter().zip(matching(&eq)) {
            assert!(eq || !both);
        }
    }

    #[test]
    fn brackets_are_dots(op in op(), value in "[a-z@.]{0,6}", sub in select(vec!["value", "type", "display"])) {
        let value = Literal::Quoted(value);
        let dotted = format!("emails.{sub} {} {value}", op.keyword()).parse::<Filter>().unwrap();
        let bracketed = format!("emails[{sub} {} {value}]", op.keyword()).parse::<Filter>().unwrap();
        prop_assert_eq!(matching(&dotted), matching(&bracketed));
    }
}
