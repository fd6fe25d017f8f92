//! The HTTP/1.1 server below the router: connections, their time limits, and
//! how it ends. Requests are understood in `service`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use service::Transport;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::Stop;

/// A request's line and headers, and the pause before the next on the same connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);
/// Request line and headers together; a filter of 4 KiB is at most 12 KiB encoded.
const MAX_HEAD: usize = 64 * 1024;
/// Longer than a request may work (`service::Limits::time_budget`).
const LAST_REQUESTS: Duration = Duration::from_secs(30);
/// When the process has no file descriptor left, accepting at once again would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<Stop>) {
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop == Stop::Now) => break,
        };
        match accepted {
            Ok((stream, peer)) => connect(stream, vouched(&router, peer), &connections),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(LAST_REQUESTS, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were cut off");
    }
}

/// The router for the requests of one connection.
fn vouched(router: &Router, peer: SocketAddr) -> Router {
    let transport = Transport {
        source_ip: Some(peer.ip().to_string()),
        ..Transport::default()
    };
    router.clone().layer(Extension(transport))
}

fn connect(stream: TcpStream, router: Router, connections: &GracefulShutdown) {
    // Answers are small and whole: waiting to fill a packet only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
    });
}
