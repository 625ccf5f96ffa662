//! The schema as the pages tell it: read from the text that is served, so that it is never another.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    ConstDirective, FieldDefinition, InputValueDefinition, ServiceDocument, TypeDefinition,
    TypeKind, TypeSystemDefinition,
};

use crate::kit::error::Fault;

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An object.
    Object,
    /// An interface.
    Interface,
    /// A union.
    Union,
    /// An input object.
    Input,
    /// An enum.
    Enum,
    /// A scalar.
    Scalar,
}

impl Kind {
    /// The keyword of the schema language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Object => "type",
            Self::Interface => "interface",
            Self::Union => "union",
            Self::Input => "input",
            Self::Enum => "enum",
            Self::Scalar => "scalar",
        }
    }
}

/// A type.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its description.
    pub about: String,
    /// Fields of an object, interface or input; values of an enum; members of a union.
    pub members: Vec<Member>,
    /// Interfaces that it implements.
    pub implements: Vec<String>,
}

/// A field, an argument or an enum value.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its description.
    pub about: String,
    /// Its arguments.
    pub arguments: Vec<Member>,
    /// Its type as the schema language writes it, `[ID!]!`; empty for enum values.
    pub shape: String,
    /// What is meant when it is left out.
    pub default: Option<String>,
    /// Why it goes, and when.
    pub deprecated: Option<String>,
}

impl Member {
    /// The name in its type: `Idea` of `[Idea!]!`.
    #[must_use]
    pub fn base(&self) -> &str {
        base(&self.shape)
    }
}

/// The name in a type.
#[must_use]
pub fn base(shape: &str) -> &str {
    shape.trim_matches(['[', ']', '!'])
}

/// The whole schema.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Types by name; the roots are not among them.
    pub types: BTreeMap<String, Type>,
    /// Fields of `Query`, by name.
    pub queries: Vec<Member>,
    /// Fields of `Mutation`, by name.
    pub mutations: Vec<Member>,
    /// Fields of `Subscription`, by name.
    pub subscriptions: Vec<Member>,
    /// Where each type is named: `Type.field`, `Query.field`.
    pub uses: BTreeMap<String, BTreeSet<String>>,
}

impl Catalogue {
    /// Reads a schema.
    ///
    /// # Errors
    /// A fault when the text is no schema.
    pub fn read(sdl: &str) -> Result<Self, Fault> {
        let document = parse_schema(sdl)
            .map_err(|error| Fault::internal(format!("the served schema is none: {error}")))?;
        let mut types: BTreeMap<String, Type> =
            types_of(document).map(|it| (it.name.clone(), it)).collect();
        let uses = uses(&types);
        let mut root = |name: &str| {
            let mut fields = types.remove(name).map(|it| it.members).unwrap_or_default();
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            fields
        };
        let (queries, mutations, subscriptions) =
            (root("Query"), root("Mutation"), root("Subscription"));
        Ok(Self { types, queries, mutations, subscriptions, uses })
    }

    /// The user errors of the feature area that a mutation belongs to.
    #[must_use]
    pub fn user_error(&self, mutation: &Member) -> Option<&Type> {
        let payload = self.types.get(mutation.base())?;
        let errors = payload.members.iter().find(|it| it.name == "userErrors")?;
        self.types.get(errors.base())
    }

    /// The feature areas: their user error, its codes, and the mutations that answer them.
    #[must_use]
    pub fn areas(&self) -> Vec<Area<'_>> {
        let errors = self.types.values().filter(|it| it.name.ends_with("UserError"));
        let mut areas: Vec<Area<'_>> = errors
            .map(|error| Area {
                title: capital(area_of(error)),
                codes: error
                    .members
                    .iter()
                    .find(|it| it.name == "code")
                    .and_then(|it| self.types.get(it.base()))
                    .map_or(&[], |it| it.members.as_slice()),
                mutations: self
                    .mutations
                    .iter()
                    .filter(|it| self.user_error(it).is_some_and(|of| of.name == error.name))
                    .collect(),
                error,
            })
            .collect();
        areas.sort_by(|a, b| a.title.cmp(&b.title));
        areas
    }
}

