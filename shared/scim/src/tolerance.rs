//! Tolerances: what is accepted beyond the RFCs, each with a name, and sets of them.
//!
//! A realm's profile is a set of tolerances ([`crate::Profile`]). Whoever acts
//! leniently asks the set first; an error names the tolerance that is missing.
//! What the RFCs grant is none: attribute names, URNs and filter operators have
//! no case, null and an empty list are no value.

use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// One leniency towards clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tolerance {
    /// `operations`, `Op`, `Path`.
    MessageFieldCase,
    /// A PATCH or search message without its `schemas`.
    MessageWithoutSchemas,
    /// `{"name":"addMember","op":"add",…}`.
    UnknownMessageFields,
    /// `"Operations":[]`.
    EmptyOperations,
    /// `"op":"Replace"`.
    OperationCase,
    /// `"path":""`.
    BlankPath,
    /// `"value":""`, `"manager":{"value":""}`.
    EmptyClears,
    /// `"displayName":["x"]`.
    ListForSingle,
    /// `"emails":{"value":"x"}`.
    SingleForList,
    /// `"displayName":{"value":"x"}`.
    WrappedValue,
    /// `"manager":"id"`.
    BareComplexValue,
    /// `"active":"True"`.
    StringBooleans,
    /// `emails[type eq "work"].value` where there is no work e-mail.
    CreateMissingElement,
    /// `{"op":"replace","value":{"id":"…","displayName":"x"}}`.
    ReadOnlyIgnored,
    /// `{"op":"remove","path":"members","value":[…]}`.
    RemoveListed,
    /// `urn:…:User.department`.
    DottedUrns,
    /// Objects under URNs whose schema the realm has not declared.
    UndeclaredExtensions,
    /// `department` beside the core attributes.
    BareExtensionAttributes,
    /// `"name.givenName":"x"` as a key.
    PathKeys,
    /// Names that no schema has.
    UnknownAttributes,
    /// A resource without its `schemas`.
    MissingSchemas,
    /// A resource whose `schemas` name others.
    ForeignSchemas,
    /// `externalId eq x`.
    UnquotedFilterValues,
    /// `primary eq "True"`.
    QuotedFilterLiterals,
    /// `emails[type eq "work"].value eq "x"`.
    SubAttributeBehindBrackets,
    /// Members that are no resource of the realm.
    UnknownMembers,
    /// PUT of a group without `members`.
    PutKeepsMembers,
}

/// What is said of a tolerance.
struct Facts {
    name: &'static str,
    description: &'static str,
    source: &'static str,
}

impl Tolerance {
    /// Every tolerance, in the order they are shown.
    pub const ALL: [Self; 27] = [
        Self::MessageFieldCase,
        Self::MessageWithoutSchemas,
        Self::UnknownMessageFields,
        Self::EmptyOperations,
        Self::OperationCase,
        Self::BlankPath,
        Self::EmptyClears,
        Self::ListForSingle,
        Self::SingleForList,
        Self::WrappedValue,
        Self::BareComplexValue,
        Self::StringBooleans,
        Self::CreateMissingElement,
        Self::ReadOnlyIgnored,
        Self::RemoveListed,
        Self::DottedUrns,
        Self::UndeclaredExtensions,
        Self::BareExtensionAttributes,
        Self::PathKeys,
        Self::UnknownAttributes,
        Self::MissingSchemas,
        Self::ForeignSchemas,
        Self::UnquotedFilterValues,
        Self::QuotedFilterLiterals,
        Self::SubAttributeBehindBrackets,
        Self::UnknownMembers,
        Self::PutKeepsMembers,
    ];

