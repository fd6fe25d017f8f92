//! What a function is told by its environment. The template sets all of it.

use http::uri::{Authority, PathAndQuery, Scheme};
use lambda_http::http;
use service::{Config, Limits};
use std::fmt;
use std::time::Duration;

/// What a function is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The table's name: `MUSTER_TABLE`.
    pub table: String,
    /// The name or ARN of the secret that holds the pepper ring: `MUSTER_PEPPER_SECRET`.
    pub pepper_secret: String,
    /// `MUSTER_PUBLIC_URL` and the limits.
    pub service: Config,
    /// The dimension and log field `service`: `POWERTOOLS_SERVICE_NAME`.
    pub service_name: String,
    /// Where CloudWatch keeps the metrics: `POWERTOOLS_METRICS_NAMESPACE`.
    pub namespace: String,
    /// The least important lines that are written: `POWERTOOLS_LOG_LEVEL`.
    pub level: tracing::Level,
    /// The region: `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL_DYNAMODB`, else `AWS_ENDPOINT_URL`; none: AWS's own.
    pub dynamodb_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SECRETS_MANAGER`, else `AWS_ENDPOINT_URL`; none: AWS's own.
    pub secrets_manager_endpoint: Option<String>,
}

/// A variable that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misconfigured {
    /// The variable.
    pub variable: &'static str,
    /// What it must be.
    pub expected: &'static str,
}

/// What Lambda sets in every function, and what its runtime client panics without.
const OF_LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

impl Settings {
    /// Reads them; `variable` answers the value of an environment variable.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        for name in OF_LAMBDA {
            let expected = "set by AWS Lambda; on one machine start `muster serve` instead";
            given(name).ok_or_else(wrong(name, expected))?;
        }
        given("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
            .and_then(|value| value.parse::<u32>().ok())
            .ok_or_else(wrong(
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                "a number of megabytes",
            ))?;
        let endpoint = |name: &'static str| match given(name).or_else(|| given("AWS_ENDPOINT_URL"))
        {
            None => Ok(None),
            Some(url) => base_url(&url)
                .map(Some)
                .ok_or_else(wrong(name, "a URL such as `https://vpce.example.com`")),
        };
        Ok(Self {
            table: given("MUSTER_TABLE")
                .filter(|name| name.len() >= 3)
                .ok_or_else(wrong(
                    "MUSTER_TABLE",
                    "the name of the DynamoDB table, of 3 characters or more",
                ))?,
            pepper_secret: given("MUSTER_PEPPER_SECRET").ok_or_else(wrong(
                "MUSTER_PEPPER_SECRET",
                "the ARN of the Secrets Manager secret that holds the pepper ring",
            ))?,
            service: Config {
                public_url: match given("MUSTER_PUBLIC_URL") {
                    None => None,
                    Some(url) => Some(base_url(&url).ok_or_else(wrong(
                        "MUSTER_PUBLIC_URL",
                        "a base URL such as `https://scim.example.com`, without query or fragment",
                    ))?),
                },
                limits: limits(&given)?,
            },
            service_name: name(&given, "POWERTOOLS_SERVICE_NAME", "muster")?,
            namespace: name(&given, "POWERTOOLS_METRICS_NAMESPACE", "Muster")?,
            level: match given("POWERTOOLS_LOG_LEVEL") {
                None => tracing::Level::INFO,
                Some(level) => level.parse().map_err(|_| Misconfigured {
                    variable: "POWERTOOLS_LOG_LEVEL",
                    expected: "one of ERROR, WARN, INFO, DEBUG, TRACE",
                })?,
            },
            region: given("AWS_REGION").ok_or_else(wrong("AWS_REGION", "the region's name"))?,
            dynamodb_endpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB")?,
            secrets_manager_endpoint: endpoint("AWS_ENDPOINT_URL_SECRETS_MANAGER")?,
        })
    }
}

fn limits(given: &impl Fn(&str) -> Option<String>) -> Result<Limits, Misconfigured> {
    let default = Limits::default();
    // Lambda takes events of 6 MB, in which a body of 4 MiB stands in base64.
    let body = (1 << 10)..=(4 << 20);
    let expected = "a number of bytes from 1024 to 4194304";
    let page = 1..=1_000;
    let items = "a number from 1 to 1000";
    let limits = Limits {
        body: number(given, "MUSTER_MAX_BODY_BYTES", &body, expected)?.unwrap_or(default.body),
        group_body: number(given, "MUSTER_MAX_GROUP_BODY_BYTES", &body, expected)?
            .unwrap_or(default.group_body),
        bulk_body: number(given, "MUSTER_MAX_BULK_BODY_BYTES", &body, expected)?
            .unwrap_or(default.bulk_body),
        bulk_operations: number(given, "MUSTER_MAX_BULK_OPERATIONS", &page, items)?
            .unwrap_or(default.bulk_operations),
        page_default: number(given, "MUSTER_PAGE_DEFAULT", &page, items)?
            .unwrap_or(default.page_default),
        page_max: number(given, "MUSTER_PAGE_MAX", &page, items)?.unwrap_or(default.page_max),
        // HTTP APIs give up after 30 s.
        time_budget: number(
            given,
            "MUSTER_TIME_BUDGET_SECONDS",
            &(1..=28),
            "a number of seconds from 1 to 28: the gateway gives up after 30",
        )?
        .map_or(default.time_budget, |seconds| {
            Duration::from_secs(seconds as u64)
        }),
    };
    if limits.page_default > limits.page_max {
        return Err(Misconfigured {
            variable: "MUSTER_PAGE_DEFAULT",
            expected: "at most MUSTER_PAGE_MAX",
        });
    }
    Ok(limits)
}

