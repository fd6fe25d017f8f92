//! How a raw path finds its route: strictly, and without ever becoming another path.

use crate::route::{Function, ROUTES, Route, TENANT};
use auth::{KeyId, RealmName};
use axum::http::Method;
use percent_encoding::percent_decode_str;
use store::ResourceId;

/// Whose part of the path space a request is in: it decides who must prove what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Area {
    /// Below `/realms/{realm}`; the name as it stands in the raw path.
    Realm(String),
    /// Below `/admin`.
    Admin,
    /// Anywhere else.
    Outside,
}

/// What a path and a method name.
#[derive(Debug, Clone)]
pub(crate) enum Hit {
    /// A route that is served here.
    Route(&'static Route, Parameters),
    /// An endpoint without that method; the value of Allow.
    WrongMethod(String),
    /// No endpoint.
    Unknown,
}

/// What a request is for.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) area: Area,
    pub(crate) hit: Hit,
}

/// The decoded path segments that stand for parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// The segment in place of `{name}`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, segment) = self.0.iter().find(|(key, _)| *key == name)?;
        Some(segment)
    }
}

/// The area of a path, from its first raw segments: before anything is decoded.
fn area(path: &str) -> Area {
    let mut segments = path.strip_prefix('/').unwrap_or_default().split('/');
    match segments.next() {
        Some("realms") => Area::Realm(segments.next().unwrap_or_default().to_owned()),
        Some("admin") => Area::Admin,
        _ => Area::Outside,
    }
}

/// The route of a path and method among those of `functions`.
pub(crate) fn find(method: &Method, path: &str, functions: &[Function]) -> Hit {
    let Some(segments) = segments(path) else {
        return Hit::Unknown;
    };
    let Some((endpoint, parameters)) = ROUTES
        .iter()
        .find_map(|route| Some((route.path, parameters(route.path, &segments)?)))
    else {
        return Hit::Unknown;
    };
    let method = if method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    let same_path = || ROUTES.iter().filter(|route| route.path == endpoint);
    match same_path().find(|route| route.method == *method) {
        Some(route) if functions.contains(&route.function) => Hit::Route(route, parameters),
        Some(_) => Hit::Unknown,
        None => {
            let mut allow: Vec<&str> = same_path().map(|route| route.method.as_str()).collect();
            if allow.contains(&"GET") {
                allow.push("HEAD");
            }
            Hit::WrongMethod(allow.join(", "))
        }
    }
}

impl Target {
    /// What a path and method are for, among the routes of `functions`.
    pub(crate) fn of(method: &Method, path: &str, functions: &[Function]) -> Self {
        Self {
            area: area(path),
            hit: find(method, path, functions),
        }
    }

    /// The path as it may be recorded: the route's, with what are names and ids of
    /// ours filled in, below a realm relative to its Tenant URL. What else stands in
    /// a path is a client's own, and may be anything.
    pub(crate) fn recorded(&self) -> String {
        let Hit::Route(route, parameters) = &self.hit else {
            return match self.area {
                Area::Admin => "/admin/…".to_owned(),
                Area::Realm(_) | Area::Outside => "/…".to_owned(),
            };
        };
        let path = route.path.strip_prefix(TENANT).unwrap_or(route.path);
        let filled = path.split('/').map(|part| {
            let name = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            let value = name.and_then(|name| parameters.get(name)).filter(|value| {
                value.parse::<RealmName>().is_ok() && (name == Some("realm") || is_ours(value))
            });
            value.unwrap_or(part)
        });
        match filled.collect::<Vec<_>>().join("/") {
            root if root.is_empty() => "/".to_owned(),
            path => path,
        }
    }
}

fn is_ours(value: &str) -> bool {
    value.parse::<ResourceId>().is_ok() || value.parse::<KeyId>().is_ok()
}

/// The segments, raw and decoded once. `None` for a path that some server on the way
/// could read as another one: nothing is normalised here.
fn segments(path: &str) -> Option<Vec<(&str, String)>> {
    let path = path.strip_prefix('/')?;
    // Fixture 115 sends `/Users/?filter=…`. Nowhere else: a policy of IAM that denies a
    // path of the administration would not name the path with a slash.
    let path = match path.strip_suffix('/') {
        Some(path) if path.starts_with("realms/") => path,
        _ => path,
    };
    path.split('/')
        .map(|raw| {
            let segment = percent_decode_str(raw).decode_utf8().ok()?;
            let ambiguous = segment.is_empty()
                || matches!(&*segment, "." | "..")
                || segment.contains(['/', '\\'])
                || segment.contains(char::is_control);
            (!ambiguous).then(|| (raw, segment.into_owned()))
        })
        .collect()
}

