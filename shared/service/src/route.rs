//! The one table of routes, and how a raw path finds its route.
//!
//! Routers, 405 answers and the tests of authentication are made from
//! [`ROUTES`]; an endpoint that is not in it does not exist.

use axum::http::Method;
use percent_encoding::percent_decode_str;
use store::Kind;

/// What serves a route: a Lambda function, or a part of the one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `/Users`.
    Users,
    /// `/Groups`.
    Groups,
    /// `/.search`.
    Search,
    /// Discovery, and whatever has no function of its own.
    Discovery,
    /// Realms and keys.
    Admin,
}

/// One method of one endpoint.
#[derive(Debug, Clone)]
pub struct Route {
    /// What serves it.
    pub function: Function,
    /// The method; GET answers HEAD, too.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// What is done.
    pub operation: Operation,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// RFC 7644 section 3.3.
    Create(Kind),
    /// RFC 7644 section 3.4.1.
    Get(Kind),
    /// RFC 7644 section 3.5.1.
    Replace(Kind),
    /// RFC 7644 section 3.5.2.
    Patch(Kind),
    /// RFC 7644 section 3.6.
    Delete(Kind),
    /// RFC 7644 section 3.4.2.
    List(Kind),
    /// RFC 7644 section 3.4.3.
    Search(&'static [Kind]),
    /// RFC 7644 section 4.
    ServiceProviderConfig,
    /// RFC 7644 section 4.
    ResourceTypes,
    /// One of them.
    ResourceType,
    /// RFC 7644 section 4.
    Schemas,
    /// One of them.
    Schema,
    /// RFC 7644 section 3.11: not implemented, which is an answer of its own.
    Me,
    /// Administration.
    Admin(AdminOperation),
}

/// What an administrator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminOperation {
    /// All realms, by pages.
    ListRealms,
    /// A new realm.
    CreateRealm,
    /// One realm.
    GetRealm,
    /// Its state or display name.
    PatchRealm,
    /// A realm's keys.
    ListKeys,
    /// A new key, whose token is in this one answer only.
    CreateKey,
    /// One key.
    GetKey,
    /// The end of a key.
    RevokeKey,
}

impl Operation {
    /// Whether it answers a request that carries no credentials at all.
    pub fn is_open(self) -> bool {
        matches!(
            self,
            Self::ServiceProviderConfig
                | Self::ResourceTypes
                | Self::ResourceType
                | Self::Schemas
                | Self::Schema
        )
    }

    /// Whether it may change a resource.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::Create(_) | Self::Replace(_) | Self::Patch(_) | Self::Delete(_)
        )
    }

    /// Whether it reads a body.
    pub fn takes_body(self) -> bool {
        matches!(
            self,
            Self::Create(_)
                | Self::Replace(_)
                | Self::Patch(_)
                | Self::Search(_)
                | Self::Admin(
                    AdminOperation::CreateRealm
                        | AdminOperation::PatchRealm
                        | AdminOperation::CreateKey
                )
        )
    }
}

const fn route(
    function: Function,
    method: Method,
    path: &'static str,
    operation: Operation,
) -> Route {
    Route {
        function,
        method,
        path,
        operation,
    }
}

const USERS: &str = "/realms/{realm}/scim/v2/Users";
const USERS_SEARCH: &str = "/realms/{realm}/scim/v2/Users/.search";
const USER: &str = "/realms/{realm}/scim/v2/Users/{id}";
const GROUPS: &str = "/realms/{realm}/scim/v2/Groups";
const GROUPS_SEARCH: &str = "/realms/{realm}/scim/v2/Groups/.search";
const GROUP: &str = "/realms/{realm}/scim/v2/Groups/{id}";
const SEARCH: &str = "/realms/{realm}/scim/v2/.search";
const PROVIDER: &str = "/realms/{realm}/scim/v2/ServiceProviderConfig";
const TYPES: &str = "/realms/{realm}/scim/v2/ResourceTypes";
const TYPE: &str = "/realms/{realm}/scim/v2/ResourceTypes/{id}";
const SCHEMAS: &str = "/realms/{realm}/scim/v2/Schemas";
const SCHEMA: &str = "/realms/{realm}/scim/v2/Schemas/{id}";
const ME: &str = "/realms/{realm}/scim/v2/Me";
const REALMS: &str = "/admin/v1/realms";
const REALM: &str = "/admin/v1/realms/{realm}";
const KEYS: &str = "/admin/v1/realms/{realm}/keys";
const KEY: &str = "/admin/v1/realms/{realm}/keys/{key}";