fn number(
    given: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    range: &std::ops::RangeInclusive<usize>,
    expected: &'static str,
) -> Result<Option<usize>, Misconfigured> {
    given(variable)
        .map(|text| {
            text.parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(wrong(variable, expected))
        })
        .transpose()
}

/// A name that CloudWatch takes as a dimension's value or a namespace.
fn name(
    given: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    default: &str,
) -> Result<String, Misconfigured> {
    let name = given(variable).unwrap_or_else(|| default.to_owned());
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./#".contains(c);
    if name.len() <= 255 && name.chars().all(plain) {
        Ok(name)
    } else {
        Err(Misconfigured {
            variable,
            expected: "up to 255 letters, digits, or characters of `-_./#`",
        })
    }
}

/// `scheme://authority[/path]` without a trailing slash.
fn base_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme: Scheme = scheme.parse().ok()?;
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let authority: Authority = authority.parse().ok()?;
    let path = path.trim_end_matches('/');
    let web = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
    let anonymous = !authority.as_str().contains('@');
    let plain = path.is_empty()
        || (path.parse::<PathAndQuery>().is_ok() && !path.contains(['?', '#', '%']));
    (web && anonymous && plain && !rest.contains('#'))
        .then(|| format!("{scheme}://{authority}{path}"))
}

fn wrong(variable: &'static str, expected: &'static str) -> impl FnOnce() -> Misconfigured {
    move || Misconfigured { variable, expected }
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, expected } = self;
        write!(f, "environment variable `{variable}` must be {expected}")
    }
}

impl std::error::Error for Misconfigured {}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::Settings;

    const GOOD: &[(&str, &str)] = &[
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
        ("AWS_LAMBDA_FUNCTION_NAME", "users"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_REGION", "eu-central-1"),
        ("MUSTER_TABLE", "muster"),
        ("MUSTER_PEPPER_SECRET", "muster/peppers"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Settings, &'static str> {
        Settings::read(|name| {
            let all = changes.iter().chain(GOOD);
            let (_, value) = all.into_iter().find(|(key, _)| *key == name)?;
            Some((*value).to_owned())
        })
        .map_err(|wrong| wrong.variable)
    }

    #[test]
    fn defaults() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.service.limits.body, 1 << 20);
        assert_eq!(settings.service.limits.group_body, 4 << 20);
        assert_eq!(settings.service.public_url, None);
        assert_eq!(settings.dynamodb_endpoint, None);
        assert_eq!(settings.service_name, "muster");
        assert_eq!(settings.namespace, "Muster");
        // An empty variable is one that is not set: templates cannot leave one out easily.
        assert_eq!(
            read(&[("MUSTER_PUBLIC_URL", "")])
                .unwrap()
                .service
                .public_url,
            None
        );
    }

    #[test]
    fn what_is_given_counts() {
        let settings = read(&[
            ("MUSTER_PUBLIC_URL", "https://scim.example.com/muster/"),
            ("MUSTER_PAGE_MAX", "200"),
            ("MUSTER_TIME_BUDGET_SECONDS", "9"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2/"),
            ("POWERTOOLS_LOG_LEVEL", "debug"),
        ])
        .unwrap();
        let url = settings.service.public_url.as_deref();
        assert_eq!(url, Some("https://scim.example.com/muster"));
        assert_eq!(settings.service.limits.page_max, 200);
        assert_eq!(settings.service.limits.time_budget.as_secs(), 9);
        assert_eq!(
            settings.dynamodb_endpoint.as_deref(),
            Some("http://127.0.0.1:2")
        );
        let secrets = settings.secrets_manager_endpoint.as_deref();
        assert_eq!(secrets, Some("http://127.0.0.1:1"));
        assert_eq!(settings.level, tracing::Level::DEBUG);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (variable, value) in [
            ("AWS_LAMBDA_RUNTIME_API", ""),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "much"),
            ("AWS_REGION", ""),
            ("MUSTER_TABLE", ""),
            ("MUSTER_TABLE", "ab"),
            ("MUSTER_PEPPER_SECRET", ""),
            ("MUSTER_PUBLIC_URL", "scim.example.com"),
            ("MUSTER_PUBLIC_URL", "ftp://scim.example.com"),
            ("MUSTER_PUBLIC_URL", "https://user@scim.example.com"),
            ("MUSTER_PUBLIC_URL", "https://scim.example.com/?x=1"),
            ("MUSTER_PUBLIC_URL", "https://scim.example.com#x"),
            ("MUSTER_PUBLIC_URL", "https://scim example.com"),
            ("MUSTER_PUBLIC_URL", "https://"),
            ("MUSTER_MAX_BODY_BYTES", "0"),
            ("MUSTER_MAX_BODY_BYTES", "1 MiB"),
            ("MUSTER_MAX_GROUP_BODY_BYTES", "9999999"),
            ("MUSTER_PAGE_DEFAULT", "1001"),
            ("MUSTER_PAGE_MAX", "99"),
            ("MUSTER_TIME_BUDGET_SECONDS", "30"),
            ("POWERTOOLS_LOG_LEVEL", "LOUD"),
            ("POWERTOOLS_SERVICE_NAME", "a b"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "localhost"),
        ] {
            let named = if variable == "MUSTER_PAGE_MAX" {
                "MUSTER_PAGE_DEFAULT"
            } else {
                variable
            };
            assert_eq!(read(&[(variable, value)]).err(), Some(named), "{value}");
        }
    }
}
