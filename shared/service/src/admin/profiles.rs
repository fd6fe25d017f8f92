//! The profiles there are: which tolerances each has, and what they mean.

use super::openapi::Problem;
use super::shown;
use crate::respond::Reply;
use scim::{Profile, Result, Tolerance};
use serde::Serialize;
use utoipa::ToSchema;

/// The profiles, and the tolerances that they are made of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Profiles {
    profiles: Vec<OneProfile>,
    tolerances: Vec<OneTolerance>,
}

/// A profile: for which client, and what is accepted beyond the RFCs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Profile)]
pub(super) struct OneProfile {
    #[schema(example = "entra")]
    name: &'static str,
    /// Other names it goes by.
    #[schema(example = json!(["azure"]))]
    aliases: &'static [&'static str],
    title: &'static str,
    description: &'static str,
    /// The names of its tolerances.
    tolerances: Vec<&'static str>,
}

/// One thing that is accepted beyond the RFCs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tolerance)]
pub(super) struct OneTolerance {
    #[schema(example = "emptyClears")]
    name: &'static str,
    description: &'static str,
    /// Where clients were seen to need it.
    source: &'static str,
}

/// List the profiles
#[utoipa::path(
    get,
    path = "/admin/v1/profiles",
    operation_id = "listProfiles",
    tag = "realms",
    responses(
        (status = 200, description = "All of them", body = Profiles),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) fn list() -> Result<Reply> {
    let profiles = Profile::ALL.into_iter().map(|profile| OneProfile {
        name: profile.name(),
        aliases: profile.aliases(),
        title: profile.title(),
        description: profile.description(),
        tolerances: profile.tolerances().iter().map(Tolerance::name).collect(),
    });
    let tolerances = Tolerance::ALL.into_iter().map(|tolerance| OneTolerance {
        name: tolerance.name(),
        description: tolerance.description(),
        source: tolerance.source(),
    });
    Ok(Reply::ok(shown(&Profiles {
        profiles: profiles.collect(),
        tolerances: tolerances.collect(),
    })?))
}