/// Every route. A path in words stands before one with a parameter that would also match.
pub const ROUTES: &[Route] = &[
    route(
        Function::Users,
        Method::GET,
        USERS,
        Operation::List(Kind::User),
    ),
    route(
        Function::Users,
        Method::POST,
        USERS,
        Operation::Create(Kind::User),
    ),
    route(
        Function::Search,
        Method::POST,
        USERS_SEARCH,
        Operation::Search(&[Kind::User]),
    ),
    route(
        Function::Users,
        Method::GET,
        USER,
        Operation::Get(Kind::User),
    ),
    route(
        Function::Users,
        Method::PUT,
        USER,
        Operation::Replace(Kind::User),
    ),
    route(
        Function::Users,
        Method::PATCH,
        USER,
        Operation::Patch(Kind::User),
    ),
    route(
        Function::Users,
        Method::DELETE,
        USER,
        Operation::Delete(Kind::User),
    ),
    route(
        Function::Groups,
        Method::GET,
        GROUPS,
        Operation::List(Kind::Group),
    ),
    route(
        Function::Groups,
        Method::POST,
        GROUPS,
        Operation::Create(Kind::Group),
    ),
    route(
        Function::Search,
        Method::POST,
        GROUPS_SEARCH,
        Operation::Search(&[Kind::Group]),
    ),
    route(
        Function::Groups,
        Method::GET,
        GROUP,
        Operation::Get(Kind::Group),
    ),
    route(
        Function::Groups,
        Method::PUT,
        GROUP,
        Operation::Replace(Kind::Group),
    ),
    route(
        Function::Groups,
        Method::PATCH,
        GROUP,
        Operation::Patch(Kind::Group),
    ),
    route(
        Function::Groups,
        Method::DELETE,
        GROUP,
        Operation::Delete(Kind::Group),
    ),
    route(
        Function::Search,
        Method::POST,
        SEARCH,
        Operation::Search(&Kind::ALL),
    ),
    route(
        Function::Discovery,
        Method::GET,
        PROVIDER,
        Operation::ServiceProviderConfig,
    ),
    route(
        Function::Discovery,
        Method::GET,
        TYPES,
        Operation::ResourceTypes,
    ),
    route(
        Function::Discovery,
        Method::GET,
        TYPE,
        Operation::ResourceType,
    ),
    route(
        Function::Discovery,
        Method::GET,
        SCHEMAS,
        Operation::Schemas,
    ),
    route(Function::Discovery, Method::GET, SCHEMA, Operation::Schema),
    route(Function::Discovery, Method::GET, ME, Operation::Me),
    route(Function::Discovery, Method::POST, ME, Operation::Me),
    route(Function::Discovery, Method::PUT, ME, Operation::Me),
    route(Function::Discovery, Method::PATCH, ME, Operation::Me),
    route(Function::Discovery, Method::DELETE, ME, Operation::Me),
    route(
        Function::Admin,
        Method::GET,
        REALMS,
        Operation::Admin(AdminOperation::ListRealms),
    ),
    route(
        Function::Admin,
        Method::POST,
        REALMS,
        Operation::Admin(AdminOperation::CreateRealm),
    ),
    route(
        Function::Admin,
        Method::GET,
        REALM,
        Operation::Admin(AdminOperation::GetRealm),
    ),
    route(
        Function::Admin,
        Method::PATCH,
        REALM,
        Operation::Admin(AdminOperation::PatchRealm),
    ),
    route(
        Function::Admin,
        Method::GET,
        KEYS,
        Operation::Admin(AdminOperation::ListKeys),
    ),
    route(
        Function::Admin,
        Method::POST,
        KEYS,
        Operation::Admin(AdminOperation::CreateKey),
    ),
    route(
        Function::Admin,
        Method::GET,
        KEY,
        Operation::Admin(AdminOperation::GetKey),
    ),
    route(
        Function::Admin,
        Method::DELETE,
        KEY,
        Operation::Admin(AdminOperation::RevokeKey),
    ),
];

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
pub(crate) fn area(path: &str) -> Area {
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

/// The segments, decoded once. `None` for a path that some server on the way
/// could read as another one: nothing is normalised here.
fn segments(path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('/')?;
    // Fixture 115 sends `/Users/?filter=…`.
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/')
        .map(|raw| {
            let segment = percent_decode_str(raw).decode_utf8().ok()?;
            let ambiguous = segment.is_empty()
                || matches!(&*segment, "." | "..")
                || segment.contains(['/', '\\'])
                || segment.contains(char::is_control);
            (!ambiguous).then(|| segment.into_owned())
        })
        .collect()
}

fn parameters(pattern: &'static str, segments: &[String]) -> Option<Parameters> {
    let mut parameters = Vec::new();
    let mut segments = segments.iter();
    for part in pattern.split('/').skip(1) {
        let segment = segments.next()?;
        match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) => parameters.push((name, segment.clone())),
            None if part == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(Parameters(parameters))
}

#[cfg(test)]
mod tests {
    use super::{Area, Function, Hit, Operation, area, find};
    use axum::http::Method;
    use store::Kind;

    const HERE: &str = "/realms/acme/scim/v2";

    #[track_caller]
    fn check(method: &Method, path: &str, expected: &str) {
        let functions = [Function::Users, Function::Search, Function::Discovery];
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
        check(&Method::PATCH, "~/Me", "Me");
        check(&Method::OPTIONS, "~/Users", "allow GET, POST, HEAD");
        check(
            &Method::POST,
            "~/Users/7",
            "allow GET, PUT, PATCH, DELETE, HEAD",
        );
        check(&Method::GET, "~/users", "unknown");
        check(&Method::GET, "~/Users/7/x", "unknown");
        check(&Method::GET, "~", "unknown");
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

    #[test]
    fn operations_that_write_are_not_open() {
        assert!(Operation::Delete(Kind::User).writes());
        assert!(
            super::ROUTES
                .iter()
                .all(|route| !(route.operation.is_open() && route.operation.writes()))
        );
    }
}
