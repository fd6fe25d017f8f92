//! Single-valued attributes, simple and complex, with and without a path.

use super::check::{BABS, MINIMAL, changes, keeps, refuses};
use scim::ErrorKind::{InvalidSyntax, InvalidValue};

#[test]
fn simple() {
    changes(
        BABS,
        r#"{"op":"add","path":"title","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"title","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"title","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"replace","path":"title","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"title"}"#,
        r#"{"title":null}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"title","value":"whatever"}"#,
        r#"{"title":null}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"TITLE","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@user:title","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"@user.title","value":"T"}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"externalId","value":"E"}"#,
        r#"{"externalId":"E"}"#,
    );
    keeps(MINIMAL, r#"{"op":"remove","path":"title"}"#);
    keeps(BABS, r#"{"op":"replace","path":"title","value":"Guide"}"#);
    refuses(
        BABS,
        r#"{"op":"replace","path":"title","value":7}"#,
        InvalidValue,
        "`title`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"title","value":["a","b"]}"#,
        InvalidValue,
        "`title`",
    );
}

#[test]
fn a_list_of_several_is_no_single_value() {
    refuses(
        BABS,
        r#"{"op":"replace","path":"name","value":[{"givenName":"A"},{"givenName":"B"}]}"#,
        InvalidValue,
        "`name` needs an object",
    );
}

#[test]
fn booleans() {
    changes(
        BABS,
        r#"{"op":"replace","path":"active","value":false}"#,
        r#"{"active":false}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"active","value":"False"}"#,
        r#"{"active":false}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"active","value":"True"}"#,
        r#"{"active":true}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"active":"false"}}"#,
        r#"{"active":false}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"active","value":[{"$ref":null,"value":"False"}]}"#,
        r#"{"active":false}"#,
    );
    keeps(BABS, r#"{"op":"replace","path":"active","value":"True"}"#);
    refuses(
        BABS,
        r#"{"op":"replace","path":"active","value":"yes"}"#,
        InvalidValue,
        "`active`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"active","value":1}"#,
        InvalidValue,
        "`active`",
    );
}

#[test]
fn complex() {
    changes(
        BABS,
        r#"{"op":"replace","path":"name.givenName","value":"B"}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        MINIMAL,
        r#"{"op":"add","path":"name.givenName","value":"B"}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","path":"name","value":{"middleName":"J"}}"#,
        r#"{"name":{"middleName":"J"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name","value":{"givenName":"B"}}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name","value":{"GIVENNAME":"B","nick":"x"}}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name","value":{"givenName":"","familyName":"J"}}"#,
        r#"{"name":{"givenName":null,"familyName":"J"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"name","value":[{"givenName":"B"}]}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"remove","path":"name.givenName"}"#,
        r#"{"name":{"givenName":null}}"#,
    );
    changes(BABS, r#"{"op":"remove","path":"name"}"#, r#"{"name":null}"#);
    changes(
        BABS,
        r#"{"op":"remove","path":"name.givenName"},{"op":"remove","path":"name.familyName"}"#,
        r#"{"name":null}"#,
    );
    keeps(BABS, r#"{"op":"remove","path":"name.middleName"}"#);
    keeps(BABS, r#"{"op":"replace","path":"name","value":{}}"#);
    keeps(MINIMAL, r#"{"op":"remove","path":"name.givenName"}"#);
    refuses(
        BABS,
        r#"{"op":"replace","path":"name","value":"Babs"}"#,
        InvalidValue,
        "`name`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"name","value":true}"#,
        InvalidValue,
        "`name`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"name","value":{"givenName":7}}"#,
        InvalidValue,
        "name: ",
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"name","value":{"givenName":"a","GivenName":"b"}}"#,
        InvalidSyntax,
        "twice",
    );
}

#[test]
fn without_a_path() {
    changes(
        MINIMAL,
        r#"{"op":"add","value":{"displayName":"D","title":"T"}}"#,
        r#"{"displayName":"D","title":"T"}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"displayName":"D","TITLE":"T"}}"#,
        r#"{"displayName":"D","title":"T"}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"name.givenName":"B"}}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"name":{"givenName":"B"}}}"#,
        r#"{"name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"@user:title":"T"}}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"@user":{"title":"T","name.givenName":"B"}}}"#,
        r#"{"title":"T","name":{"givenName":"B"}}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","path":"@user","value":{"title":"T"}}"#,
        r#"{"title":"T"}"#,
    );
    changes(
        BABS,
        r#"{"op":"replace","value":{"emails[type eq \"work\"].value":"n@x"}}"#,
        r#"{"emails":[{"type":"work","value":"n@x","primary":true},{"type":"home","value":"babs@jensen.org"}]}"#,
    );
    changes(
        BABS,
        r#"{"op":"add","value":{"shoeSize":1,"a.b":2,"not a path":3,"title":"T"}}"#,
        r#"{"title":"T"}"#,
    );
    keeps(BABS, r#"{"op":"replace","value":{}}"#);
    keeps(
        BABS,
        r#"{"op":"replace","value":{"id":"x","meta":{"version":"9"},"groups":[{"value":"g"}],"schemas":["urn:x"],"meta.version":"1"}}"#,
    );
    refuses(
        BABS,
        r#"{"op":"replace","value":{"title":"a","Title":"b"}}"#,
        InvalidSyntax,
        "twice",
    );
    refuses(
        BABS,
        r#"{"op":"replace","value":{"active":"maybe"}}"#,
        InvalidValue,
        "`active`",
    );
    refuses(
        BABS,
        r#"{"op":"replace","value":{"emails[type eq":"n@x"}}"#,
        scim::ErrorKind::InvalidPath,
        "operation 1",
    );
}

#[test]
fn password_is_accepted_and_forgotten() {
    keeps(
        BABS,
        r#"{"op":"replace","path":"password","value":"s3cret"}"#,
    );
    keeps(BABS, r#"{"op":"add","value":{"password":"s3cret"}}"#);
    keeps(BABS, r#"{"op":"remove","path":"password"}"#);
    keeps(BABS, r#"{"op":"replace","path":"password","value":null}"#);
    changes(
        BABS,
        r#"{"op":"replace","value":{"password":"s3cret","title":"T"}}"#,
        r#"{"title":"T"}"#,
    );
    refuses(
        BABS,
        r#"{"op":"replace","path":"password","value":7}"#,
        InvalidValue,
        "`password`",
    );
}
