//! What fails, fails by itself; `failOnErrors` ends a request in the middle.

use super::{came_to, delete, group, patch, request, send, shown, user};
use muster_tests::{Realm, urn};
use serde_json::{Value, json};

const NOBODY: &str = "/Users/0b1f6c1e-6a58-4d0c-8d3f-6a1f5b0e7a11";

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

/// A request that is no bulk request is refused as a whole, and nothing of it is done.
#[tokio::test]
async fn what_is_no_bulk_request() {
    let realm = realm("b-whole").await;
    let with = |field: &str, value: Value| {
        let mut body = request(&[user("u", "u")]);
        body[field] = value;
        body
    };
    for (body, scim_type) in [
        (json!([]), "invalidSyntax"),
        (json!("x"), "invalidSyntax"),
        (json!({}), "invalidSyntax"),
        (json!({"schemas": [urn::BULK]}), "invalidSyntax"),
        (with("Operations", json!({})), "invalidSyntax"),
        (with("Operations", Value::Null), "invalidSyntax"),
        (with("failOnErrors", json!("1")), "invalidSyntax"),
        (with("failOnErrors", json!(1.5)), "invalidSyntax"),
        (with("failOnErrors", json!(0)), "invalidValue"),
        (with("failOnErrors", json!(-1)), "invalidValue"),
        (with("operations", json!([])), "invalidSyntax"),
    ] {
        send(&realm, &body).await.fails(400, scim_type);
    }
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 0);
    for body in [request(&[]), with("failOnErrors", Value::Null)] {
        send(&realm, &body).await.is(200);
    }
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 1);
    // What a realm reads liberally depends on its profile, here as everywhere.
    let liberal = json!({"OPERATIONS": [{"Method": "DELETE", "Path": NOBODY, "x": 1}]});
    came_to(&realm, &send(&realm, &liberal).await, &["DELETE 404"]);
    realm
        .change(crate::server(), &json!({"profile": "strict"}))
        .await;
    send(&realm, &liberal).await.fails(400, "invalidSyntax");
    let odd = json!({"method": "DELETE", "path": NOBODY, "x": 1});
    let answer = send(&realm, &request(&[odd])).await;
    came_to(&realm, &answer, &["- 400 invalidSyntax"]);
}

/// One operation, and what comes of it beside a good one.
#[tokio::test]
async fn what_is_no_operation() {
    let realm = realm("b-one").await;
    let id = realm.user("there").await;
    let at = format!("/Users/{id}");
    let data = json!({"userName": "x"});
    for (n, (operation, expected)) in [
        (json!([]), "- 400 invalidSyntax"),
        (json!(null), "- 400 invalidSyntax"),
        (json!({}), "- 400 invalidSyntax"),
        (json!({"method": "GET", "path": at}), "- 400 invalidSyntax"),
        (
            json!({"method": "post", "path": "/Users", "bulkId": "b", "data": data}),
            "b 400 invalidSyntax",
        ),
        (
            json!({"method": 1, "path": "/Users", "bulkId": "b", "data": data}),
            "b 400 invalidSyntax",
        ),
        (
            json!({"method": "POST", "path": "/Users", "data": data}),
            "POST 400 invalidSyntax",
        ),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": 1, "data": data}),
            "POST 400 invalidSyntax",
        ),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": "", "data": data}),
            "POST 400 invalidValue",
        ),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": "b".repeat(257), "data": data}),
            "POST 400 invalidValue",
        ),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": "b"}),
            "b 400 invalidSyntax",
        ),
        (
            json!({"method": "POST", "bulkId": "b", "data": data}),
            "b 400 invalidSyntax",
        ),
        (
            json!({"method": "POST", "path": "Users", "bulkId": "b", "data": data}),
            "b 400 invalidSyntax",
        ),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": "b", "data": []}),
            "b 400 invalidSyntax",
        ),
        (
            json!({"method": "POST", "path": at, "bulkId": "b", "data": data}),
            "b 405",
        ),
        (json!({"method": "DELETE", "path": "/Users"}), "DELETE 405"),
        (
            json!({"method": "PUT", "path": at}),
            "PUT 400 invalidSyntax",
        ),
        (
            json!({"method": "DELETE", "path": at, "version": 1}),
            "DELETE 400 invalidSyntax",
        ),
        (
            json!({"method": "DELETE", "path": at, "version": "a\nb"}),
            "DELETE 400 invalidValue",
        ),
        (
            json!({"method": "DELETE", "path": at, "version": "W/\"9.0\""}),
            "DELETE 412",
        ),
        (
            json!({"method": "DELETE", "path": "/Users/nobody"}),
            "DELETE 404",
        ),
        (
            json!({"method": "DELETE", "path": "/Groups/nobody"}),
            "DELETE 404",
        ),
        (json!({"method": "DELETE", "path": NOBODY}), "DELETE 404"),
        // Only users and groups, and nothing through the back door.
        (
            json!({"method": "POST", "path": "/Bulk", "bulkId": "b", "data": request(&[])}),
            "b 404",
        ),
        (
            json!({"method": "POST", "path": "/.search", "bulkId": "b", "data": {}}),
            "b 404",
        ),
        (
            json!({"method": "POST", "path": "/Users/.search", "bulkId": "b", "data": {}}),
            "b 404",
        ),
        (json!({"method": "DELETE", "path": "/Me"}), "DELETE 404"),
        (
            json!({"method": "PUT", "path": "/Schemas/x", "data": {}}),
            "PUT 405",
        ),
        (
            json!({"method": "DELETE", "path": format!("/../../../b-one/scim/v2{at}")}),
            "DELETE 404",
        ),
        (
            json!({"method": "DELETE", "path": format!("/..{at}")}),
            "DELETE 404",
        ),
        (
            json!({"method": "DELETE", "path": format!("{}{at}", realm.url)}),
            "DELETE 400 invalidSyntax",
        ),
        (
            json!({"method": "DELETE", "path": format!("/{at}")}),
            "DELETE 404",
        ),
        (
            json!({"method": "DELETE", "path": format!("{at}?x=1")}),
            "DELETE 404",
        ),
        (json!({"method": "DELETE", "path": "/"}), "DELETE 405"),
    ]
    .into_iter()
    .enumerate()
    {
        let good = format!("good{n}");
        let answer = send(&realm, &request(&[operation.clone(), user(&good, &good)])).await;
        let other = format!("{good} 201");
        assert_eq!(
            shown(&realm, &answer),
            [expected, other.as_str()],
            "{operation}"
        );
    }
    realm.get(&at).await.is(200);
}

