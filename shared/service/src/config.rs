//! What a deployment decides about its service.

use std::time::Duration;

/// A deployment's choices.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The base URL that clients use, such as `https://scim.example.com`,
    /// without a trailing slash. Without it locations are absolute paths: they
    /// are never made from a header, which a client could choose.
    pub public_url: Option<String>,
    /// How much one request may ask for.
    pub limits: Limits,
}

/// How much one request may ask for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a body that creates or changes a group, which may list many members.
    pub group_body: usize,
    /// Bytes of a bulk request: `maxPayloadSize`. In base64 it has to fit into an
    /// event of Lambda's, 6 MB (AWS).
    pub bulk_body: usize,
    /// Operations of a bulk request: `maxOperations`.
    pub bulk_operations: usize,
    /// Resources on a page when the client names no count.
    pub page_default: usize,
    /// Resources on a page at most; a larger count is cut to it.
    pub page_max: usize,
    /// How long a request may work before it gives up with 503.
    pub time_budget: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            group_body: 4 << 20,
            bulk_body: 4 << 20,
            bulk_operations: 1_000,
            page_default: 100,
            page_max: 1_000,
            time_budget: Duration::from_secs(25),
        }
    }
}