    /// The name in profiles and errors, camelCase.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// One sentence for an administrator.
    pub fn description(self) -> &'static str {
        self.facts().description
    }

    /// Where clients were seen to need it: fixtures by number and name, CLIENTS.md by its headings.
    pub fn source(self) -> &'static str {
        self.facts().source
    }

    const fn facts(self) -> Facts {
        let (name, description, source) = match self {
            Self::MessageFieldCase => (
                "messageFieldCase",
                "The fields of a message may be written in any case, such as `operations` for `Operations`.",
                "176-generic-lowercase-operations-key; CLIENTS.md, What matters most 12",
            ),
            Self::MessageWithoutSchemas => (
                "messageWithoutSchemas",
                "A PATCH or search message may come without its `schemas`, or with others.",
                "176-generic-lowercase-operations-key",
            ),
            Self::UnknownMessageFields => (
                "unknownMessageFields",
                "Fields of a message that the protocol does not define are ignored.",
                "102-entra-group-op-extra-fields, 103-entra-group-patch-id-and-string-value",
            ),
            Self::EmptyOperations => (
                "emptyOperations",
                "A PATCH without any operation is accepted and changes nothing.",
                "CLIENTS.md, What matters most 12",
            ),
            Self::OperationCase => (
                "operationCase",
                "`op` may be written in any case, such as `Replace`.",
                "035-entra-patch-username; CLIENTS.md, PATCH, default dialect",
            ),
            Self::BlankPath => (
                "blankPath",
                "A PATCH path may be empty, hold blanks around it, or be the core schema's URN alone, where no path is meant.",
                "serialisers write an absent string as `\"\"`",
            ),
            Self::EmptyClears => (
                "emptyClears",
                "An empty string, an empty object, or an object whose `value` is empty is no value: PATCH clears, POST and PUT leave it out.",
                "049-entra-patch-manager-replace-empty, 062-entra-logicapp-patch-null-phase1-empty-strings, 064-entra-logicapp-patch-null-pathless-empty; CLIENTS.md, What matters most 6",
            ),
            Self::ListForSingle => (
                "listForSingle",
                "A single value may come as a list of one.",
                "053-entra-patch-manager-array-ref, 068-entra-patch-legacy-array-value",
            ),
            Self::SingleForList => (
                "singleForList",
                "The only value of a list may come without the list.",
                "103-entra-group-patch-id-and-string-value",
            ),
            Self::WrappedValue => (
                "wrappedValue",
                "A simple value may come inside of an object, as `{\"value\": …}`.",
                "068-entra-patch-legacy-array-value",
            ),
            Self::BareComplexValue => (
                "bareComplexValue",
                "The `value` of an object may come without the object, such as a manager's or a member's id.",
                "023-entra-create-user-manager-string, 103-entra-group-patch-id-and-string-value; CLIENTS.md, What matters most 4",
            ),
            Self::StringBooleans => (
                "stringBooleans",
                "`\"True\"` and `\"False\"` are read as booleans.",
                "037-entra-patch-restore-string, 070-entra-patch-periodic-active-true; CLIENTS.md, What matters most 5",
            ),
            Self::CreateMissingElement => (
                "createMissingElement",
                "A PATCH path such as `emails[type eq \"work\"].value` that matches no value creates one.",
                "041-entra-patch-add-email-absent, 042-entra-patch-replace-email-absent, 043-entra-patch-add-address-subattrs-absent",
            ),
            Self::ReadOnlyIgnored => (
                "readOnlyIgnored",
                "What the service provider sets, such as `id`, is ignored in the value of a PATCH without a path.",
                "147-okta-group-rename-with-id",
            ),
            Self::RemoveListed => (
                "removeListed",
                "A PATCH `remove` with a value removes the values it lists, not all of them.",
                "101-entra-group-rename-add-remove, 174-jumpcloud-group-remove-value-array; CLIENTS.md, What matters most 3",
            ),
            Self::DottedUrns => (
                "dottedUrns",
                "A schema's URN and an attribute may be joined by a dot, as `urn:…:User.department`.",
                "069-entra-patch-legacy-dotted-extension",
            ),
            Self::UndeclaredExtensions => (
                "undeclaredExtensions",
                "Extensions whose schema the realm has not declared are kept as they come and returned, but cannot be filtered.",
                "024-entra-create-user-nulls-and-bad-urn, 031-entra-create-user-custom-extension",
            ),
            Self::BareExtensionAttributes => (
                "bareExtensionAttributes",
                "Attributes of an extension may be named without its URN, such as `manager` or `department`.",
                "009-entra-filter-id-and-manager, 024-entra-create-user-nulls-and-bad-urn, 053-entra-patch-manager-array-ref",
            ),
            Self::PathKeys => (
                "pathKeys",
                "The keys of a resource, and of a PATCH value without a path, may be paths such as `name.givenName`.",
                "064-entra-logicapp-patch-null-pathless-empty, 075-entra-flag-flag-pathless-urn-manager; CLIENTS.md, What matters most 1",
            ),
            Self::UnknownAttributes => (
                "unknownAttributes",
                "Attributes that no schema has are ignored.",
                "102-entra-group-op-extra-fields, 118-entra-pm-put-user-typo-attr",
            ),
            Self::MissingSchemas => (
                "missingSchemas",
                "A resource may come without `schemas`, or without those it uses.",
                "031-entra-create-user-custom-extension; CLIENTS.md, Others: OneLogin",
            ),
            Self::ForeignSchemas => (
                "foreignSchemas",
                "The `schemas` of a resource may name schemas that the resource type does not have.",
                "024-entra-create-user-nulls-and-bad-urn, 085-entra-create-group-adscim; CLIENTS.md, Others: OneLogin",
            ),
            Self::UnquotedFilterValues => (
                "unquotedFilterValues",
                "Text in a filter may come without its quotes, as `externalId eq x`.",
                "007-entra-filter-externalid-unquoted, 113-entra-pm-filter-sw-unquoted",
            ),
            Self::QuotedFilterLiterals => (
                "quotedFilterLiterals",
                "Booleans and numbers in a filter may stand in quotes, booleans in any case, as `primary eq \"True\"`.",
                "CLIENTS.md, What matters most 5",
            ),
            Self::SubAttributeBehindBrackets => (
                "subAttributeBehindBrackets",
                "A filter may compare what stands behind brackets, as `emails[type eq \"work\"].value eq \"x\"`.",
                "008-entra-filter-work-email",
            ),
            Self::UnknownMembers => (
                "unknownMembers",
                "Members that are no user or group of the realm are left out, and the rest is done.",
                "CLIENTS.md, What matters most 9",
            ),
            Self::PutKeepsMembers => (
                "putKeepsMembers",
                "A PUT of a group without `members` keeps them.",
                "CLIENTS.md, What matters most 7",
            ),
        };
        Facts {
            name,
            description,
            source,
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of tolerances.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tolerances(u32);

impl Tolerances {
    /// All there are: how the stock resource types are read.
    pub const ALL: Self = Self::of(&Tolerance::ALL);
    /// None: RFC 7643 and RFC 7644 to the letter.
    pub const NONE: Self = Self(0);

    /// These.
    pub const fn of(mut tolerances: &[Tolerance]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = tolerances {
            bits |= first.bit();
            tolerances = rest;
        }
        Self(bits)
    }

    /// These and `more`.
    #[must_use]
    pub const fn and(self, more: &[Tolerance]) -> Self {
        Self(self.0 | Self::of(more).0)
    }

    /// These without `others`.
    #[must_use]
    pub const fn without(self, others: &[Tolerance]) -> Self {
        Self(self.0 & !Self::of(others).0)
    }

    /// Whether the tolerance is among them.
    pub const fn contains(self, tolerance: Tolerance) -> bool {
        self.0 & tolerance.bit() != 0
    }

    /// Those in the set, in the order of [`Tolerance::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Tolerance> {
        Tolerance::ALL
            .into_iter()
            .filter(move |tolerance| self.contains(*tolerance))
    }

    /// Passes when the tolerance is in the set.
    ///
    /// # Errors
    /// `kind`, with what `detail` says is wrong and to be sent instead, and the
    /// tolerance's name.
    pub fn require(
        self,
        tolerance: Tolerance,
        kind: ErrorKind,
        detail: impl FnOnce() -> String,
    ) -> Result<()> {
        if self.contains(tolerance) {
            return Ok(());
        }
        Err(Error::new(
            kind,
            format!(
                "{} (this realm's profile does not have the tolerance `{}`)",
                detail(),
                tolerance.name()
            ),
        ))
    }
}

impl fmt::Debug for Tolerances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
