//! The service by itself: nothing in the process works beside the requests, so
//! that each of the table's calls belongs to one.

use crate::Server;
use crate::ring::peppers;
use crate::table::TABLE;
use auth::AdminToken;
use muster::embedded::Embedded;
use service::{Administration, Config, Service};
use std::time::Duration;
use store::Store;
use tokio::net::TcpListener;

/// The longest request: whoever deletes a realm waits for it.
const BUDGET: Duration = Duration::from_secs(25);

/// Every route over this table, for as long as the runtime lives.
pub async fn router(table: &Embedded, admin: &AdminToken) -> axum::Router {
    let store = Store::new(table.client(), TABLE);
    store.create_table().await.unwrap();
    let mut config = Config::default();
    config.limits.time_budget = BUDGET;
    let administration = Administration::Token(admin.digest());
    service::all(Service::new(store, peppers().await, administration, config))
}

/// The routes behind a socket.
pub async fn serve(router: axum::Router, admin: &AdminToken) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let runs = tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Server::of_a_task(addr, admin.reveal(), runs)
}

/// A server over this table.
pub async fn server(table: &Embedded) -> Server {
    let admin = AdminToken::new([3; 32]);
    serve(router(table, &admin).await, &admin).await
}
