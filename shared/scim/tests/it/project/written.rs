//! What a write answers beside the default.

use super::*;

/// RFC 7643 section 7, `returned`: "in response to any PUT, POST, or PATCH
/// operations if the attribute was specified by the client".
#[test]
fn what_a_client_has_written_is_returned() {
    let of = sailor();
    let ship = |object: Value| -> Value {
        let mut ship = json!({"flag": "de", "berths": 4, "yard": {"name": "n", "slip": "s"}});
        for (name, value) in object.as_object().unwrap() {
            ship[name] = value.clone();
        }
        ship
    };
    let log = || json!({"log": "l"});
    let cost = || json!({"yard": {"name": "n", "slip": "s", "cost": "c"}});
    let both = || json!({"log": "l", "yard": cost()["yard"]});
    let whole = |projection: Projection| projection.of_whole();
    let patch = |op: Value| {
        let ops = patch::parse(&of, json!({"Operations": [op]})).unwrap();
        let of = of.clone();
        move |projection: Projection| projection.of_patch(&of, &ops)
    };
    let set =
        |op: &str, path: &str, value: Value| patch(json!({"op": op, "path": path, "value": value}));
    let check =
        |written: &dyn Fn(Projection) -> Projection, parameters: (&str, &str), expected: Value| {
            let (attributes, excluded) = (strings(&[parameters.0]), strings(&[parameters.1]));
            let projection = written(Projection::parse(&of, &attributes, &excluded).unwrap());
            let shown = projection.apply(&of, user());
            assert_eq!(shown.get(SHIP), Some(&expected), "{parameters:?}");
        };
    let none = ("", "");
    check(&|projection| projection, none, ship(json!({})));
    check(&whole, none, ship(both()));
    check(&whole, ("", "log"), ship(cost()));
    check(&whole, ("", "yard.cost"), ship(log()));
    check(&whole, ("berths", ""), json!({"flag": "de", "berths": 4}));
    check(&set("add", "userName", json!("x")), none, ship(json!({})));
    check(&set("add", "log", json!("l")), none, ship(log()));
    check(
        &set("replace", &format!("{SHIP}:LOG"), json!("l")),
        none,
        ship(log()),
    );
    check(&set("add", "log", json!("l")), ("", "log"), ship(json!({})));
    check(
        &set("add", "log", json!("l")),
        ("berths", ""),
        json!({"flag": "de", "berths": 4}),
    );
    check(&set("add", "yard.slip", json!("s")), none, ship(json!({})));
    check(&set("add", "yard.cost", json!("c")), none, ship(cost()));
    check(
        &set("add", "yard.cost", json!("c")),
        ("", "yard.cost"),
        ship(json!({})),
    );
    check(
        &set("add", "yard", json!({"slip": "s", "cost": "c"})),
        none,
        ship(cost()),
    );
    check(&set("add", "log", Value::Null), none, ship(log()));
    check(
        &patch(json!({"op": "remove", "path": "log"})),
        none,
        ship(json!({})),
    );
    check(
        &patch(json!({"op": "add", "value": {"log": "l", "yard.cost": "c"}})),
        none,
        ship(both()),
    );
    check(
        &patch(json!({"op": "replace", "value": {SHIP: both()}})),
        none,
        ship(both()),
    );
}

/// The elements of a list, and what the server makes itself.
#[test]
fn what_a_client_has_written_of_elements() {
    let schema: Schema = serde_json::from_value(json!({
        "id": SHIP, "name": "Ship", "attributes": [
            {"name": "crew", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "name", "type": "string"},
                {"name": "pay", "type": "string", "returned": "request"}]},
            {"name": "seen", "type": "string", "returned": "request", "mutability": "readOnly"}]
    }))
    .unwrap();
    let mut of = ResourceType::user().clone();
    of.extensions.push(Extension {
        schema: Arc::new(schema),
        required: false,
    });
    let (plain, paid) = (json!([{"name": "a"}]), json!([{"name": "a", "pay": "1"}]));
    let patch = |path: &str, value: &Value| {
        let op = json!({"op": "add", "path": path, "value": value});
        patch::parse(&of, json!({"Operations": [op]})).unwrap()
    };
    let parsed = || Projection::parse(&of, &[], &[]).unwrap();
    for (projection, crew) in [
        (parsed(), &plain),
        (parsed().of_whole(), &paid),
        (parsed().of_patch(&of, &patch("crew", &plain)), &plain),
        (parsed().of_patch(&of, &patch("crew", &paid)), &paid),
        (
            parsed().of_patch(&of, &patch("crew[name eq \"a\"].pay", &json!("1"))),
            &paid,
        ),
    ] {
        let view = json!({SHIP: {"crew": paid, "seen": "now"}});
        let shown = projection.apply(&of, view.as_object().unwrap().clone());
        assert_eq!(shown[SHIP], json!({"crew": crew}));
    }
    let group = Projection::parse(ResourceType::group(), &[], &[]).unwrap();
    assert!(!group.of_whole().wants_sub("members", "display"));
}
