//! The template's routes are the router's, function by function, and nobody
//! passes one without what it asks for.

use muster_tests::gateway::Template;
use muster_tests::gateway::routing::{Authorizer, Route};
use muster_tests::{Answer, Call, Realm};
use serde_json::{Value, json};
use service::{Function, ROUTES};
use std::collections::BTreeSet;

/// Every route key of the router, with its function and who may use it. GET
/// answers HEAD, which is a method of its own to the gateway; the routes of
/// administration are one a method.
fn of_the_router() -> BTreeSet<String> {
    let mut keys = BTreeSet::from(["discovery: $default".to_owned()]);
    // The root with a slash at its end, which no route of the gateway's can have.
    for method in ["GET", "HEAD"] {
        keys.insert(format!(
            "search: {method} /realms/{{realm}}/scim/v2/{{proxy+}}"
        ));
    }
    for route in ROUTES {
        let function = format!("{:?}", route.function).to_lowercase();
        let (path, signed) = match route.function {
            Function::Admin => {
                assert!(route.path.starts_with("/admin/v1/"), "{route:?}");
                ("/admin/v1/{proxy+}", " signed")
            }
            _ => (route.path, ""),
        };
        keys.insert(format!("{function}: {} {path}{signed}", route.method));
        if route.method == "GET" {
            keys.insert(format!("{function}: HEAD {path}{signed}"));
        }
    }
    keys
}

/// The routes of administration, HEAD too.
fn of_administration() -> Vec<Route> {
    let mut routes = Vec::new();
    for own in ROUTES.iter().filter(|own| own.function == Function::Admin) {
        let mut route = |method| routes.push(Route::new(method, own.path, Authorizer::AwsIam));
        route(own.method.as_str());
        if own.method == "GET" {
            route("HEAD");
        }
    }
    routes
}

fn of_the_template() -> Vec<(String, Route)> {
    let functions = Template::read().functions();
    let routes = functions.into_iter().flat_map(|function| {
        let name = function.name;
        let with_name = move |route| (name.clone(), route);
        function.routes.into_iter().map(with_name)
    });
    routes.collect()
}

#[test]
fn the_template_has_the_routes_of_the_router_and_no_others() {
    let mut keys = BTreeSet::new();
    for (function, route) in of_the_template() {
        let signed = match route.authorizer {
            Authorizer::AwsIam => " signed",
            Authorizer::None => "",
        };
        let key = format!("{function}: {route}{signed}");
        assert!(keys.insert(key.clone()), "`{key}` stands there twice");
    }
    let expected = of_the_router();
    let missing: Vec<_> = expected.difference(&keys).collect();
    let superfluous: Vec<_> = keys.difference(&expected).collect();
    assert!(
        missing.is_empty() && superfluous.is_empty(),
        "missing in the template: {missing:#?}\nunknown to the router: {superfluous:#?}"
    );
}

/// A path with its parameters filled in.
fn filled(path: &str, realm: &str) -> String {
    let path = path.replace("{realm}", realm).replace("{id}", "User");
    path.replace("{key}", "AAAAAAAAAAAA")
}

/// A request for a route, its parameters filled in.
fn call(route: &Route, realm: &str) -> Call {
    let (method, path) = if route.is_default() {
        ("GET", "/realms/{realm}/scim/v2/Nothing/")
    } else {
        (route.method.as_str(), route.path.as_str())
    };
    let url = format!("{}{}", crate::server().origin(), filled(path, realm));
    let call = Call::new(method, &url).anonymous();
    match method {
        "POST" | "PUT" | "PATCH" => call.json(&json!({"name": "x"})),
        _ => call,
    }
}

/// The answer's body, which a HEAD request has none of.
fn error(route: &Route, answer: &Answer) -> Option<Value> {
    (route.method != "HEAD").then(|| answer.json())
}

#[tokio::test]
async fn no_route_of_the_template_is_open_but_those_that_should_be() {
    let realm = Realm::create(crate::server(), "l-closed").await;
    let other = Realm::create(crate::server(), "l-other").await;
    let is_open = |route: &Route| {
        let method = route.method.replace("HEAD", "GET");
        ROUTES.iter().any(|own| {
            own.method == method.as_str() && own.path == route.path && own.operation.is_open()
        })
    };
    let rows = [
        ("no token", None),
        ("garbage", Some("Bearer garbage".to_owned())),
        ("another realm's", Some(format!("Bearer {}", other.token))),
        ("no bearer token", Some(format!("Basic {}", realm.token))),
    ];
    let (mut open, mut refused) = (0, 0);
    for (_, route) in of_the_template() {
        if route.authorizer == Authorizer::AwsIam {
            continue;
        }
        for (why, authorization) in &rows {
            let call = call(&route, &realm.name);
            let call = match authorization {
                None => call,
                Some(value) => call.authorization(value),
            };
            let answer = realm.send(call).await;
            if authorization.is_none() && is_open(&route) {
                // `User` is the id of a resource type and of no schema.
                assert!(matches!(answer.status, 200 | 404), "{why}: {answer:?}");
                open += 1;
                continue;
            }
            assert_eq!(answer.status, 401, "{route}: {why}: {answer:?}");
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{answer:?}"
            );
            assert_eq!(answer.header("content-type"), "application/scim+json");
            if let Some(body) = error(&route, &answer) {
                assert_eq!(
                    body["schemas"],
                    json!([muster_tests::urn::ERROR]),
                    "{answer:?}"
                );
                assert_eq!(body["status"], "401", "{answer:?}");
            }
            refused += 1;
        }
    }
    assert_eq!(open, 10, "open routes and their HEAD");
    assert!(refused > 100, "{refused}");
}

