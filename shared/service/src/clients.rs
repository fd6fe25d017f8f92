//! Which client it is, told from what it calls itself: for people who read
//! events, and for nothing else. No answer depends on it.

/// What a client calls itself contains one of these words, in any case. The
/// first row that fits is taken. Documented is Okta's alone (CLIENTS.md); the
/// others are their makers' own names, and Entra ID may send nothing at all.
const CLIENTS: &[(&str, &str)] = &[
    ("okta", "Okta"),
    ("onelogin", "OneLogin"),
    ("jumpcloud", "JumpCloud"),
    ("pingone", "PingOne"),
    ("pingfederate", "PingFederate"),
    ("rippling", "Rippling"),
    ("google", "Google"),
    ("microsoft", "Microsoft Entra ID"),
    ("azure", "Microsoft Entra ID"),
    ("entra", "Microsoft Entra ID"),
    ("muster", "muster"),
    ("curl/", "curl"),
    ("postman", "Postman"),
];
/// Whatever no row fits.
const UNKNOWN: &str = "unknown";

/// The name of the client that calls itself so.
pub(crate) fn client(user_agent: Option<&str>) -> &'static str {
    let Some(user_agent) = user_agent else {
        return UNKNOWN;
    };
    let user_agent = user_agent.to_ascii_lowercase();
    let found = CLIENTS.iter().find(|(word, _)| user_agent.contains(word));
    found.map_or(UNKNOWN, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::client;

    #[test]
    fn clients() {
        for (user_agent, expected) in [
            (Some("Okta SCIM Client 1.0.0"), "Okta"),
            (Some("okta scim client"), "Okta"),
            (Some("Microsoft-Anything/1.0"), "Microsoft Entra ID"),
            (Some("OneLogin"), "OneLogin"),
            (Some("curl/8.5.0"), "curl"),
            (Some("python-requests/2.32"), "unknown"),
            (Some(""), "unknown"),
            (None, "unknown"),
        ] {
            assert_eq!(client(user_agent), expected, "{user_agent:?}");
        }
    }
}
