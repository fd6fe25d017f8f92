//! What a server is started with. Nothing is opened or bound here.

use std::error::Error as StdError;
use std::net::{Ipv4Addr, SocketAddr};

use reqwest::Url;
use service::Limits;

use super::secrets::Secrets;
use crate::Failure;
use crate::embedded::Embedded;

/// What a server is started with.
#[derive(Debug)]
pub struct Options {
    /// Where to listen; port 0 takes any free one.
    pub address: SocketAddr,
    /// The base URL clients are told; none: the address listened on.
    pub public_url: Option<String>,
    /// Where the data is.
    pub table: Table,
    /// The table's name, of 3 characters or more (AWS).
    pub table_name: String,
    /// The admin token and the peppers.
    pub secrets: Secrets,
    /// How much one request may ask for.
    pub limits: Limits,
}

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Table {
    /// In this process.
    Embedded(Embedded),
    /// At a DynamoDB with this endpoint URL, over the SDK's own HTTP client.
    Endpoint(String),
}

impl Options {
    /// A server on a free port of the loopback address over `embedded`, with
    /// secrets of its own.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn local(embedded: Embedded) -> Result<Self, Failure> {
        Ok(Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            table: Table::Embedded(embedded),
            table_name: "muster".to_owned(),
            secrets: Secrets::random()?,
            limits: Limits::default(),
        })
    }
}

/// A base URL as [`service::Config`] wants it: absolute, without a trailing slash.
pub(crate) fn base_url(text: &str) -> Result<String, Failure> {
    let wrong = || {
        Failure::new(format!(
            "`{text}` is no base URL; it looks like `https://scim.example.com`, without query or fragment"
        ))
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let plain = url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    if web && plain && anonymous {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(wrong())
    }
}

/// The innermost cause of an error, which says most to an operator.
pub(crate) fn cause(error: &dyn StdError) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::base_url;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(base_url(text).ok().as_deref(), expected, "{text}");
    }

    #[test]
    fn base_urls() {
        check("https://scim.example.com", Some("https://scim.example.com"));
        check(
            "https://scim.example.com/",
            Some("https://scim.example.com"),
        );
        check("http://[::1]:8080/a/", Some("http://[::1]:8080/a"));
        check("scim.example.com", None);
        check("ftp://scim.example.com", None);
        check("https://scim.example.com?x=1", None);
        check("https://scim.example.com#x", None);
        check("https://user:word@scim.example.com", None);
        check("", None);
    }
}
