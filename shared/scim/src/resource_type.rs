//! Resource types: which schemas make up a resource, and what a path names in it.

use crate::error::{Error, ErrorKind, Result};
use crate::filter::scan::shortened;
use crate::path::AttrPath;
use crate::schema::{Attribute, Schema};
use crate::tolerance::{Tolerance, Tolerances};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// An extension schema of a resource type (RFC 7643 section 6).
#[derive(Debug, Clone)]
pub struct Extension {
    /// The schema.
    pub schema: Arc<Schema>,
    /// Whether every resource must have it.
    pub required: bool,
}

/// What a resource is made of (RFC 7643 section 6).
#[derive(Debug, Clone)]
pub struct ResourceType {
    /// `User` or `Group`; also the document's id.
    pub name: &'static str,
    /// `/Users` or `/Groups`.
    pub endpoint: &'static str,
    /// For the reader of `/ResourceTypes`.
    pub description: &'static str,
    /// The core schema.
    pub schema: Arc<Schema>,
    /// Extensions, stock and the realm's own.
    pub extensions: Vec<Extension>,
    /// The attribute whose values are kept as edges beside the document, not in it: a group's `members`.
    pub edges: Option<&'static str>,
    /// How liberally its documents are read.
    pub tolerances: Tolerances,
}

/// An attribute, and where in a resource its value stands. Made only by resolution against a [`ResourceType`].
#[derive(Debug, Clone, PartialEq)]
pub struct AttrRef {
    /// The extension's URN when the attribute is an extension's: the value stands in the object under this key.
    pub extension: Option<Arc<Schema>>,
    /// The attribute.
    pub attribute: Arc<Attribute>,
    /// The sub-attribute, when the path names one.
    pub sub: Option<Arc<Attribute>>,
}

impl AttrRef {
    /// The attribute whose characteristics rule the value: the sub-attribute, else the attribute.
    pub fn leaf(&self) -> &Arc<Attribute> {
        self.sub.as_ref().unwrap_or(&self.attribute)
    }

    /// Whether an answer may show the value: what is writeOnly or never returned
    /// must not be guessed by filters and orders either (RFC 7643 section 7).
    pub fn is_readable(&self) -> bool {
        self.attribute.is_readable() && self.leaf().is_readable()
    }

    /// Whether the path names this core attribute and sub-attribute: `is("emails", Some("value"))`.
    pub fn is(&self, attribute: &str, sub: Option<&str>) -> bool {
        self.extension.is_none()
            && self.attribute.name == attribute
            && self.sub.as_ref().map(|sub| sub.name.as_str()) == sub
    }
}

/// The attribute's full path: `name.givenName`, `urn:…:User:manager.value`.
impl fmt::Display for AttrRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.extension {
            write!(f, "{}:", schema.id)?;
        }
        f.write_str(&self.attribute.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{}", sub.name),
            None => Ok(()),
        }
    }
}

/// What a path names in a resource of some type.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// An attribute or sub-attribute.
    Attribute(AttrRef),
    /// A whole extension object, by its URN.
    Extension(Arc<Schema>),
    /// Something in an extension whose schema the realm has not declared; kept verbatim, never filterable.
    Undeclared {
        /// The extension's URN as the client spelt it.
        urn: String,
        /// The attribute; `None` when the path may also be the bare URN.
        attribute: String,
        /// The sub-attribute.
        sub: Option<String>,
    },
}

