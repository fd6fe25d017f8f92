//! A client of the admin API (`/admin/v1`) of any deployment: a file for each
//! thing it administers, `call` for one request and `page` for a list of any
//! length. What the answers look like to a reader is the business of [`crate::cli`].

mod answer;
mod call;
mod events;
mod keys;
mod members;
mod page;
mod realms;
mod schemas;
mod transfer;
mod usage;

use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

pub use self::events::{EventQuery, Order};
pub use self::keys::{Expiry, NewKey, Rotation};
pub use self::members::{ImportMode, MemberQuery};
pub use self::page::{More, Pages};
pub use self::realms::{
    Clearable, Deletion, EventSettings, Guard, Limits, RealmSettings, Removal, Switch,
};
pub use self::schemas::Stored;

use crate::Failure;
use crate::stack::Signer;

const CONNECT: Duration = Duration::from_secs(10);
/// The gateway gives up after 30 s.
const ANSWER: Duration = Duration::from_secs(35);

/// How many items one request of an import may hold.
pub const BATCH: usize = 100;

/// A client of one deployment's admin API. Answers are the API's JSON as it came.
pub struct AdminClient {
    http: Client,
    base: Url,
    proof: Proof,
}

/// How a client proves who it is.
enum Proof {
    /// The admin token: a server on one machine.
    Token(String),
    /// AWS credentials: a deployment, whose gateway checks them.
    SigV4(Signer),
}

impl AdminClient {
    /// A client of the server at `url`, its base URL, proving itself with `token`.
    ///
    /// # Errors
    /// When `url` is no base URL or this machine's certificates cannot be read.
    pub fn new(url: &str, token: &str) -> Result<Self, Failure> {
        Self::with(url, Proof::Token(token.trim().to_owned()))
    }

    /// A client of the deployment at `url` on AWS, whose requests are signed.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn signed(url: &str, signer: Signer) -> Result<Self, Failure> {
        Self::with(url, Proof::SigV4(signer))
    }

    fn with(url: &str, proof: Proof) -> Result<Self, Failure> {
        let base = crate::serve::base_url(url)?;
        let base = Url::parse(&base).map_err(|error| Failure::new(format!("`{url}`: {error}")))?;
        // Refused only when there is one already, which then is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The token goes to the host that was named and to no other: not
        // where a redirect leads, and not over a proxy to this very machine.
        let mut http = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .user_agent(concat!("muster/", env!("CARGO_PKG_VERSION")));
        if matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Failure::new(format!(
                "no HTTPS on this machine: {}",
                crate::serve::cause(&error)
            ))
        })?;
        Ok(Self { http, base, proof })
    }

    fn refused(&self) -> Failure {
        Failure::new(match &self.proof {
            Proof::Token(_) => format!(
                "`{}` refuses the admin token; name its file with `--admin-token-file` or the token in MUSTER_ADMIN_TOKEN, or sign with AWS credentials: `--stack` or `--sigv4`",
                self.base
            ),
            Proof::SigV4(signer) => format!(
                "the gateway of `{}` refuses these AWS credentials; they need the action `execute-api:Invoke` on `arn:aws:execute-api:{}:ACCOUNT:API/*/*/admin/*` and a clock that is right; `--aws-profile` names others",
                self.base,
                signer.region()
            ),
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let hint = if error.is_connect() {
            "; is the server running there?"
        } else {
            ""
        };
        Failure::new(format!(
            "`{}` does not answer: {}{hint}",
            self.base,
            crate::serve::cause(error)
        ))
    }
}

impl fmt::Debug for AdminClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminClient")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}
