//! The attributes of users and groups that the model knows, from RFC 7643.

use super::schema::{Attr, Case, Type, Use};

const fn text(name: &'static str) -> Attr {
    Attr {
        name,
        of: Type::Text(Case::Folded),
        multi: false,
        usage: Use::Plain,
        enterprise: false,
    }
}

const fn exact(name: &'static str) -> Attr {
    Attr {
        of: Type::Text(Case::Exact),
        ..text(name)
    }
}

const fn complex(name: &'static str, subs: &'static [Attr]) -> Attr {
    Attr {
        of: Type::Complex(subs),
        ..text(name)
    }
}

const fn list(name: &'static str, subs: &'static [Attr]) -> Attr {
    Attr {
        multi: true,
        ..complex(name, subs)
    }
}

const fn is(attr: Attr, usage: Use) -> Attr {
    Attr { usage, ..attr }
}

const fn extra(attr: Attr) -> Attr {
    Attr {
        enterprise: true,
        ..attr
    }
}

const BOOLEAN: Attr = Attr {
    of: Type::Boolean,
    ..text("active")
};
const PRIMARY: Attr = Attr {
    name: "primary",
    ..BOOLEAN
};
const PLURAL: &[Attr] = &[text("value"), text("display"), text("type"), PRIMARY];
const META: &[Attr] = &[
    exact("resourceType"),
    exact("created"),
    exact("lastModified"),
    exact("location"),
    exact("version"),
];
const ID: Attr = is(exact("id"), Use::ReadOnly);

/// RFC 7643 sections 3.1, 4.1 and 4.3.
pub(super) const USER: &[Attr] = &[
    ID,
    is(complex("meta", META), Use::ReadOnly),
    exact("externalId"),
    is(text("userName"), Use::Required),
    complex(
        "name",
        &[text("formatted"), text("familyName"), text("givenName")],
    ),
    text("displayName"),
    text("title"),
    BOOLEAN,
    is(text("password"), Use::WriteOnly),
    list("emails", PLURAL),
    list(
        "addresses",
        &[
            text("streetAddress"),
            text("locality"),
            text("type"),
            PRIMARY,
        ],
    ),
    is(
        list(
            "groups",
            &[text("value"), exact("$ref"), text("display"), text("type")],
        ),
        Use::ReadOnly,
    ),
    extra(text("employeeNumber")),
    extra(text("department")),
    extra(complex(
        "manager",
        &[
            exact("value"),
            exact("$ref"),
            is(text("displayName"), Use::ReadOnly),
        ],
    )),
];

/// RFC 7643 sections 3.1 and 4.2.
pub(super) const GROUP: &[Attr] = &[
    ID,
    is(complex("meta", META), Use::ReadOnly),
    exact("externalId"),
    is(text("displayName"), Use::Required),
    list(
        "members",
        &[
            text("value"),
            is(text("display"), Use::OnRequest),
            exact("$ref"),
            text("type"),
        ],
    ),
];
