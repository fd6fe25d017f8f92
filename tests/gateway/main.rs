//! The functions behind the gateway, with a realm and a key, until Ctrl-C:
//! for clients that are no Rust, such as a conformance suite.
//!
//! It prints what `muster serve` prints on its first start, so that whoever
//! reads the one can read the other.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool of the tests; its output is its purpose"
)]

use muster_tests::gateway::{Deployment, Plan};
use muster_tests::{Realm, Server};

fn main() {
    let server = Server::deployed(Deployment::start(Plan::fresh()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let realm = Realm::create(&server, "demo").await;
        println!("The gateway listens on {}", server.origin());
        println!("  Tenant URL    {}", realm.url);
        println!("  Secret Token  {}", realm.token);
        tokio::signal::ctrl_c().await.unwrap();
    });
}