/// A feature area as its user errors draw it.
#[derive(Clone, Debug)]
pub struct Area<'a> {
    /// What it is about.
    pub title: String,
    /// Its user error.
    pub error: &'a Type,
    /// The codes that this can carry.
    pub codes: &'a [Member],
    /// The mutations that answer it.
    pub mutations: Vec<&'a Member>,
}

/// "... in AREA." (the macro `user_errors!` writes it).
fn area_of(error: &Type) -> &str {
    error.about.rsplit_once(", in ").map_or(error.name.as_str(), |(_, it)| it).trim_end_matches('.')
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|it| it.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn types_of(document: ServiceDocument) -> impl Iterator<Item = Type> {
    document.definitions.into_iter().filter_map(|it| match it {
        TypeSystemDefinition::Type(it) => Some(type_of(it.node)),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
    })
}

fn type_of(definition: TypeDefinition) -> Type {
    let named = |names: Vec<Positioned<async_graphql::Name>>| -> Vec<String> {
        names.into_iter().map(|it| it.node.to_string()).collect()
    };
    let (kind, members, implements) = match definition.kind {
        TypeKind::Scalar => (Kind::Scalar, Vec::new(), Vec::new()),
        TypeKind::Object(it) => (Kind::Object, fields(it.fields), named(it.implements)),
        TypeKind::Interface(it) => (Kind::Interface, fields(it.fields), named(it.implements)),
        TypeKind::Union(it) => {
            let members = named(it.members).into_iter().map(|name| bare(name, String::new()));
            (Kind::Union, members.collect(), Vec::new())
        }
        TypeKind::Enum(it) => {
            let values = it.values.into_iter().map(|value| Member {
                deprecated: deprecated(&value.node.directives),
                ..bare(value.node.value.node.to_string(), about(value.node.description))
            });
            (Kind::Enum, values.collect(), Vec::new())
        }
        TypeKind::InputObject(it) => {
            (Kind::Input, it.fields.into_iter().map(input).collect(), Vec::new())
        }
    };
    Type {
        name: definition.name.node.to_string(),
        kind,
        about: about(definition.description),
        members,
        implements,
    }
}

fn bare(name: String, about: String) -> Member {
    Member {
        name,
        about,
        arguments: Vec::new(),
        shape: String::new(),
        default: None,
        deprecated: None,
    }
}

fn fields(fields: Vec<Positioned<FieldDefinition>>) -> Vec<Member> {
    let field = |it: Positioned<FieldDefinition>| Member {
        arguments: it.node.arguments.into_iter().map(input).collect(),
        shape: it.node.ty.node.to_string(),
        deprecated: deprecated(&it.node.directives),
        ..bare(it.node.name.node.to_string(), about(it.node.description))
    };
    fields.into_iter().map(field).collect()
}

fn input(value: Positioned<InputValueDefinition>) -> Member {
    let value = value.node;
    Member {
        shape: value.ty.node.to_string(),
        default: value.default_value.map(|it| it.node.to_string()),
        deprecated: deprecated(&value.directives),
        ..bare(value.name.node.to_string(), about(value.description))
    }
}

fn about(description: Option<Positioned<String>>) -> String {
    description.map(|it| it.node.trim().to_owned()).unwrap_or_default()
}

fn deprecated(directives: &[Positioned<ConstDirective>]) -> Option<String> {
    let found = directives.iter().find(|it| it.node.name.node.as_str() == "deprecated")?;
    let reason = found.node.arguments.iter().find(|(name, _)| name.node.as_str() == "reason");
    Some(match reason.map(|(_, value)| &value.node) {
        Some(async_graphql::Value::String(reason)) => reason.clone(),
        _ => String::from("No longer to be used."),
    })
}

fn uses(types: &BTreeMap<String, Type>) -> BTreeMap<String, BTreeSet<String>> {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for kind in types.values() {
        for member in &kind.members {
            let place = format!("{}.{}", kind.name, member.name);
            for used in member.arguments.iter().chain([member]).map(Member::base) {
                uses.entry(used.to_owned()).or_default().insert(place.clone());
            }
        }
        for interface in &kind.implements {
            uses.entry(interface.clone()).or_default().insert(kind.name.clone());
        }
    }
    uses
}
