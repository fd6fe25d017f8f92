//! Headers and a row each, and the user that comes of it.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use serde_json::{Value, json};

use super::*;

fn mappers() -> Vec<Value> {
    let list = json!([
        {"name": "status", "attribute": "isSoftDeleted", "path": "active", "type": "Boolean", "negate": true},
        {"name": "loginName", "attribute": "userPrincipalName", "path": "userName", "type": "String"},
        {"name": "firstName", "attribute": "givenName", "path": "name.givenName", "type": "String"},
        {"name": "age", "attribute": "age", "path": "urn:a:2.0:User:age", "type": "Integer"},
        {"name": "state", "attribute": "state", "path": "addresses[type eq \"work\"].region", "type": "String"}
    ]);
    list.as_array().unwrap().clone()
}

/// Header and cells without commas in them.
#[track_caller]
fn check(header: &str, cells: &str, expected: Result<Value, &str>) {
    let split = |line: &str| -> Vec<String> { line.split(',').map(str::to_owned).collect() };
    let header = split(header);
    match (Headings::read(&header, &mappers()), expected) {
        (Ok(read), Ok(expected)) => {
            let user = read.user(&header, &split(cells));
            assert_eq!(user.unwrap_or(Value::Null), expected, "{header:?}");
        }
        (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
        (seen, expected) => assert_eq!(format!("{seen:?}"), format!("{expected:?}")),
    }
}

#[test]
fn mapped_names() {
    check(
        "loginName,firstName,age,status",
        "ada@example.com,Ada,36,TRUE",
        Ok(
            json!({"profile": {"loginName": "ada@example.com", "firstName": "Ada", "age": 36, "status": true}}),
        ),
    );
    // The identity provider's names, and SCIM's.
    check(
        "userPrincipalName,GIVENNAME",
        "ada,Ada",
        Ok(json!({"profile": {"loginName": "ada", "firstName": "Ada"}})),
    );
    check(
        "userName,name.givenName",
        "ada,",
        Ok(json!({"profile": {"loginName": "ada"}})),
    );
    // A name goes before a path; what is no number stays a text.
    check(
        "loginName,userName,age",
        "ada,bob,old",
        Ok(json!({"profile": {"loginName": "ada", "age": "old"}})),
    );
    // By hand, `state` is the mapped one.
    check(
        "loginName,state",
        "ada,Kent",
        Ok(json!({"profile": {"loginName": "ada", "state": "Kent"}})),
    );
}

#[test]
fn an_export_comes_back() {
    let header = "id,type,state,created,createdBy,lastModified,groups,userName,status,firstName,profile.state";
    check(
        header,
        "1,User,provisioned,2030,key,2030,Crew,ada,false,Ada,Kent",
        Ok(
            json!({"profile": {"loginName": "ada", "status": false, "firstName": "Ada", "state": "Kent"}}),
        ),
    );
    check(
        header,
        "2,Group,provisioned,2030,key,2030,,,,,",
        Ok(Value::Null),
    );
}

#[test]
fn an_export_comes_back_without_what_no_mapper_has() {
    check(
        "id,type,state,userName,displayName,externalId,active,status,firstName",
        "1,User,deactivated,ada,Ada L,a1,false,true,Ada",
        Ok(json!({"profile": {"loginName": "ada", "status": true, "firstName": "Ada"}})),
    );
    // By hand it is asked for.
    check(
        "loginName,externalId,colour",
        "ada,a1,red",
        Err("column `loginName` is neither"),
    );
}

#[test]
fn attributes_of_scim() {
    check(
        "userName,title,active,name.familyName,emails.value,emails.type",
        "ada,Countess,FALSE,Lovelace,ada@example.com,work",
        Ok(
            json!({"userName": "ada", "title": "Countess", "active": false, "name": {"familyName": "Lovelace"},
            "emails": [{"value": "ada@example.com", "type": "work"}]}),
        ),
    );
    check(
        "username,phoneNumbers,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
        "ada,'+49,Engines,26118915",
        Ok(
            json!({"userName": "ada", "phoneNumbers": [{"value": "'+49"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Engines", "manager": {"value": "26118915"}}}),
        ),
    );
    check(
        "userName,title,emails[type eq \"work\"].value,urn:b:2.0:User:tag",
        "ada,,ada@example.com,x",
        Ok(
            json!({"userName": "ada", "emails[type eq \"work\"].value": "ada@example.com", "urn:b:2.0:User:tag": "x"}),
        ),
    );
    check("userName,colour", "", Err("column `colour` is neither"));
    check("userName,na me", "", Err("column `na me` is neither"));
}