/// Only an id is read decoded: it can be a schema's URN. Every other segment,
/// and a realm's name above all, is what stands in the raw path, so that
/// whoever looked at the path before (a gateway's policy) has seen the same.
fn parameters(pattern: &'static str, segments: &[(&str, String)]) -> Option<Parameters> {
    let mut parameters = Vec::new();
    let mut segments = segments.iter();
    for part in pattern.split('/').skip(1) {
        let (raw, decoded) = segments.next()?;
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some("id") => parameters.push(("id", decoded.clone())),
            Some(name) if raw == decoded => parameters.push((name, decoded.clone())),
            None if part == *raw => {}
            Some(_) | None => return None,
        }
    }
    segments.next().is_none().then_some(Parameters(parameters))
}

#[cfg(test)]
mod tests {
    use super::{Area, Hit, area, find};
    use crate::route::Function;
    use axum::http::Method;

    const HERE: &str = "/realms/acme/scim/v2";

    #[track_caller]
    fn check(method: &Method, path: &str, expected: &str) {
        let functions = [
            Function::Users,
            Function::Search,
            Function::Discovery,
            Function::Admin,
        ];
        let path = path.replace("~", HERE);
        let hit = match find(method, &path, &functions) {
            Hit::Route(route, parameters) => {
                let id = parameters.get("id").unwrap_or_default();
                format!("{:?} {id}", route.operation)
            }
            Hit::WrongMethod(allow) => format!("allow {allow}"),
            Hit::Unknown => "unknown".to_owned(),
        };
        assert_eq!(hit.trim_end(), expected, "{method} {path}");
    }

    #[test]
    fn paths_find_their_routes() {
        check(&Method::GET, "~/Users", "List(User)");
        check(&Method::GET, "~/Users/", "List(User)");
        check(&Method::HEAD, "~/Users/7", "Get(User) 7");
        check(&Method::GET, "~/Users/7/", "Get(User) 7");
        check(&Method::GET, "~/Users/a%20b", "Get(User) a b");
        check(&Method::GET, "~/Users/%252e%252e", "Get(User) %2e%2e");
        check(&Method::POST, "~/Users/.search", "Search([User])");
        check(&Method::GET, "~/Users/.search", "allow POST");
        check(&Method::POST, "~/.search", "Search([User, Group])");
        check(&Method::GET, "~/Schemas/urn:x:1.0:A", "Schema urn:x:1.0:A");
        check(&Method::GET, "~", "Query([User, Group])");
        check(&Method::GET, "~/", "Query([User, Group])");
        check(&Method::POST, "~", "allow GET, HEAD");
        check(&Method::PATCH, "~/Me", "Me");
        check(&Method::OPTIONS, "~/Users", "allow GET, POST, HEAD");
        check(
            &Method::POST,
            "~/Users/7",
            "allow GET, PUT, PATCH, DELETE, HEAD",
        );
        check(&Method::GET, "/admin/v1/realms", "Admin(ListRealms)");
        check(&Method::GET, "~/users", "unknown");
        check(&Method::GET, "~/Users/7/x", "unknown");
        check(&Method::GET, "/", "unknown");
        check(&Method::GET, "*", "unknown");
        // A route of a function that is not served here.
        check(&Method::GET, "~/Groups", "unknown");
    }

    #[test]
    fn an_ambiguous_path_is_no_route() {
        for path in [
            "~//Users",
            "~/Users//",
            "~/Users/..",
            "~/Users/../Users",
            "~/Users/%2e%2e",
            "~/Users/%2E.",
            "~/Users/a%2fb",
            "~/Users/a%2Fb",
            "~/Users/a%5cb",
            "~/Users/%00",
            "~/Users/a%0a",
            "~/Users/%7f",
            "~/Users/%ff",
            "~/./Users",
            "~/%55sers",
            "/realms/%61cme/scim/v2/Users",
            "/admin/v1/realms/%61cme",
            "/admin/v1/realms/acme/",
            "/admin/v1/realms/acme/keys/",
            "/admin/v1/realms/",
            "//realms/acme/scim/v2/Users",
        ] {
            check(&Method::GET, path, "unknown");
        }
    }

    #[test]
    fn the_area_is_read_from_the_raw_path() {
        for (path, expected) in [
            ("/realms/acme/scim/v2/Users", Area::Realm("acme".to_owned())),
            ("/realms/acme", Area::Realm("acme".to_owned())),
            ("/realms/%61cme/x", Area::Realm("%61cme".to_owned())),
            ("/realms//scim", Area::Realm(String::new())),
            ("/realms", Area::Realm(String::new())),
            ("/admin/v1/realms", Area::Admin),
            ("/administration", Area::Outside),
            ("/realm%73/acme", Area::Outside),
            ("//realms/acme", Area::Outside),
            ("/", Area::Outside),
            ("*", Area::Outside),
        ] {
            assert_eq!(area(path), expected, "{path}");
        }
    }
}
