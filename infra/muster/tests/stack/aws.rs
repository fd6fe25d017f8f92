//! AWS as far as the tool sees it, on one port: what is asked of CloudFormation,
//! Secrets Manager and the gateway. Behind the gateway is a real server.

use std::collections::BTreeMap;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use jiff::tz::TimeZone;
use muster::embedded::Embedded;
use muster::serve::{self, Options, Running};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const REGION: &str = "eu-central-1";
const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:pepper-AbCdEf";
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SESSION: &str = "a-session-token";

/// An account with the stack `muster-prod`, and `other`, which is not Muster's.
pub(crate) struct Aws {
    pub(crate) url: String,
    pub(crate) secret: Arc<Mutex<Secret>>,
    _server: Arc<Running>,
}

/// A secret's versions by their ids, and where its labels are.
#[derive(Debug, Default)]
pub(crate) struct Secret {
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) current: String,
    /// Somebody else moves AWSCURRENT after the next version is put.
    pub(crate) rival: Option<String>,
    /// The answer to the next move of a label is lost after it was made.
    pub(crate) lose_answer: Lose,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Lose {
    #[default]
    Nothing,
    NextMove,
}

#[derive(Clone)]
struct Account {
    url: String,
    http: Client,
    server: Arc<Running>,
    secret: Arc<Mutex<Secret>>,
}

impl Aws {
    pub(crate) async fn new() -> Self {
        // The client wants a provider of cryptography even where it speaks plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let local = Options::local(Embedded::memory().unwrap()).unwrap();
        let server = Arc::new(serve::start(local).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let first = json!({"current": "p1", "p1": "A".repeat(64)});
        let secret = Arc::new(Mutex::new(Secret {
            versions: BTreeMap::from([("v1".to_owned(), first.to_string())]),
            current: "v1".to_owned(),
            ..Secret::default()
        }));
        let account = Account {
            url: url.clone(),
            http: Client::new(),
            server: Arc::clone(&server),
            secret: Arc::clone(&secret),
        };
        let router = Router::new().fallback(answer).with_state(account);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            secret,
            _server: server,
        }
    }

    /// What the tool says, with credentials of the account.
    pub(crate) async fn muster(&self, words: &str) -> Said {
        self.muster_with(words, &[]).await
    }

    /// The same with other environment variables beside.
    pub(crate) async fn muster_with(&self, words: &str, environment: &[(&str, &str)]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.env_clear().args(words.split_whitespace());
        for (name, value) in [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_SESSION_TOKEN", SESSION),
            ("AWS_REGION", REGION),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ] {
            command.env(name, value);
        }
        for (name, value) in environment {
            match *value {
                "" => command.env_remove(name),
                value => command.env(name, value),
            };
        }
        let run = tokio::task::spawn_blocking(move || command.output());
        Said::of(&run.await.unwrap().unwrap())
    }

    pub(crate) fn secret(&self) -> MutexGuard<'_, Secret> {
        self.secret.lock().unwrap()
    }
}

/// What a run of the tool said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{self:?}");
        self.out
    }

    #[track_caller]
    pub(crate) fn failed(self, with: &str) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(self.err.contains(with), "{self:?}");
    }
}

async fn answer(State(account): State<Account>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let header = |name: &str| {
        let value = head.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let target = header("x-amz-target");
    if let Some(operation) = target.strip_prefix("secretsmanager.") {
        let message = serde_json::from_slice(&body).unwrap();
        return account.secrets_manager(operation, &message);
    }
    if head.uri.path() == "/" {
        return account.cloud_formation(std::str::from_utf8(&body).unwrap());
    }
    let url = format!("{}{}", account.url, head.uri);
    let signed = Signed {
        method: head.method.as_str(),
        url: &url,
        content_type: header("content-type"),
        date: header("x-amz-date"),
        body: &body,
    };
    let token = header("x-amz-security-token");
    if header("authorization") != signed.authorization() || token != SESSION {
        // The gateway's own words: no problem details.
        return said(
            StatusCode::FORBIDDEN,
            json!({"message": "Forbidden"}).to_string(),
        );
    }
    account
        .administration(head.method, &head.uri, body.to_vec())
        .await
}

/// What the gateway reads of a request to compute its signature.
struct Signed<'a> {
    method: &'a str,
    url: &'a str,
    content_type: String,
    date: String,
    body: &'a [u8],
}

