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

/// A request's line and headers, and the pause before the next on the same connection:
/// hyper has one clock for both. Longer than the 60 s for which proxies keep an idle
/// connection, or they would send a request into one that is being closed.
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use axum::routing::post;
    use std::net::Ipv4Addr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::watch::Sender;
    use tokio::task::JoinHandle;
    use tokio::time::Instant;

    const WHOLE: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nab";
    /// Head and half a body; head alone, and not all of it.
    const HALF: usize = WHOLE.len() - 1;
    const HEAD: usize = 20;

    struct Test {
        addr: SocketAddr,
        stop: Sender<Stop>,
        server: JoinHandle<()>,
    }

    impl Test {
        async fn start() -> Self {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let addr = listener.local_addr().unwrap();
            let router = Router::new().route("/", post(|body: String| async { body }));
            let (stop, stopped) = watch::channel(Stop::NotYet);
            let server = tokio::spawn(serve(listener, router, stopped));
            Self { addr, stop, server }
        }

        /// A client that has sent so much.
        async fn client(&self, sent: &[u8]) -> TcpStream {
            let mut stream = TcpStream::connect(self.addr).await.unwrap();
            stream.write_all(sent).await.unwrap();
            stream
        }

        /// A client that has had an answer and keeps its connection. Those who connected before
        /// it have been accepted, too.
        async fn answered(&self) -> TcpStream {
            let mut stream = self.client(WHOLE).await;
            let mut answer = Vec::new();
            while !answer.ends_with(b"\r\n\r\nab") {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
            }
            stream
        }

        /// How long it takes to end, by the paused clock.
        async fn end(self) -> Duration {
            let begun = Instant::now();
            self.stop.send_replace(Stop::Now);
            self.server.await.unwrap();
            begun.elapsed()
        }
    }

    /// What the server has sent until it closed the connection.
    async fn rest(mut stream: TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_do_not_hold_it() {
        let test = Test::start().await;
        let silent = test.client(b"").await;
        let kept = test.answered().await;
        assert!(test.end().await < Duration::from_secs(1));
        assert_eq!(rest(silent).await, "");
        assert_eq!(rest(kept).await, "");
    }

    #[tokio::test(start_paused = true)]
    async fn slow_clients_hold_it_for_a_limited_time() {
        for sent in [HEAD, HALF] {
            let test = Test::start().await;
            let (begun, _) = WHOLE.split_at(sent);
            let _slow = test.client(begun).await;
            test.answered().await;
            let took = test.end().await;
            assert!(took >= LAST_REQUESTS, "{took:?}");
            assert!(took < LAST_REQUESTS + Duration::from_secs(1), "{took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_under_way_is_answered_as_the_last_of_its_connection() {
        let test = Test::start().await;
        let (begun, end) = WHOLE.split_at(HALF);
        let mut under_way = test.client(begun).await;
        test.answered().await;
        test.stop.send_replace(Stop::Now);
        // Nobody is accepted any more.
        while TcpStream::connect(test.addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
        under_way.write_all(end).await.unwrap();
        let answer = rest(under_way).await.to_lowercase();
        assert!(answer.starts_with("http/1.1 200 "), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nab"), "{answer}");
        test.server.await.unwrap();
    }
}
