//! What every request shares.

use crate::attention::Attention;
use crate::config::Config;
use crate::peppers::Peppers;
use crate::rate::Rates;
use auth::AdminDigest;
use std::sync::Arc;
use store::Store;

/// The service: the table, the peppers, the configuration.
#[derive(Debug)]
pub struct Service {
    pub(crate) store: Store,
    pub(crate) peppers: Peppers,
    pub(crate) administration: Administration,
    pub(crate) config: Config,
    pub(crate) rates: Rates,
    pub(crate) attention: Attention,
}

/// How an operator proves to be one.
#[derive(Debug)]
pub enum Administration {
    /// By a bearer token with this digest: one process on one machine.
    Token(AdminDigest),
    /// By AWS credentials, which the gateway has checked (AWS_IAM): [`crate::Transport::principal`].
    Iam,
}

impl Service {
    /// A service over that table.
    pub fn new(
        store: Store,
        peppers: Peppers,
        administration: Administration,
        config: Config,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            peppers,
            administration,
            config,
            rates: Rates::default(),
            attention: Attention::default(),
        })
    }
}
