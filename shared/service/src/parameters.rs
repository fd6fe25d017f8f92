//! The query string, read as leniently as clients write it.

/// The parameters of a raw query in `application/x-www-form-urlencoded`.
///
/// Never fails: bytes that are no UTF-8 become replacement characters and a
/// stray `%` stands for itself, as a filter with either is refused further on
/// by the parser that can say where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: Option<&str>) -> Self {
        Self(
            form_urlencoded::parse(raw.unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// Every value of the parameter, whatever the case of its name.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let named = self
            .0
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.clone()).collect()
    }

    /// The first value of the parameter, whatever the case of its name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[track_caller]
    fn check(raw: &str, name: &str, expected: Option<&str>) {
        assert_eq!(Query::parse(Some(raw)).get(name), expected, "{raw}");
    }

    #[test]
    fn parameters() {
        check(
            "filter=userName+eq+%22x%22",
            "filter",
            Some("userName eq \"x\""),
        );
        check("StartIndex=2&startindex=3", "startIndex", Some("2"));
        check("aadOptscim062020&count=5", "count", Some("5"));
        check("aadOptscim062020", "aadOptscim062020", Some(""));
        check("filter=100%&a=%zz", "filter", Some("100%"));
        check("filter=%ff", "filter", Some("\u{fffd}"));
        check("filter=a%26b", "filter", Some("a&b"));
        check("", "filter", None);
    }
}