#[tokio::test]
async fn the_gateway_lets_only_signed_requests_to_the_admin_routes() {
    let server = crate::server();
    let realm = Realm::create(server, "l-admin").await;
    let rows = [
        None,
        Some("Bearer msta_x".to_owned()),
        Some(format!("Bearer {}", realm.token)),
        Some("AWS4-HMAC-SHA256 Credential=ASIAOPERATOR/20260101/eu-central-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=00".to_owned()),
    ];
    let mut asked = 0;
    for route in of_administration() {
        for authorization in &rows {
            let call = call(&route, &realm.name);
            let call = match authorization {
                None => call,
                Some(value) => call.authorization(value),
            };
            let answer = realm.send(call).await;
            assert_eq!(answer.status, 403, "{route}: {answer:?}");
            if let Some(body) = error(&route, &answer) {
                assert_eq!(body, json!({"message": "Forbidden"}));
            }
            asked += 1;
        }
    }
    assert!(asked >= 45 * rows.len(), "{asked}");
    // The operator may.
    let answer = realm
        .admin(server, "GET", "/admin/v1/realms/l-admin", None)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// What is no operation of administration is answered by administration.
#[tokio::test]
async fn a_path_of_administration_that_is_no_route_gets_a_problem() {
    let server = crate::server();
    let realm = Realm::create(server, "l-admin-nowhere").await;
    for (method, path, status) in [
        ("GET", "/admin/v1/nothing", 404),
        ("POST", "/admin/v1/realms/l-admin-nowhere/nothing", 404),
        ("GET", "/admin/v1/realms/l-admin-nowhere/keys/1/2/3", 404),
        ("DELETE", "/admin/v1/realms", 405),
        ("PUT", "/admin/v1/realms/l-admin-nowhere", 405),
    ] {
        let answer = realm.admin(server, method, path, None).await;
        assert_eq!(answer.status, status, "{answer:?}");
        answer.is_problem(&[status]);
    }
}

/// A route that lost its authorizer would be no open door.
#[tokio::test]
async fn the_admin_function_itself_believes_no_unsigned_event() {
    let deployment = crate::server().deployment();
    let mut asked = 0;
    for route in ROUTES {
        if route.function != Function::Admin {
            continue;
        }
        let path = filled(route.path, "l-admin");
        let event = json!({
            "version": "2.0", "rawPath": path,
            "headers": {"content-type": "application/json", "authorization": "Bearer msta_x"},
            "requestContext": {"http": {"method": route.method.as_str()}, "stage": "$default"},
            "body": "{\"name\": \"l-unsigned\"}",
        });
        let answer = deployment.invoke("admin", &event).await.unwrap();
        assert_eq!(answer["statusCode"], 401, "{route:?}: {answer}");
        let media = &answer["headers"]["content-type"];
        assert_eq!(media, "application/problem+json", "{route:?}: {answer}");
        asked += 1;
    }
    assert!(asked >= 30, "{asked}");
}

#[tokio::test]
async fn a_path_that_is_no_route_gets_a_scim_error() {
    let realm = Realm::create(crate::server(), "l-nowhere").await;
    for (method, path, status) in [
        ("GET", "/Users/", 404),
        ("GET", "/Users/?filter=userName+eq+%22x%22", 404),
        ("GET", "/users", 404),
        ("GET", "/Nothing", 404),
        ("GET", "/Users/1/2", 404),
        ("PATCH", "/Users", 405),
        ("POST", "/ServiceProviderConfig", 405),
        ("OPTIONS", "/Users", 405),
        // The gateway sends these to `/Users/{id}`, which knows better.
        ("GET", "/Users/.search", 405),
        ("GET", "/.search", 405),
    ] {
        let answer = realm.send(Call::new(method, path)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        answer.is(status);
        realm
            .send(Call::new(method, path).anonymous())
            .await
            .is(401);
    }
}
