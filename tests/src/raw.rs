//! Requests no HTTP library would send, over a plain TCP connection.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// The status code; 0 when the connection was closed without an answer.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body of an answer with Content-Length.
    pub body: Vec<u8>,
}

/// Sends these bytes as they are and reads one answer.
pub async fn send(addr: SocketAddr, request: &[u8]) -> RawAnswer {
    let exchange = async {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        // A server that refuses early may close before everything is written:
        // its answer is there to be read all the same.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let mut buffer = [0; 8 * 1024];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(read) => answer.extend_from_slice(&buffer[..read]),
            }
            if is_whole(&answer) {
                break;
            }
        }
        parse(&answer)
    };
    tokio::time::timeout(Duration::from_secs(60), exchange)
        .await
        .expect("no answer in a minute")
}

/// A request with this request line's target, a token and a body.
pub fn request(method: &str, target: &[u8], token: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} ").into_bytes();
    bytes.extend_from_slice(target);
    bytes.extend_from_slice(b" HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    if let Some(token) = token {
        bytes.extend_from_slice(format!("authorization: Bearer {token}\r\n").as_bytes());
    }
    if !body.is_empty() {
        let headers = format!(
            "content-type: application/scim+json\r\ncontent-length: {}\r\n",
            body.len()
        );
        bytes.extend_from_slice(headers.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

fn split(answer: &[u8]) -> Option<(String, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((
        String::from_utf8_lossy(&answer[..end]).into_owned(),
        &answer[end + 4..],
    ))
}

fn content_length(head: &str) -> Option<usize> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
}

fn is_whole(answer: &[u8]) -> bool {
    split(answer).is_some_and(|(head, body)| {
        content_length(&head).is_some_and(|length| body.len() >= length)
    })
}

fn parse(answer: &[u8]) -> RawAnswer {
    let (head, body) = split(answer).unwrap_or_default();
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0);
    RawAnswer {
        status,
        head,
        body: body.to_vec(),
    }
}
