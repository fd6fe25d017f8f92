//! What stands in front of the router tells of a request, among its extensions:
//! the HTTP server of one process, or the adapter of a gateway's events. It is
//! believed, so nothing in it may come from a header.

use auth::IamPrincipal;
use tokio::time::Instant;

/// What the transport knows of a request and vouches for.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The base URL the request came to, without a trailing slash; it counts
    /// when the configuration names none.
    pub base_url: Option<String>,
    /// The client's address.
    pub source_ip: Option<String>,
    /// Who has signed the request, when the gateway has proven it.
    pub principal: Option<IamPrincipal>,
    /// When the transport gives the request up; the service ends before.
    pub deadline: Option<Instant>,
}
