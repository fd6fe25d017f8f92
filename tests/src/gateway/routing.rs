//! Which route of an HTTP API a request is sent to.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::fmt;

/// A route key, and who may use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `ANY` for all that are not spelt out.
    pub method: String,
    /// With parameters in braces; `$default` for whatever nothing else matches.
    pub path: String,
    /// What the gateway asks for before it invokes anything.
    pub authorizer: Authorizer,
}

/// What the gateway asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorizer {
    /// Nothing.
    None,
    /// A request signed with Signature Version 4.
    AwsIam,
}

/// How closely a part of a route fits; the better one is the smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Literal,
    Parameter,
    Greedy,
    Default,
}

impl Route {
    /// A route; the method in any case, as SAM takes it.
    pub fn new(method: &str, path: &str, authorizer: Authorizer) -> Self {
        Self {
            method: match method.to_ascii_uppercase().as_str() {
                "X-AMAZON-APIGATEWAY-ANY-METHOD" | "*" => "ANY".to_owned(),
                method => method.to_owned(),
            },
            path: match path {
                "/$default" => "$default".to_owned(),
                path => path.to_owned(),
            },
            authorizer,
        }
    }

    /// Whether it takes what no other route does.
    pub fn is_default(&self) -> bool {
        self.path == "$default"
    }

    fn fit(&self, method: &str, segments: &[String]) -> Option<(Vec<Fit>, u8)> {
        if self.is_default() {
            return Some((vec![Fit::Default], 1));
        }
        let method = match self.method.as_str() {
            "ANY" => 1,
            own if own == method => 0,
            _ => return None,
        };
        let parts: Vec<&str> = self.path.split('/').skip(1).collect();
        let mut fits = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let segment = segments.get(at)?;
            fits.push(match parameter(part) {
                Some(name) if name.ends_with('+') => {
                    return Some(([fits, vec![Fit::Greedy]].concat(), method));
                }
                Some(_) if !segment.is_empty() => Fit::Parameter,
                None if part == segment => Fit::Literal,
                _ => return None,
            });
        }
        (segments.len() == parts.len()).then_some((fits, method))
    }

    fn parameters(&self, segments: &[String]) -> Map<String, Value> {
        let mut parameters = Map::new();
        if self.is_default() {
            return parameters;
        }
        for (at, part) in self.path.split('/').skip(1).enumerate() {
            let Some(name) = parameter(part) else {
                continue;
            };
            let (name, value) = match name.strip_suffix('+') {
                Some(greedy) => (greedy, segments[at..].join("/")),
                None => (name, segments[at].clone()),
            };
            parameters.insert(name.to_owned(), value.into());
        }
        parameters
    }
}

/// A route for a request.
#[derive(Debug)]
pub struct Found<'a, T> {
    /// The route.
    pub route: &'a Route,
    /// What is behind it.
    pub target: &'a T,
    /// `pathParameters`.
    pub parameters: Map<String, Value>,
}

/// The route for a request. The path is as the client sent it: it is split
/// first, and each segment decoded then.
pub fn find<'a, T>(routes: &'a [(Route, T)], method: &str, raw_path: &str) -> Option<Found<'a, T>> {
    let segments: Vec<String> = raw_path.split('/').skip(1).map(decoded).collect();
    let (_, (route, target)) = routes
        .iter()
        .filter_map(|entry| Some((entry.0.fit(method, &segments)?, entry)))
        .min_by(|(one, _), (other, _)| one.cmp(other))?;
    Some(Found {
        route,
        target,
        parameters: route.parameters(&segments),
    })
}

/// Percent-decoded once.
pub fn decoded(raw: &str) -> String {
    percent_decode_str(raw).decode_utf8_lossy().into_owned()
}

fn parameter(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

impl fmt::Display for Route {
    /// The route key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_default() {
            f.write_str("$default")
        } else {
            write!(f, "{} {}", self.method, self.path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Authorizer, Route, find};
    use serde_json::json;

    #[test]
    fn the_most_specific_route_wins() {
        let keys = [
            "ANY /pets/{proxy+}",
            "GET /pets/dog/1",
            "GET /pets/dog/{id}",
            "ANY /pets/dog/{id}",
            "POST /pets/.search",
            "GET /pets/{id}",
            "$default",
        ];
        let routes: Vec<(Route, ())> = keys
            .iter()
            .map(|key| {
                let (method, path) = key.split_once(' ').unwrap_or(("ANY", key));
                (Route::new(method, path, Authorizer::None), ())
            })
            .collect();
        for (method, path, expected, parameters) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1", json!({})),
            (
                "GET",
                "/pets/dog/2",
                "GET /pets/dog/{id}",
                json!({"id": "2"}),
            ),
            (
                "PUT",
                "/pets/dog/2",
                "ANY /pets/dog/{id}",
                json!({"id": "2"}),
            ),
            ("GET", "/pets/a%20b", "GET /pets/{id}", json!({"id": "a b"})),
            ("GET", "/pets/a%2Fb", "GET /pets/{id}", json!({"id": "a/b"})),
            (
                "GET",
                "/pets/a/b/c",
                "ANY /pets/{proxy+}",
                json!({"proxy": "a/b/c"}),
            ),
            ("POST", "/pets/.search", "POST /pets/.search", json!({})),
            (
                "GET",
                "/pets/.search",
                "GET /pets/{id}",
                json!({"id": ".search"}),
            ),
            ("GET", "/%70ets/1", "GET /pets/{id}", json!({"id": "1"})),
            ("GET", "/pets", "$default", json!({})),
            ("GET", "/cats", "$default", json!({})),
            ("GET", "/", "$default", json!({})),
        ] {
            let found = find(&routes, method, path).unwrap();
            assert_eq!(found.route.to_string(), expected, "{method} {path}");
            assert_eq!(json!(found.parameters), parameters, "{method} {path}");
        }
    }
}
