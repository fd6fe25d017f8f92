//! Signature Version 4: whose request it is. The signature is computed again
//! with the secret that belongs to the access key, and compared.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use super::{ACCOUNT, REGION};
use aws_sdk_dynamodb::config::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// Somebody with temporary credentials, as a function and as an administrator who has assumed a role.
#[derive(Debug, Clone)]
pub struct Principal {
    /// What the credentials belong to.
    pub name: String,
    credentials: Credentials,
}

/// A request as far as it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `execute-api`, `dynamodb`, `secretsmanager`.
    pub service: &'a str,
    /// The method.
    pub method: &'a str,
    /// Path and query as they were sent.
    pub target: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
}

impl Principal {
    /// Somebody of this name; the credentials are made of it.
    pub fn new(name: &str) -> Self {
        let id = format!("ASIA{}", name.to_ascii_uppercase());
        let secret = format!("secret/of+{name}+0123456789abcdefghijklmn");
        let token = format!("session//of+{name}==");
        Self {
            name: name.to_owned(),
            credentials: Credentials::new(id, secret, Some(token), None, "test"),
        }
    }

    /// `AWS_ACCESS_KEY_ID`.
    pub fn access_key_id(&self) -> &str {
        self.credentials.access_key_id()
    }

    /// `AWS_SECRET_ACCESS_KEY`.
    pub fn secret_access_key(&self) -> &str {
        self.credentials.secret_access_key()
    }

    /// `AWS_SESSION_TOKEN`.
    pub fn session_token(&self) -> &str {
        self.credentials.session_token().unwrap()
    }

    /// `requestContext.authorizer.iam` of its requests.
    pub fn identity(&self) -> Value {
        json!({
            "accessKey": self.access_key_id(),
            "accountId": ACCOUNT,
            "callerId": format!("AROAEXAMPLE:{}", self.name),
            "cognitoIdentity": null,
            "principalOrgId": "o-example",
            "userArn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/operators/{}", self.name),
            "userId": format!("AROAEXAMPLE:{}", self.name),
        })
    }

    /// The headers that sign a request to the HTTP API at this URL.
    pub fn sign(&self, method: &str, url: &str, body: &[u8]) -> Vec<(String, String)> {
        let request =
            SignableRequest::new(method, url, std::iter::empty(), SignableBody::Bytes(body));
        self.headers(
            request.unwrap(),
            "execute-api",
            SystemTime::now(),
            PayloadChecksumKind::XAmzSha256,
        )
    }

    /// Whether the request is this principal's, signed within the last five minutes.
    pub fn signed(&self, request: &Signed<'_>) -> bool {
        let header = |name: &str| request.headers.get(name).and_then(|it| it.to_str().ok());
        let (Some(claimed), Some(date)) = (header("authorization"), header("x-amz-date")) else {
            return false;
        };
        let Some(time) = time(date) else {
            return false;
        };
        let skew = SystemTime::now().duration_since(time).unwrap_or_default();
        if skew > Duration::from_secs(300)
            || header("x-amz-security-token") != Some(self.session_token())
        {
            return false;
        }
        let names: Vec<&str> = part(claimed, "SignedHeaders=").split(';').collect();
        let kind = if names.contains(&"x-amz-content-sha256") {
            PayloadChecksumKind::XAmzSha256
        } else {
            PayloadChecksumKind::NoHeader
        };
        // The signer adds these itself.
        let own = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
        let signed = names
            .iter()
            .filter(|name| !own.contains(*name))
            .filter_map(|name| Some((*name, header(name)?)));
        let host = header("host").unwrap_or_default();
        let url = format!("http://{host}{}", request.target);
        let body = SignableBody::Bytes(request.body);
        let Ok(again) = SignableRequest::new(request.method, url, signed, body) else {
            return false;
        };
        let expected = self.headers(again, request.service, time, kind);
        let same = |name: &str, value: &str| header(name) == Some(value);
        // What is not signed does not count: its hash must be the body's.
        expected.iter().all(|(name, value)| same(name, value))
    }

    fn headers(
        &self,
        request: SignableRequest<'_>,
        service: &str,
        time: SystemTime,
        kind: PayloadChecksumKind,
    ) -> Vec<(String, String)> {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = kind;
        settings.excluded_headers = None;
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(time)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
        instructions
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }
}

/// The access key a request says it is signed with.
pub fn access_key_id(headers: &HeaderMap) -> Option<&str> {
    let claimed = headers.get("authorization")?.to_str().ok()?;
    claimed.strip_prefix("AWS4-HMAC-SHA256 ")?;
    part(claimed, "Credential=").split('/').next()
}

fn part<'a>(claimed: &'a str, name: &str) -> &'a str {
    let rest = claimed.split_once(name).map_or("", |(_, rest)| rest);
    rest.split([',', ' ']).next().unwrap_or_default()
}

/// `20240229T235959Z`.
fn time(date: &str) -> Option<SystemTime> {
    let civil = strtime::parse("%Y%m%dT%H%M%SZ", date)
        .ok()?
        .to_datetime()
        .ok()?;
    let time: Timestamp = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(time.into())
}

#[cfg(test)]
mod tests {
    use super::{Principal, Signed, access_key_id};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    const TARGET: &str = "/admin/v1/realms/a?limit=1&cursor=b%20c";

    fn request(by: &Principal, body: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("gateway:8080"));
        for (name, value) in by.sign("POST", &format!("http://gateway:8080{TARGET}"), body) {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, HeaderValue::from_str(&value).unwrap());
        }
        headers
    }

    #[test]
    fn only_the_signed_request_is_the_signers() {
        let operator = Principal::new("operator");
        let headers = request(&operator, b"body");
        let good = Signed {
            service: "execute-api",
            method: "POST",
            target: TARGET,
            headers: &headers,
            body: b"body",
        };
        assert_eq!(access_key_id(&headers), Some(operator.access_key_id()));
        assert!(operator.signed(&good));
        assert!(!Principal::new("other").signed(&good));
        let mut dated = headers.clone();
        dated.insert("x-amz-date", HeaderValue::from_static("20200101T000000Z"));
        let mut bare = headers.clone();
        bare.remove("authorization");
        let mut untokened = headers.clone();
        untokened.remove("x-amz-security-token");
        for bad in [
            Signed {
                service: "dynamodb",
                ..good
            },
            Signed {
                method: "GET",
                ..good
            },
            Signed {
                target: "/admin/v1/realms/b",
                ..good
            },
            Signed {
                body: b"other",
                ..good
            },
            Signed {
                headers: &dated,
                ..good
            },
            Signed {
                headers: &bare,
                ..good
            },
            Signed {
                headers: &untokened,
                ..good
            },
        ] {
            assert!(!operator.signed(&bad), "{bad:?}");
        }
    }
}