impl Signed<'_> {
    fn authorization(&self) -> String {
        let session = Some(SESSION.to_owned());
        let identity: Identity =
            Credentials::new(ACCESS_KEY, SECRET_KEY, session, None, "test").into();
        let at = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", &self.date);
        let Ok(at) = at.and_then(|at| at.to_datetime()) else {
            return "unsigned".to_owned();
        };
        let at = at.to_zoned(TimeZone::UTC).unwrap().timestamp();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("execute-api")
            .time(at.into())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let kind = ("content-type", self.content_type.as_str());
        let headers = [kind].into_iter().filter(|(_, kind)| !kind.is_empty());
        let body = SignableBody::Bytes(self.body);
        let request = SignableRequest::new(self.method, self.url, headers, body).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let found = instructions
            .headers()
            .find(|(name, _)| *name == "authorization");
        found.unwrap().1.to_owned()
    }
}

impl Account {
    /// The admin function, behind the gateway.
    async fn administration(
        &self,
        method: axum::http::Method,
        uri: &axum::http::Uri,
        body: Vec<u8>,
    ) -> Response<Body> {
        let url = format!("{}{uri}", self.server.local_url());
        let request = self.http.request(method, url);
        let request = request.bearer_auth(self.server.admin_token());
        let request = request.header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        said(answer.status(), answer.text().await.unwrap())
    }

    fn cloud_formation(&self, form: &str) -> Response<Body> {
        assert!(form.contains("Action=DescribeStacks"), "{form}");
        let outputs = [
            // As with a proxy in front: signed requests go past it.
            ("ApiUrl", "https://scim.example.com"),
            ("AdminUrl", self.url.as_str()),
            ("ApiEndpoint", self.url.as_str()),
            ("TableName", "muster-prod-table"),
            ("PepperSecretArn", SECRET_ARN),
            ("Region", REGION),
        ];
        let member = |(key, value)| {
            format!(
                "<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
            )
        };
        let name = form
            .split('&')
            .find_map(|pair| pair.strip_prefix("StackName="));
        let outputs: String = match name.unwrap() {
            "muster-prod" => outputs.into_iter().map(member).collect(),
            "other" => member(("BucketName", "b")),
            "forbidden" => {
                return query_error(
                    StatusCode::FORBIDDEN,
                    "AccessDenied",
                    "User: x is not authorized",
                );
            }
            name => {
                let message = format!("Stack with id {name} does not exist");
                return query_error(StatusCode::BAD_REQUEST, "ValidationError", &message);
            }
        };
        let xml = format!(
            "<DescribeStacksResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><DescribeStacksResult><Stacks><member><StackName>s</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        );
        said(StatusCode::OK, xml)
    }

    fn secrets_manager(&self, operation: &str, message: &Value) -> Response<Body> {
        assert_eq!(message["SecretId"], SECRET_ARN);
        let mut secret = self.secret.lock().unwrap();
        let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        match operation {
            "GetSecretValue" => {
                assert_eq!(text("VersionStage"), "AWSCURRENT");
                let value = json!({
                    "ARN": SECRET_ARN,
                    "VersionId": secret.current,
                    "SecretString": secret.versions[&secret.current],
                });
                said(StatusCode::OK, value.to_string())
            }
            "PutSecretValue" => {
                assert_eq!(message["VersionStages"], json!(["AWSPENDING"]));
                let id = text("ClientRequestToken");
                assert!((32..=64).contains(&id.len()), "{id}");
                secret.versions.insert(id.clone(), text("SecretString"));
                if let Some(ring) = secret.rival.take() {
                    secret.versions.insert("rival".to_owned(), ring);
                    secret.current = "rival".to_owned();
                }
                said(StatusCode::OK, json!({"VersionId": id}).to_string())
            }
            "UpdateSecretVersionStage" => {
                assert_eq!(text("VersionStage"), "AWSCURRENT");
                if text("RemoveFromVersionId") != secret.current {
                    let error = json!({"__type": "InvalidParameterException", "message": "the label is on another version"});
                    return said(StatusCode::BAD_REQUEST, error.to_string());
                }
                secret.current = text("MoveToVersionId");
                if std::mem::take(&mut secret.lose_answer) == Lose::NextMove {
                    return said(StatusCode::INTERNAL_SERVER_ERROR, "{}".to_owned());
                }
                said(StatusCode::OK, "{}".to_owned())
            }
            operation => panic!("{operation} is not needed"),
        }
    }
}

fn query_error(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    said(
        status,
        format!(
            "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
        ),
    )
}

fn said(status: StatusCode, body: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer
}
