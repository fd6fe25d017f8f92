//! What nobody has declared, by name.

use super::*;

/// What nobody has declared is named by attribute and sub-attribute, too (RFC 7644 section 3.9).
#[test]
fn undeclared_extensions() {
    let whole = || {
        json!({
            "Tag": "1", "none": {}, "empty": [],
            "Box": {"a": 1, "B": {"c": 2}},
            "list": [{"a": 1, "b": 2}, {"b": 3}, "text", [{"a": 4}], {}]
        })
    };
    let without = |names: &[&str]| {
        let mut rest = whole();
        let object = rest.as_object_mut().unwrap();
        names.iter().for_each(|name| {
            object.shift_remove(*name);
        });
        rest
    };
    let with = |name: &str, value: Value| {
        let mut rest = whole();
        rest[name] = value;
        rest
    };
    let listed = |rest: Value| json!({"list": rest});
    for (attributes, excluded, expected) in [
        ("", "", whole()),
        ("x", "", Value::Null),
        ("X:", "", whole()),
        ("X:tag", "", json!({"Tag": "1"})),
        ("X:none,X:EMPTY", "", json!({"none": {}, "empty": []})),
        ("X:none.a,X:empty.a,X:tag.a", "", Value::Null),
        ("X:box", "", json!({"Box": {"a": 1, "B": {"c": 2}}})),
        ("X:box.A", "", json!({"Box": {"a": 1}})),
        ("X:box.b", "", json!({"Box": {"B": {"c": 2}}})),
        (
            "X:box[type eq \"x\"].b",
            "",
            json!({"Box": {"B": {"c": 2}}}),
        ),
        ("X:box.c", "", Value::Null),
        ("X:tag,X:box.a", "", json!({"Tag": "1", "Box": {"a": 1}})),
        ("X:list.a", "", listed(json!([{"a": 1}, [{"a": 4}]]))),
        ("X:list.c", "", Value::Null),
        ("", "X:", Value::Null),
        (
            "",
            "X:TAG,X:none,X:empty",
            without(&["Tag", "none", "empty"]),
        ),
        ("", "X:tag.a,X:none.a,X:empty.a", whole()),
        ("", "X:box", without(&["Box"])),
        ("", "X:box.A", with("Box", json!({"B": {"c": 2}}))),
        ("", "X:box.a,X:box.b", without(&["Box"])),
        (
            "",
            "X:list.b",
            with("list", json!([{"a": 1}, "text", [{"a": 4}], {}])),
        ),
        ("X:box", "X:box.a", json!({"Box": {"B": {"c": 2}}})),
        ("X:box.a", "X:box", Value::Null),
        ("X:box.a", "X:", Value::Null),
        (
            "X:",
            "X:box.b,X:list",
            json!({"Tag": "1", "none": {}, "empty": [], "Box": {"a": 1}}),
        ),
    ] {
        let names = |names: &str| {
            let names = names.replace("X:,", "X,").replace("X:", "urn:OTHER:1.0:");
            [names.trim_end_matches(':').to_owned()]
        };
        let of = ResourceType::user();
        let projection = Projection::parse(of, &names(attributes), &names(excluded)).unwrap();
        let view = json!({UNDECLARED: whole()}).as_object().unwrap().clone();
        let shown = projection.apply(of, view).shift_remove(UNDECLARED);
        assert_eq!(
            shown.unwrap_or_default(),
            expected,
            "attributes={attributes:?} excludedAttributes={excluded:?}"
        );
    }
}
