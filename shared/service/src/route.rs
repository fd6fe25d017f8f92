//! The one table of routes. How a path finds its row is [`crate::locate`]'s.
//!
//! Routers, 405 answers and the tests of authentication are made from
//! [`ROUTES`]; an endpoint that is not in it does not exist.

use axum::http::Method;
use store::Kind;

/// What serves a route: a Lambda function, or a part of the one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `/Users`.
    Users,
    /// `/Groups`.
    Groups,
    /// `/.search`, and the root.
    Search,
    /// `/Bulk`.
    Bulk,
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
    /// RFC 7644 section 3.4.2.1: a query of the server's root.
    Query(&'static [Kind]),
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
    /// RFC 7644 section 3.7.
    Bulk,
    /// Administration.
    Admin(AdminOperation),
}

/// What an administrator asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminOperation {
    /// The document that describes all of these.
    OpenApi,
    /// The profiles there are.
    ListProfiles,
    /// All realms, by pages.
    ListRealms,
    /// A new realm.
    CreateRealm,
    /// One realm.
    GetRealm,
    /// A change of one realm.
    UpdateRealm,
    /// A realm's extension schemas.
    ListSchemas,
    /// One extension schema.
    GetSchema,
    /// A schema declared or changed.
    PutSchema,
    /// A schema declared no more.
    DeleteSchema,
    /// A realm's mappers.
    ListMappers,
    /// The mappers set.
    PutMappers,
    /// The defaults again.
    DeleteMappers,
    /// Mappers tried on a user.
    TryMappers,
    /// A realm's keys.
    ListKeys,
    /// A new key, whose token is in this one answer only.
    CreateKey,
    /// One key.
    GetKey,
    /// The end of a key.
    RevokeKey,
    /// A key in the place of another.
    RotateKey,
    /// The end of a realm.
    DeleteRealm,
    /// Deletions that go on.
    ReleaseGuard,
    /// A realm's users and groups, by pages.
    ListMembers,
    /// Users who are with the company already.
    ImportMembers,
    /// One user or group.
    GetMember,
    /// A step of a user's state.
    MoveMember,
    /// All that is to be carried to another table, by pages.
    ExportRealm,
    /// A page of another realm's.
    ImportRealm,
    /// What happened, by pages.
    ListEvents,
    /// One thing that happened.
    GetEvent,
    /// What was used, by day.
    GetUsage,
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

    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create(Kind::User) => "CreateUser",
            Self::Create(Kind::Group) => "CreateGroup",
            Self::Get(Kind::User) => "GetUser",
            Self::Get(Kind::Group) => "GetGroup",
            Self::Replace(Kind::User) => "ReplaceUser",
            Self::Replace(Kind::Group) => "ReplaceGroup",
            Self::Patch(Kind::User) => "PatchUser",
            Self::Patch(Kind::Group) => "PatchGroup",
            Self::Delete(Kind::User) => "DeleteUser",
            Self::Delete(Kind::Group) => "DeleteGroup",
            Self::List(Kind::User) => "ListUsers",
            Self::List(Kind::Group) => "ListGroups",
            Self::Query(_) => "QueryRoot",
            Self::Search(_) => "Search",
            Self::ServiceProviderConfig => "GetServiceProviderConfig",
            Self::ResourceTypes => "ListResourceTypes",
            Self::ResourceType => "GetResourceType",
            Self::Schemas => "ListSchemas",
            Self::Schema => "GetSchema",
            Self::Me => "Me",
            Self::Bulk => "Bulk",
            Self::Admin(operation) => match operation {
                AdminOperation::OpenApi => "GetOpenApi",
                AdminOperation::ListProfiles => "ListProfiles",
                AdminOperation::ListRealms => "ListRealms",
                AdminOperation::CreateRealm => "CreateRealm",
                AdminOperation::GetRealm => "GetRealm",
                AdminOperation::UpdateRealm => "UpdateRealm",
                AdminOperation::ListSchemas => "ListExtensionSchemas",
                AdminOperation::GetSchema => "GetExtensionSchema",
                AdminOperation::PutSchema => "PutExtensionSchema",
                AdminOperation::DeleteSchema => "DeleteExtensionSchema",
                AdminOperation::ListMappers => "ListMappers",
                AdminOperation::PutMappers => "PutMappers",
                AdminOperation::DeleteMappers => "DeleteMappers",
                AdminOperation::TryMappers => "TryMappers",
                AdminOperation::ListKeys => "ListKeys",
                AdminOperation::CreateKey => "CreateKey",
                AdminOperation::GetKey => "GetKey",
                AdminOperation::RevokeKey => "RevokeKey",
                AdminOperation::RotateKey => "RotateKey",
                AdminOperation::DeleteRealm => "DeleteRealm",
                AdminOperation::ReleaseGuard => "ReleaseGuard",
                AdminOperation::ListMembers => "ListMembers",
                AdminOperation::ImportMembers => "ImportMembers",
                AdminOperation::GetMember => "GetMember",
                AdminOperation::MoveMember => "MoveMember",
                AdminOperation::ExportRealm => "ExportRealm",
                AdminOperation::ImportRealm => "ImportRealm",
                AdminOperation::ListEvents => "ListEvents",
                AdminOperation::GetEvent => "GetEvent",
                AdminOperation::GetUsage => "GetUsage",
            },
        }
    }

    /// Whether it may change a resource.
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::Create(_) | Self::Replace(_) | Self::Patch(_) | Self::Delete(_) | Self::Bulk
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
                | Self::Bulk
                | Self::Admin(
                    AdminOperation::CreateRealm
                        | AdminOperation::UpdateRealm
                        | AdminOperation::CreateKey
                        | AdminOperation::PutSchema
                        | AdminOperation::PutMappers
                        | AdminOperation::TryMappers
                        | AdminOperation::RotateKey
                        | AdminOperation::ImportMembers
                        | AdminOperation::MoveMember
                        | AdminOperation::ImportRealm
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

/// What every path of a realm begins with.
pub(crate) const TENANT: &str = "/realms/{realm}/scim/v2";
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
const BULK: &str = "/realms/{realm}/scim/v2/Bulk";
const OPENAPI: &str = "/admin/v1/openapi.json";
const PROFILES: &str = "/admin/v1/profiles";
const REALMS: &str = "/admin/v1/realms";
const REALM: &str = "/admin/v1/realms/{realm}";
const ADMIN_SCHEMAS: &str = "/admin/v1/realms/{realm}/schemas";
const ADMIN_SCHEMA: &str = "/admin/v1/realms/{realm}/schemas/{id}";
const MAPPERS: &str = "/admin/v1/realms/{realm}/mappers";
const TRY_MAPPERS: &str = "/admin/v1/realms/{realm}/mappers/try";
const KEYS: &str = "/admin/v1/realms/{realm}/keys";
const KEY: &str = "/admin/v1/realms/{realm}/keys/{key}";
const ROTATION: &str = "/admin/v1/realms/{realm}/keys/{key}/rotate";
const RELEASE: &str = "/admin/v1/realms/{realm}/deletion-guard/release";
const MEMBERS: &str = "/admin/v1/realms/{realm}/members";
const MEMBERS_IMPORT: &str = "/admin/v1/realms/{realm}/members/import";
const MEMBER: &str = "/admin/v1/realms/{realm}/members/{id}";
const EXPORT: &str = "/admin/v1/realms/{realm}/export";
const IMPORT: &str = "/admin/v1/realms/{realm}/import";
const EVENTS: &str = "/admin/v1/realms/{realm}/events";
const EVENT: &str = "/admin/v1/realms/{realm}/events/{id}";
const USAGE: &str = "/admin/v1/realms/{realm}/usage";

/// Every route, a row each. A path in words stands before one with a parameter that would also match.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    route(Function::Users, Method::GET, USERS, Operation::List(Kind::User)),
    route(Function::Users, Method::POST, USERS, Operation::Create(Kind::User)),
    route(Function::Search, Method::POST, USERS_SEARCH, Operation::Search(&[Kind::User])),
    route(Function::Users, Method::GET, USER, Operation::Get(Kind::User)),
    route(Function::Users, Method::PUT, USER, Operation::Replace(Kind::User)),
    route(Function::Users, Method::PATCH, USER, Operation::Patch(Kind::User)),
    route(Function::Users, Method::DELETE, USER, Operation::Delete(Kind::User)),
    route(Function::Groups, Method::GET, GROUPS, Operation::List(Kind::Group)),
    route(Function::Groups, Method::POST, GROUPS, Operation::Create(Kind::Group)),
    route(Function::Search, Method::POST, GROUPS_SEARCH, Operation::Search(&[Kind::Group])),
    route(Function::Groups, Method::GET, GROUP, Operation::Get(Kind::Group)),
    route(Function::Groups, Method::PUT, GROUP, Operation::Replace(Kind::Group)),
    route(Function::Groups, Method::PATCH, GROUP, Operation::Patch(Kind::Group)),
    route(Function::Groups, Method::DELETE, GROUP, Operation::Delete(Kind::Group)),
    route(Function::Search, Method::POST, SEARCH, Operation::Search(&Kind::ALL)),
    route(Function::Search, Method::GET, TENANT, Operation::Query(&Kind::ALL)),
    route(Function::Discovery, Method::GET, PROVIDER, Operation::ServiceProviderConfig),
    route(Function::Discovery, Method::GET, TYPES, Operation::ResourceTypes),
    route(Function::Discovery, Method::GET, TYPE, Operation::ResourceType),
    route(Function::Discovery, Method::GET, SCHEMAS, Operation::Schemas),
    route(Function::Discovery, Method::GET, SCHEMA, Operation::Schema),
    route(Function::Discovery, Method::GET, ME, Operation::Me),
    route(Function::Discovery, Method::POST, ME, Operation::Me),
    route(Function::Discovery, Method::PUT, ME, Operation::Me),
    route(Function::Discovery, Method::PATCH, ME, Operation::Me),
    route(Function::Discovery, Method::DELETE, ME, Operation::Me),
    route(Function::Bulk, Method::POST, BULK, Operation::Bulk),
    route(Function::Admin, Method::GET, OPENAPI, Operation::Admin(AdminOperation::OpenApi)),
    route(Function::Admin, Method::GET, PROFILES, Operation::Admin(AdminOperation::ListProfiles)),
    route(Function::Admin, Method::GET, REALMS, Operation::Admin(AdminOperation::ListRealms)),
    route(Function::Admin, Method::POST, REALMS, Operation::Admin(AdminOperation::CreateRealm)),
    route(Function::Admin, Method::GET, REALM, Operation::Admin(AdminOperation::GetRealm)),
    route(Function::Admin, Method::PATCH, REALM, Operation::Admin(AdminOperation::UpdateRealm)),
    route(Function::Admin, Method::GET, ADMIN_SCHEMAS, Operation::Admin(AdminOperation::ListSchemas)),
    route(Function::Admin, Method::GET, ADMIN_SCHEMA, Operation::Admin(AdminOperation::GetSchema)),
    route(Function::Admin, Method::PUT, ADMIN_SCHEMA, Operation::Admin(AdminOperation::PutSchema)),
    route(Function::Admin, Method::DELETE, ADMIN_SCHEMA, Operation::Admin(AdminOperation::DeleteSchema)),
    route(Function::Admin, Method::GET, MAPPERS, Operation::Admin(AdminOperation::ListMappers)),
    route(Function::Admin, Method::PUT, MAPPERS, Operation::Admin(AdminOperation::PutMappers)),
    route(Function::Admin, Method::DELETE, MAPPERS, Operation::Admin(AdminOperation::DeleteMappers)),
    route(Function::Admin, Method::POST, TRY_MAPPERS, Operation::Admin(AdminOperation::TryMappers)),
    route(Function::Admin, Method::GET, KEYS, Operation::Admin(AdminOperation::ListKeys)),
    route(Function::Admin, Method::POST, KEYS, Operation::Admin(AdminOperation::CreateKey)),
    route(Function::Admin, Method::GET, KEY, Operation::Admin(AdminOperation::GetKey)),
    route(Function::Admin, Method::DELETE, KEY, Operation::Admin(AdminOperation::RevokeKey)),
    route(Function::Admin, Method::POST, ROTATION, Operation::Admin(AdminOperation::RotateKey)),
    route(Function::Admin, Method::DELETE, REALM, Operation::Admin(AdminOperation::DeleteRealm)),
    route(Function::Admin, Method::POST, RELEASE, Operation::Admin(AdminOperation::ReleaseGuard)),
    route(Function::Admin, Method::GET, MEMBERS, Operation::Admin(AdminOperation::ListMembers)),
    route(Function::Admin, Method::POST, MEMBERS_IMPORT, Operation::Admin(AdminOperation::ImportMembers)),
    route(Function::Admin, Method::GET, MEMBER, Operation::Admin(AdminOperation::GetMember)),
    route(Function::Admin, Method::PATCH, MEMBER, Operation::Admin(AdminOperation::MoveMember)),
    route(Function::Admin, Method::GET, EXPORT, Operation::Admin(AdminOperation::ExportRealm)),
    route(Function::Admin, Method::POST, IMPORT, Operation::Admin(AdminOperation::ImportRealm)),
    route(Function::Admin, Method::GET, EVENTS, Operation::Admin(AdminOperation::ListEvents)),
    route(Function::Admin, Method::GET, EVENT, Operation::Admin(AdminOperation::GetEvent)),
    route(Function::Admin, Method::GET, USAGE, Operation::Admin(AdminOperation::GetUsage)),
];

#[cfg(test)]
mod tests {
    use super::ROUTES;

    #[test]
    fn what_writes_is_not_open() {
        for route in ROUTES {
            let operation = route.operation;
            assert!(!(operation.is_open() && operation.writes()), "{route:?}");
        }
    }
}
