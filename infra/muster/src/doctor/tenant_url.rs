//! What an administrator pastes as the Tenant URL, understood or refused before
//! a request is sent: the token goes nowhere it should not.

use std::fmt;

use reqwest::Url;

use crate::Failure;

/// Entra's feature flag: it stands at the end of the Tenant URL and is Entra's to read.
const FLAG: &str = "aadOptscim062020";

/// What follows a Tenant URL in requests, and is pasted with it by mistake.
const ENDPOINTS: [&str; 8] = [
    "users",
    "groups",
    "serviceproviderconfig",
    "resourcetypes",
    "schemas",
    "bulk",
    "me",
    ".search",
];

/// The base URL of a SCIM endpoint: `https`, or `http` on this very machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantUrl {
    base: Url,
    remark: Option<Remark>,
}

/// What is odd about a Tenant URL that can be used all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remark {
    /// A slash at its end.
    TrailingSlash,
}

impl TenantUrl {
    /// Reads what was pasted.
    ///
    /// # Errors
    /// When it is no URL, would send the token in clear over a network, or is
    /// the URL of an endpoint below the Tenant URL.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let wrong = |why: &str| {
            Failure::new(format!(
                "`{text}` is no Tenant URL: {why}; it looks like `https://scim.example.com/realms/acme/scim/v2`"
            ))
        };
        let mut base = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(wrong("it does not begin with `https://` and a host"));
        }
        if base.scheme() == "http" && !is_loopback(&base) {
            return Err(wrong(
                "without `https` everyone on the way can read the token, and Entra ID refuses it",
            ));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(wrong(
                "credentials do not belong into a URL; Entra ID has the Secret Token for them",
            ));
        }
        if base.fragment().is_some() || !matches!(base.query(), None | Some(FLAG)) {
            return Err(wrong(&format!("nothing but `?{FLAG}` may follow its path")));
        }
        base.set_query(None);
        let path = base.path().to_owned();
        let plain = path.trim_end_matches('/');
        let remark = (path.len() > 1 && plain.len() < path.len()).then_some(Remark::TrailingSlash);
        if let Some(kept) = before_an_endpoint(plain) {
            let pasted = plain.get(kept.len()..).unwrap_or_default();
            base.set_path(kept);
            return Err(wrong(&format!(
                "`{pasted}` is an endpoint below it, which Entra ID adds by itself; paste `{}`",
                base.as_str().trim_end_matches('/')
            )));
        }
        base.set_path(plain);
        Ok(Self { base, remark })
    }

    /// Whether it names this very machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.base)
    }

    pub(super) fn remark(&self) -> Option<Remark> {
        self.remark
    }

    /// The URL of something below it. `segments` are names, not paths.
    pub(super) fn below(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Refused only by URLs without a host, and this one has one.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl fmt::Display for TenantUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str().trim_end_matches('/'))
    }
}

/// The path before the first segment that is the name of an endpoint, when it
/// is one of the last two: `…/Users` or `…/Users/{id}`.
fn before_an_endpoint(path: &str) -> Option<&str> {
    let (before, last) = path.rsplit_once('/')?;
    if is_endpoint(last) {
        return Some(before);
    }
    let (before, last) = before.rsplit_once('/')?;
    // `/users/scim` may be anybody's path; `/Users/{id}` is nobody's Tenant URL.
    (is_endpoint(last) && last.starts_with(char::is_uppercase)).then_some(before)
}

fn is_endpoint(segment: &str) -> bool {
    ENDPOINTS
        .iter()
        .any(|name| name.eq_ignore_ascii_case(segment))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
mod tests {
    use super::{Remark, TenantUrl};

    #[track_caller]
    fn accepted(text: &str, expected: &str, remark: Option<Remark>) {
        let url = TenantUrl::parse(text).unwrap();
        assert_eq!((url.to_string().as_str(), url.remark()), (expected, remark));
    }

    #[track_caller]
    fn refused(text: &str, because: &str) {
        let failure = TenantUrl::parse(text).unwrap_err().to_string();
        assert!(failure.contains(because), "{failure}");
    }

    #[test]
    fn what_can_be_used() {
        let base = "https://scim.example.com/realms/acme/scim/v2";
        accepted(base, base, None);
        accepted(&format!(" {base}\n"), base, None);
        accepted(&format!("{base}/"), base, Some(Remark::TrailingSlash));
        accepted(&format!("{base}?aadOptscim062020"), base, None);
        accepted(
            "https://scim.example.com/",
            "https://scim.example.com",
            None,
        );
        accepted(
            "http://127.0.0.1:8080/scim",
            "http://127.0.0.1:8080/scim",
            None,
        );
        accepted("http://[::1]:8080", "http://[::1]:8080", None);
        accepted(
            "http://localhost/users/scim",
            "http://localhost/users/scim",
            None,
        );
    }

    #[test]
    fn what_is_refused_and_why() {
        refused("scim.example.com/v2", "relative URL without a base");
        refused("localhost:8080/scim", "begin with `https://`");
        refused("ftp://scim.example.com", "begin with `https://`");
        refused("", "no Tenant URL");
        refused("http://scim.example.com/v2", "everyone on the way");
        refused("https://ada:word@scim.example.com", "credentials");
        refused(
            "https://scim.example.com/v2?realm=acme",
            "`?aadOptscim062020`",
        );
        refused("https://scim.example.com/v2#users", "`?aadOptscim062020`");
        refused(
            "https://scim.example.com/v2/Users",
            "paste `https://scim.example.com/v2`",
        );
        refused(
            "https://scim.example.com/v2/users/",
            "paste `https://scim.example.com/v2`",
        );
        refused(
            "https://scim.example.com/v2/Users/2819c223",
            "`/Users/2819c223` is an endpoint below it",
        );
    }
}
