//! The requests clients were seen to send, by the names of their fixtures.

use super::check::{BABS, GUIDES, MINIMAL, changes, keeps, message, moves, shown};

#[test]
fn entra_users() {
    // 035, 037, 038, 039
    changes(
        BABS,
        r#"{"op":"Replace","path":"userName","value":"renamed@example.net"}"#,
        r#"{"userName":"renamed@example.net"}"#,
    );
    changes(
        r#"{"userName":"b","active":false}"#,
        r#"{"op":"Replace","path":"active","value":"True"}"#,
        r#"{"active":true}"#,
    );
    changes(
        BABS,
        r#"{"op":"Replace","path":"active","value":false}"#,
        r#"{"active":false}"#,
    );
    changes(
        BABS,
        r#"{"op":"Add","path":"nickName","value":"Pet"}"#,
        r#"{"nickName":"Pet"}"#,
    );
    // 041, 042
    changes(
        MINIMAL,
        r#"{"op":"Add","path":"emails[type eq \"work\"].value","value":"someone@example.net"}"#,
        r#"{"emails":[{"type":"work","value":"someone@example.net"}]}"#,
    );
    changes(
        r#"{"userName":"b","emails":[{"type":"home","value":"h"}]}"#,
        r#"{"op":"Replace","path":"emails[type eq \"work\"].value","value":"someone@example.net"}"#,
        r#"{"emails":[{"type":"home","value":"h"},{"type":"work","value":"someone@example.net"}]}"#,
    );
    // 043
    changes(
        BABS,
        r#"{"op":"Add","path":"addresses[type eq \"work\"].formatted","value":"123 Fake St"},
           {"op":"Add","path":"addresses[type eq \"work\"].streetAddress","value":"123 Fake St"},
           {"op":"Add","path":"addresses[type eq \"work\"].locality","value":"Bremen"},
           {"op":"Add","path":"addresses[type eq \"work\"].country","value":"Germany"}"#,
        r#"{"addresses":[{"type":"home","locality":"Oslo","country":"NO"},
           {"type":"work","formatted":"123 Fake St","streetAddress":"123 Fake St","locality":"Bremen","country":"Germany"}]}"#,
    );
    // 044
    changes(
        BABS,
        r#"{"op":"Add","path":"phoneNumbers[type eq \"mobile\"].value","value":"55555555556"},
           {"op":"Replace","path":"phoneNumbers[type eq \"work\"].value","value":"55555555550"}"#,
        r#"{"phoneNumbers":[{"type":"work","value":"55555555550"},{"type":"fax","value":"2"},{"type":"mobile","value":"55555555556"}]}"#,
    );
    // 045
    changes(
        MINIMAL,
        r#"{"op":"Replace","path":"emails[type eq \"work\"].value","value":"adele@example.onmicrosoft.com"},
           {"op":"Replace","path":"addresses[type eq \"work\"].formatted","value":"18/2111"},
           {"op":"Add","path":"@ent:department","value":"Retail"}"#,
        r#"{"emails":[{"type":"work","value":"adele@example.onmicrosoft.com"}],"addresses":[{"type":"work","formatted":"18/2111"}],"@ent":{"department":"Retail"}}"#,
    );
    // 046
    changes(
        MINIMAL,
        r#"{"op":"Replace","path":"displayName","value":"Test 01"},{"op":"Replace","path":"emails[type eq \"work\"].value","value":"test01@example.com"},
           {"op":"Replace","path":"userName","value":"test01@example.com"},{"op":"Replace","path":"name.familyName","value":"Tesst 01"},
           {"op":"Replace","path":"name.formatted","value":"Test 01"}"#,
        r#"{"displayName":"Test 01","emails":[{"type":"work","value":"test01@example.com"}],"userName":"test01@example.com","name":{"familyName":"Tesst 01","formatted":"Test 01"}}"#,
    );
}

#[test]
fn entra_manager_and_roles() {
    // 049, 053, 054
    changes(
        BABS,
        r#"{"op":"replace","path":"@ent:manager","value":""}"#,
        r#"{"@ent":{"manager":null}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"Add","path":"manager","value":[{"$ref":"https://h/scim/Users/m","value":"m"}]}"#,
        r#"{"@ent":{"manager":{"$ref":"https://h/scim/Users/m","value":"m"}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"manager[value eq \"m1\"]"}"#,
        r#"{"@ent":{"manager":null}}"#,
    );
    // 055: a JSON text inside a string stays one.
    changes(
        MINIMAL,
        r#"{"op":"Add","path":"roles","value":[{"value":"{\"id\":\"06b07648\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"},{"value":"{\"id\":\"06b07649\"}"}]}"#,
        r#"{"roles":[{"value":"{\"id\":\"06b07648\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"},{"value":"{\"id\":\"06b07649\"}"}]}"#,
    );
    // CLIENTS.md, Roles
    changes(
        BABS,
        r#"{"op":"replace","path":"roles","value":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"User","value":"User"}]}"#,
        r#"{"roles":[{"primary":false,"type":"WindowsAzureActiveDirectoryRole","display":"User","value":"User"}]}"#,
    );
}