/// `failOnErrors` counts as if the operations were done one after the other.
#[tokio::test]
async fn as_many_fail_as_are_allowed_and_no_operation_begins_after() {
    let realm = realm("b-stop").await;
    let mut count = 0;
    // `+` succeeds, `-` fails; a dot in the expectation is what is left out.
    for (errors, plan, expected) in [
        (1, "+++-++", "+++-"),
        (1, "-+++++", "-"),
        (1, "++++++", "++++++"),
        (2, "-++-++", "-++-"),
        (2, "--++++", "--"),
        (2, "-+++++", "-+++++"),
        (3, "+-+-+-+-", "+-+-+-"),
        (9, "----------+", "---------"),
        (9, "-----+----------", "-----+----"),
        (40, "-+-+-+-+-+-+-+-+-+-+", "-+-+-+-+-+-+-+-+-+-+"),
    ] {
        let operations: Vec<Value> = plan
            .chars()
            .map(|step| {
                count += 1;
                match step {
                    '+' => user(&format!("u{count}"), &format!("u{count}@example.net")),
                    _ => delete(NOBODY),
                }
            })
            .collect();
        let mut body = request(&operations);
        body["failOnErrors"] = json!(errors);
        let before = realm.get("/Users?count=0").await.is(200)["totalResults"].clone();
        let answer = send(&realm, &body).await;
        let came: String = shown(&realm, &answer)
            .iter()
            .map(|shown| if shown.ends_with("201") { '+' } else { '-' })
            .collect();
        assert_eq!(came, expected, "{errors} {plan}");
        let made = expected.matches('+').count() as u64;
        let after = realm.get("/Users?count=0").await.is(200)["totalResults"].clone();
        assert_eq!(after, before.as_u64().unwrap() + made, "{errors} {plan}");
    }
}

#[tokio::test]
async fn what_a_failure_takes_with_it_counts_and_a_circle_is_not_left_open() {
    let realm = realm("b-stop-refs").await;
    realm.user("taken").await;
    // The reference decides: the failing one is done first.
    let mut body = request(&[
        user("first", "first"),
        group("g", "Of bad", &["bulkId:bad"]),
        user("second", "second"),
        user("bad", "taken"),
    ]);
    body["failOnErrors"] = json!(2);
    let answer = send(&realm, &body).await;
    came_to(
        &realm,
        &answer,
        &["first 201", "g 409", "bad 409 uniqueness"],
    );
    // A resource that is there already gets what it refers to, or is told of.
    let mut body = request(&[
        group("a", "A", &["bulkId:b"]),
        group("b", "B", &["bulkId:a"]),
        delete(NOBODY),
        patch(NOBODY, json!({"op": "remove", "path": "title"})),
    ]);
    body["failOnErrors"] = json!(1);
    let answer = send(&realm, &body).await;
    came_to(&realm, &answer, &["a 201", "b 201", "DELETE 404"]);
    // "B" is made first, without "A", which never comes.
    let mut body = request(&[
        group("c", "A", &["bulkId:d"]),
        group("d", "D", &["bulkId:c"]),
    ]);
    body["failOnErrors"] = json!(1);
    let answer = send(&realm, &body).await;
    came_to(&realm, &answer, &["c 409 uniqueness", "d 409"]);
}
