//! Profiles: which tolerances a realm reads its clients with. One table, [`Profile::row`].
//!
//! No rule anywhere asks for a profile, and none for a User-Agent: the set of
//! tolerances is all that a profile is.

use crate::error::{Error, ErrorKind, Result};
use crate::json::excerpt;
use crate::tolerance::{Tolerance, Tolerances};
use std::fmt;
use std::str::FromStr;

/// A named set of tolerances, for the identity provider a realm is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Profile {
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// OneLogin.
    OneLogin,
    /// Google Workspace.
    Google,
    /// JumpCloud.
    JumpCloud,
    /// PingOne and PingFederate.
    Ping,
    /// Any client.
    #[default]
    Generic,
    /// RFC 7643, RFC 7644 and the interoperability profile to the letter.
    Strict,
}

/// A row of the table.
struct Row {
    name: &'static str,
    aliases: &'static [&'static str],
    title: &'static str,
    description: &'static str,
    tolerances: Tolerances,
}

/// What costs nothing and can mean one thing only, whoever sends it.
const HARMLESS: Tolerances = Tolerances::of(&[
    Tolerance::MessageFieldCase,
    Tolerance::MessageWithoutSchemas,
    Tolerance::UnknownMessageFields,
    Tolerance::EmptyOperations,
    Tolerance::OperationCase,
    Tolerance::BlankPath,
    Tolerance::EmptyClears,
    Tolerance::StringBooleans,
    Tolerance::CreateMissingElement,
    Tolerance::ReadOnlyIgnored,
    Tolerance::RemoveListed,
    Tolerance::UnknownAttributes,
    Tolerance::MissingSchemas,
    Tolerance::ForeignSchemas,
    Tolerance::SubAttributeBehindBrackets,
    Tolerance::UnknownMembers,
    Tolerance::PutKeepsMembers,
]);

impl Profile {
    /// Every profile, in the order they are shown.
    pub const ALL: [Self; 8] = [
        Self::Entra,
        Self::Okta,
        Self::OneLogin,
        Self::Google,
        Self::JumpCloud,
        Self::Ping,
        Self::Generic,
        Self::Strict,
    ];

    /// The name, lower case.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Other names that [`Profile::from_str`] understands.
    pub fn aliases(self) -> &'static [&'static str] {
        self.row().aliases
    }

    /// The product's name, for people.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// One sentence for an administrator.
    pub fn description(self) -> &'static str {
        self.row().description
    }

    /// The tolerances a realm of this profile has.
    pub const fn tolerances(self) -> Tolerances {
        self.row().tolerances
    }

    /// The table. What a vendor has beside the harmless ones is in its recorded
    /// traffic or its documentation (CLIENTS.md).
    const fn row(self) -> Row {
        match self {
            Self::Entra => Row {
                name: "entra",
                aliases: &["azure"],
                title: "Microsoft Entra ID",
                description: "Both dialects of Entra ID, with and without `aadOptscim062020`, and those of its old jobs and validators.",
                tolerances: Tolerances::ALL,
            },
            Self::Okta => Row {
                name: "okta",
                aliases: &[],
                title: "Okta",
                description: "Okta's wizard and catalogue applications: PUT of whole users, renames of groups that leave the members out.",
                tolerances: HARMLESS.and(&[Tolerance::PathKeys, Tolerance::UndeclaredExtensions]),
            },
            Self::OneLogin => Row {
                name: "onelogin",
                aliases: &[],
                title: "OneLogin",
                description: "OneLogin's JSON template, which an administrator edits by hand, with names beside their schemas and old schema URIs.",
                tolerances: HARMLESS.and(&[
                    Tolerance::SingleForList,
                    Tolerance::BareComplexValue,
                    Tolerance::BareExtensionAttributes,
                    Tolerance::PathKeys,
                    Tolerance::UndeclaredExtensions,
                ]),
            },
            Self::Google => Row {
                name: "google",
                aliases: &[],
                title: "Google Workspace",
                description: "Google Workspace's automated user provisioning.",
                tolerances: HARMLESS.and(&[Tolerance::UndeclaredExtensions]),
            },
            Self::JumpCloud => Row {
                name: "jumpcloud",
                aliases: &[],
                title: "JumpCloud",
                description: "JumpCloud's custom SCIM applications, which remove members by a list of them.",
                tolerances: HARMLESS.and(&[Tolerance::UndeclaredExtensions]),
            },
            Self::Ping => Row {
                name: "ping",
                aliases: &[],
                title: "Ping Identity",
                description: "PingOne's and PingFederate's outbound provisioning.",
                tolerances: HARMLESS.and(&[Tolerance::UndeclaredExtensions]),
            },
            Self::Generic => Row {
                name: "generic",
                aliases: &[],
                title: "Any client",
                description: "Every tolerance: for clients that have no profile of their own, and while it is not known which client there will be.",
                tolerances: Tolerances::ALL,
            },
            Self::Strict => Row {
                name: "strict",
                aliases: &[],
                title: "To the letter",
                description: "No tolerance: RFC 7643, RFC 7644 and the interoperability profile to the letter, for the tests of a client.",
                tolerances: Tolerances::NONE,
            },
        }
    }
}

impl FromStr for Profile {
    type Err = Error;

    /// Reads a name or an alias, whatever its case.
    ///
    /// # Errors
    /// `InvalidValue` with the names there are.
    fn from_str(text: &str) -> Result<Self> {
        let named = |profile: &Self| {
            let row = profile.row();
            let mut names = row.aliases.iter().chain([&row.name]);
            names.any(|name| name.eq_ignore_ascii_case(text))
        };
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let names = Self::ALL.map(|profile| format!("`{}`", profile.name()));
            Error::new(
                ErrorKind::InvalidValue,
                format!(
                    "unknown profile `{}`, use one of {}",
                    excerpt(text),
                    names.join(", ")
                ),
            )
        })
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