#[test]
fn entra_clears() {
    let start = r#"{"userName":"b","title":"T","name":{"givenName":"G","familyName":"F"},"emails":[{"type":"work","value":"w"}],
        "addresses":[{"type":"work","locality":"L","country":"C"}],"phoneNumbers":[{"type":"fax","value":"1"}],"@ent":{"department":"D","division":"V"}}"#;
    for value in [r#""""#, "null"] {
        // 062, 063
        changes(
            start,
            &format!(
                r#"{{"op":"replace","path":"title","value":{value}}},{{"op":"replace","path":"name.givenName","value":{value}}},
                   {{"op":"replace","path":"emails[type eq \"work\"].value","value":{value}}},{{"op":"replace","path":"addresses[type eq \"work\"].locality","value":{value}}},
                   {{"op":"replace","path":"@ent:department","value":{value}}}"#
            ),
            r#"{"title":null,"name":{"givenName":null},"emails":null,"addresses":[{"type":"work","country":"C"}],"@ent":{"department":null}}"#,
        );
        // 064, 065
        changes(
            start,
            &format!(
                r#"{{"op":"replace","path":"emails[type eq \"work\"].value","value":{value}}},
                   {{"op":"replace","value":{{"title":{value},"name.givenName":{value},"@ent:department":{value}}}}}"#
            ),
            r#"{"title":null,"name":{"givenName":null},"emails":null,"@ent":{"department":null}}"#,
        );
    }
    // 066
    let remove = r#"{"op":"Remove","path":"title"},{"op":"Remove","path":"phoneNumbers[type eq \"fax\"].value"},{"op":"Remove","path":"@ent:department"}"#;
    changes(
        start,
        remove,
        r#"{"title":null,"phoneNumbers":null,"@ent":{"department":null}}"#,
    );
    keeps(MINIMAL, remove);
}

#[test]
fn entra_old_jobs_and_the_flag() {
    // 068, 069, 070
    changes(
        BABS,
        r#"{"op":"Replace","path":"displayName","value":[{"$ref":null,"value":"User X"}]}"#,
        r#"{"displayName":"User X"}"#,
    );
    changes(
        BABS,
        r#"{"op":"Replace","path":"@ent.department","value":"Yard"}"#,
        r#"{"@ent":{"department":"Yard"}}"#,
    );
    keeps(BABS, r#"{"op":"Replace","path":"active","value":"True"}"#);
    // 071, 072, 075, 076, 077
    changes(
        BABS,
        r#"{"op":"replace","path":"active","value":false}"#,
        r#"{"active":false}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"nickName","value":"Pet"}"#,
        r#"{"nickName":"Pet"}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"@ent:manager":{"value":"m2","$ref":"User"}}}"#,
        r#"{"@ent":{"manager":{"value":"m2","$ref":"User"}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"@ent:manager.value":"m2"}}"#,
        r#"{"@ent":{"manager":{"value":"m2","$ref":null}}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","value":{"displayName":"Added","title":"T"}}"#,
        r#"{"displayName":"Added","title":"T"}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"displayName":"D","name.givenName":"G","@ent:employeeNumber":"9"}}"#,
        r#"{"displayName":"D","name":{"givenName":"G"},"@ent":{"employeeNumber":"9"}}"#,
    );
}

#[test]
fn entra_groups() {
    // 090, 092
    moves(
        r#"{"op":"Add","path":"members","value":[{"$ref":null,"value":"u"}]}"#,
        "+u",
    );
    moves(
        r#"{"op":"Add","path":"members","value":[{"value":"u"}]}"#,
        "+u",
    );
    // 101
    let patched = message(GUIDES, r#"{"Operations":[{"op":"Replace","path":"displayName","value":"Renamed"},{"op":"Add","path":"members","value":[{"$ref":null,"value":"u"}]},{"op":"Remove","path":"members","value":[{"$ref":null,"value":"u"}]}]}"#).unwrap();
    assert_eq!(
        (
            patched.attributes.str("displayName"),
            shown(&patched.members).as_str()
        ),
        (Some("Renamed"), "+u -u")
    );
    // 102
    moves(
        r#"{"name":"addMember","op":"add","path":"members","value":[{"displayName":"new User","value":"u"}]}"#,
        "+u",
    );
    // 103
    let patched = message(GUIDES, r#"{"id":"g","Operations":[{"op":"add","path":"members","value":"u"}],"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}"#).unwrap();
    assert_eq!(shown(&patched.members), "+u");
}

#[test]
fn okta_and_others() {
    // 141, 142, 143
    changes(
        BABS,
        r#"{"op":"replace","value":{"active":false}}"#,
        r#"{"active":false}"#,
    );
    keeps(BABS, r#"{"op":"replace","value":{"active":true}}"#);
    keeps(
        BABS,
        r#"{"op":"replace","value":{"password":"n3w-secret"}}"#,
    );
    // 147
    changes(
        GUIDES,
        r#"{"op":"replace","value":{"id":"g","displayName":"Test SCIMv2"}}"#,
        r#"{"displayName":"Test SCIMv2"}"#,
    );
    keeps(
        GUIDES,
        r#"{"op":"replace","value":{"id":"g","displayName":"Tour Guides"}}"#,
    );
    // 149, 150, 151
    moves(
        r#"{"op":"replace","path":"members","value":[{"value":"u","display":"a@okta.local"},{"value":"v","display":"b@okta.local"}]}"#,
        "=u,v",
    );
    moves(r#"{"op":"replace","path":"members","value":[]}"#, "=");
    moves(
        r#"{"op":"replace","value":{"members":[{"value":"u"}]}}"#,
        "=u",
    );
    // 174, 175
    moves(
        r#"{"op":"remove","path":"members","value":[{"value":"u"}]}"#,
        "-u",
    );
    moves(
        r#"{"op":"add","value":{"members":[{"display":"x","value":"u","$ref":"https://h/scim/v2/Users/u"}]}}"#,
        "+u",
    );
    // 176
    let patched = message(
        GUIDES,
        r#"{"operations":[{"op":"remove","path":"members","value":[{"value":"u"}]}]}"#,
    )
    .unwrap();
    assert_eq!(shown(&patched.members), "-u");
}