impl ResourceType {
    /// The stock User with the enterprise extension.
    pub fn user() -> &'static Self {
        static TYPE: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
            name: "User",
            endpoint: "/Users",
            description: "User Account",
            schema: Schema::user(),
            extensions: vec![Extension {
                schema: Schema::enterprise_user(),
                required: false,
            }],
            edges: None,
            tolerances: Tolerances::ALL,
        });
        &TYPE
    }

    /// The stock Group.
    pub fn group() -> &'static Self {
        static TYPE: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
            name: "Group",
            endpoint: "/Groups",
            description: "Group",
            schema: Schema::group(),
            extensions: Vec::new(),
            edges: Some("members"),
            tolerances: Tolerances::ALL,
        });
        &TYPE
    }

    /// The declared extension with that URN, whatever its case.
    pub fn extension(&self, urn: &str) -> Option<&Arc<Schema>> {
        self.extensions
            .iter()
            .map(|extension| &extension.schema)
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// Whether a URN goes on behind one of the type's own: what it would name is
    /// an attribute that schema does not have, not a schema of its own.
    pub(crate) fn is_below(&self, urn: &str) -> bool {
        let extensions = self.extensions.iter().map(|extension| &extension.schema);
        extensions.chain([&self.schema]).any(|schema| {
            urn.split_at_checked(schema.id.len())
                .is_some_and(|(id, rest)| {
                    id.eq_ignore_ascii_case(&schema.id) && rest.starts_with(':')
                })
        })
    }

    /// The core or common attribute of that name, whatever its case.
    pub fn core_attribute(&self, name: &str) -> Option<Arc<Attribute>> {
        self.schema
            .attribute(name)
            .cloned()
            .or_else(|| Schema::common().attribute(name).cloned())
    }

    /// The type as one realm has it: the stock extensions, then the realm's own.
    #[must_use]
    pub fn of_realm(&self, extensions: Vec<Extension>, tolerances: Tolerances) -> Self {
        let mut of = self.clone();
        of.extensions.extend(extensions);
        of.tolerances = tolerances;
        of
    }

    /// What `path` names.
    ///
    /// Names compare without case. A name without a URN is looked for in the
    /// core schema, then in the extensions in their order: clients write a bare
    /// `manager` (CLIENTS.md, Entra). A URN and an attribute joined by a dot,
    /// as old Entra jobs write them, are read as if joined by a colon.
    ///
    /// # Errors
    /// `kind` with the name that is unknown, or with the tolerance that is
    /// missing; give `InvalidPath` or `InvalidFilter`.
    pub fn resolve(&self, path: &AttrPath, kind: ErrorKind) -> Result<Target> {
        let (target, needs) = self.locate(path, kind)?;
        if let (Some(needed), Target::Attribute(at)) = (needs, &target) {
            self.tolerances.require(needed, kind, || {
                format!("`{}` is written `{at}`", path.excerpt())
            })?;
        }
        Ok(target)
    }

    /// What `path` names, and the tolerance that it takes to write it so.
    ///
    /// # Errors
    /// As [`Self::resolve`], of the name alone.
    pub(crate) fn locate(
        &self,
        path: &AttrPath,
        kind: ErrorKind,
    ) -> Result<(Target, Option<Tolerance>)> {
        let Some(urn) = &path.urn else {
            if let Some(attribute) = self.core_attribute(&path.name) {
                return with_sub(None, attribute, path, kind).map(|target| (target, None));
            }
            for extension in &self.extensions {
                if let Some(attribute) = extension.schema.attribute(&path.name) {
                    return with_sub(Some(&extension.schema), attribute.clone(), path, kind)
                        .map(|target| (target, Some(Tolerance::BareExtensionAttributes)));
                }
            }
            return Err(unknown(path, self, kind));
        };
        if urn.eq_ignore_ascii_case(&self.schema.id) {
            let attribute = self
                .core_attribute(&path.name)
                .ok_or_else(|| unknown(path, self, kind))?;
            return with_sub(None, attribute, path, kind).map(|target| (target, None));
        }
        if let Some(schema) = self.extension(urn) {
            let attribute = schema
                .attribute(&path.name)
                .ok_or_else(|| unknown(path, self, kind))?;
            return with_sub(Some(schema), attribute.clone(), path, kind)
                .map(|target| (target, None));
        }
        self.behind_urn(urn, path, kind)
    }

    /// `urn:…:2.0:User` alone, or `urn:…:2.0:User.department`: the last segment
    /// was taken for an attribute name.
    fn behind_urn(
        &self,
        urn: &str,
        path: &AttrPath,
        kind: ErrorKind,
    ) -> Result<(Target, Option<Tolerance>)> {
        let dotted = |extension: Option<&Arc<Schema>>, attribute: Arc<Attribute>| {
            let target = Target::Attribute(AttrRef {
                extension: extension.cloned(),
                attribute,
                sub: None,
            });
            (target, Some(Tolerance::DottedUrns))
        };
        let whole = format!("{urn}:{}", path.name);
        if let Some(schema) = self.extension(&whole) {
            return match &path.sub {
                None => Ok((Target::Extension(schema.clone()), None)),
                Some(name) => {
                    let attribute = schema
                        .attribute(name)
                        .ok_or_else(|| unknown(path, self, kind))?;
                    Ok(dotted(Some(schema), attribute.clone()))
                }
            };
        }
        if whole.eq_ignore_ascii_case(&self.schema.id)
            && let Some(name) = &path.sub
        {
            let attribute = self
                .core_attribute(name)
                .ok_or_else(|| unknown(path, self, kind))?;
            return Ok(dotted(None, attribute));
        }
        if self.is_below(urn) {
            return Err(unknown(path, self, kind));
        }
        let target = Target::Undeclared {
            urn: urn.to_owned(),
            attribute: path.name.clone(),
            sub: path.sub.clone(),
        };
        Ok((target, None))
    }
}

fn with_sub(
    extension: Option<&Arc<Schema>>,
    attribute: Arc<Attribute>,
    path: &AttrPath,
    kind: ErrorKind,
) -> Result<Target> {
    let sub = match &path.sub {
        None => None,
        Some(name) => Some(attribute.sub(name).cloned().ok_or_else(|| {
            Error::new(
                kind,
                format!(
                    "attribute `{}` has no sub-attribute `{}`",
                    attribute.name,
                    shortened(name)
                ),
            )
        })?),
    };
    Ok(Target::Attribute(AttrRef {
        extension: extension.cloned(),
        attribute,
        sub,
    }))
}

fn unknown(path: &AttrPath, of: &ResourceType, kind: ErrorKind) -> Error {
    Error::new(
        kind,
        format!(
            "unknown attribute `{}` of resource type {}",
            path.excerpt(),
            of.name
        ),
    )
}
