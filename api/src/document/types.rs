//! The types of a schema, as far as documents are held against them: read once out of the SDL that the schema prints, and of the
//! introspection that every schema has.

use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, ConstDirective, DirectiveLocation, FieldDefinition, InputValueDefinition, OperationType, ServiceDocument,
    Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use async_graphql::parser::{self, parse_schema};
use async_graphql::{Name, Positioned, Value as ConstValue};

use super::lexer::{Kind as TokenKind, Lexer};
use super::weights::{Size, Weights};

/// What every schema has beside its own types: section 4 of the specification, and the built-in scalars and directives.
const BUILT_IN: &str = include_str!("introspection.graphql");

/// The types of a schema.
#[derive(Debug)]
pub struct Types {
    types: HashMap<Name, Kind>,
    /// By composite type, the objects that it may be.
    possible: HashMap<Name, HashSet<Name>>,
    roots: Vec<(OperationType, Name)>,
    directives: HashMap<Name, DirectiveType>,
    typename: OutputField,
    /// See [`Weights`].
    pub(super) largest_page: Option<u64>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Scalar(Scalar),
    Enum(HashSet<Name>),
    Input(InputObject),
    Object(Fields),
    Interface(Fields),
    Union,
}

type Fields = IndexMap<Name, OutputField>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalar {
    Int,
    Float,
    String,
    Boolean,
    Id,
    /// Its own parser knows what it takes.
    Custom,
}

#[derive(Debug)]
pub(super) struct InputObject {
    pub(super) fields: IndexMap<Name, Input>,
    pub(super) one_of: bool,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) ty: Type,
    pub(super) default: Option<ConstValue>,
}

impl Input {
    pub(super) fn is_required(&self) -> bool {
        !self.ty.nullable && self.default.is_none()
    }
}

#[derive(Debug)]
pub(super) struct OutputField {
    pub(super) ty: Type,
    /// The name in its type.
    pub(super) named: Name,
    /// Whether it answers a list.
    pub(super) list: bool,
    pub(super) size: Option<Size>,
    pub(super) weight: u64,
    /// What it costs more in a list that has a filter.
    pub(super) of_filtered: u64,
    pub(super) arguments: IndexMap<Name, Input>,
}

impl OutputField {
    pub(super) fn takes(&self, argument: &str) -> bool {
        self.arguments.contains_key(argument)
    }

    pub(super) fn default_of(&self, argument: &str) -> Option<&ConstValue> {
        self.arguments.get(argument)?.default.as_ref()
    }
}

#[derive(Debug)]
pub(super) struct DirectiveType {
    pub(super) locations: Vec<DirectiveLocation>,
    pub(super) arguments: IndexMap<Name, Input>,
    pub(super) repeatable: bool,
}

impl Types {
    /// Reads the SDL that the schema prints.
    pub fn from_sdl(sdl: &str, weights: &Weights) -> Result<Self, parser::Error> {
        let typename = Type { base: BaseType::Named(Name::new("String")), nullable: false };
        let mut types = Self {
            types: HashMap::new(),
            possible: HashMap::new(),
            roots: Vec::new(),
            directives: HashMap::new(),
            typename: OutputField {
                named: Name::new("String"),
                ty: typename,
                list: false,
                size: None,
                weight: 1,
                of_filtered: 0,
                arguments: IndexMap::new(),
            },
            largest_page: weights.largest_page,
        };
        for text in [BUILT_IN, sdl] {
            let ServiceDocument { definitions } = parse_schema(text)?;
            definitions.into_iter().for_each(|definition| types.add_definition(definition, weights));
            // The parser says of every directive that it is.
            let repeatable = repeatable(text);
            for (name, directive) in &mut types.directives {
                directive.repeatable |= repeatable.contains(name.as_str());
            }
        }
        types.add_introspection();
        Ok(types)
    }

    fn add_definition(&mut self, definition: TypeSystemDefinition, weights: &Weights) {
        match definition {
            TypeSystemDefinition::Schema(schema) => {
                let schema = schema.node;
                let roots = [
                    (OperationType::Query, schema.query),
                    (OperationType::Mutation, schema.mutation),
                    (OperationType::Subscription, schema.subscription),
                ];
                self.roots.extend(roots.into_iter().filter_map(|(kind, name)| Some((kind, name?.node))));
            }
            TypeSystemDefinition::Type(ty) => self.add(ty.node, weights),
            TypeSystemDefinition::Directive(directive) => {
                let directive = directive.node;
                let ty = DirectiveType {
                    locations: directive.locations.iter().map(|location| location.node).collect(),
                    arguments: inputs(directive.arguments),
                    repeatable: false,
                };
                self.directives.insert(directive.name.node, ty);
            }
        }
    }

    fn add(&mut self, definition: TypeDefinition, weights: &Weights) {
        let name = definition.name.node;
        let kind = match definition.kind {
            TypeKind::Object(object) => {
                self.possible.entry(name.clone()).or_default().insert(name.clone());
                for interface in object.implements {
                    self.possible.entry(interface.node).or_default().insert(name.clone());
                }
                Kind::Object(fields(&name, object.fields, weights))
            }
            TypeKind::Interface(interface) => {
                self.possible.entry(name.clone()).or_default();
                Kind::Interface(fields(&name, interface.fields, weights))
            }
            TypeKind::Union(union) => {
                let members = union.members.into_iter().map(|member| member.node);
                self.possible.entry(name.clone()).or_default().extend(members);
                Kind::Union
            }
            TypeKind::Scalar => Kind::Scalar(match name.as_str() {
                "Int" => Scalar::Int,
                "Float" => Scalar::Float,
                "String" => Scalar::String,
                "Boolean" => Scalar::Boolean,
                "ID" => Scalar::Id,
                _ => Scalar::Custom,
            }),
            TypeKind::Enum(definition) => {
                Kind::Enum(definition.values.into_iter().map(|value| value.node.value.node).collect())
            }
            TypeKind::InputObject(object) => {
                let is_one_of = |directive: &Positioned<ConstDirective>| directive.node.name.node == "oneOf";
                let one_of = definition.directives.iter().any(is_one_of);
                Kind::Input(InputObject { fields: inputs(object.fields), one_of })
            }
        };
        self.types.insert(name, kind);
    }

    /// The fields by which a query asks for the schema.
    fn add_introspection(&mut self) {
        let Some(root) = self.root(OperationType::Query).cloned() else { return };
        let Some(Kind::Object(own)) = self.types.remove("__Introspection") else { return };
        self.possible.remove("__Introspection");
        if let Some(Kind::Object(fields)) = self.types.get_mut(&root) {
            fields.extend(own);
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<(&Name, &Kind)> {
        self.types.get_key_value(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(Name::as_str)
    }

    pub(super) fn directive(&self, name: &str) -> Option<&DirectiveType> {
        self.directives.get(name)
    }

    pub(super) fn directive_names(&self) -> impl Iterator<Item = &str> {
        self.directives.keys().map(Name::as_str)
    }

    /// The objects that a composite type may be.
    pub(super) fn possible(&self, name: &str) -> Option<&HashSet<Name>> {
        self.possible.get(name)
    }

    /// The type that an operation begins with.
    pub(super) fn root(&self, ty: OperationType) -> Option<&Name> {
        self.roots.iter().find(|(kind, _)| *kind == ty).map(|(_, name)| name)
    }

    pub(super) fn field(&self, on: &str, name: &str) -> Option<&OutputField> {
        match self.types.get(on)? {
            kind if kind.is_composite() && name == "__typename" => Some(&self.typename),
            Kind::Object(fields) | Kind::Interface(fields) => fields.get(name),
            _ => None,
        }
    }

    /// Whether a value of the type is no list and has none in it.
    pub(super) fn is_single(&self, ty: &Type) -> bool {
        let BaseType::Named(name) = &ty.base else { return false };
        let kind = self.types.get(name);
        kind.is_some_and(|kind| !matches!(kind, Kind::Input(_) | Kind::Scalar(Scalar::Custom)))
    }

    /// Whether there is a field `Type.field`.
    pub fn has(&self, place: &str) -> bool {
        place.split_once('.').is_some_and(|(on, name)| self.field(on, name).is_some())
    }

    /// The fields that answer lists whose length neither an argument nor `weights` tells, as `Type.field`.
    pub fn lists_of_unknown_length(&self) -> Vec<String> {
        let mut found: Vec<String> = self
            .types
            .iter()
            .filter(|(on, _)| !on.starts_with("__"))
            .filter_map(|(on, kind)| Some((on, kind.fields()?)))
            .flat_map(|(on, fields)| fields.iter().map(move |(name, field)| (format!("{on}.{name}"), field)))
            .filter(|(_, field)| field.list && field.size.is_none() && !field.takes("first") && !field.takes("last"))
            .map(|(place, _)| place)
            .collect();
        found.sort();
        found
    }
}

impl Kind {
    pub(super) fn is_composite(&self) -> bool {
        matches!(self, Self::Object(_) | Self::Interface(_) | Self::Union)
    }

    pub(super) fn is_leaf(&self) -> bool {
        matches!(self, Self::Scalar(_) | Self::Enum(_))
    }

    pub(super) fn is_input(&self) -> bool {
        self.is_leaf() || matches!(self, Self::Input(_))
    }

    /// None for what has no fields of its own.
    pub(super) fn fields(&self) -> Option<&Fields> {
        match self {
            Self::Object(fields) | Self::Interface(fields) => Some(fields),
            _ => None,
        }
    }
}

fn fields(on: &Name, definitions: Vec<Positioned<FieldDefinition>>, weights: &Weights) -> Fields {
    let field = |definition: Positioned<FieldDefinition>| {
        let FieldDefinition { name, ty, arguments, .. } = definition.node;
        let (name, place) = (name.node.clone(), format!("{on}.{}", name.node));
        let field = OutputField {
            named: named(&ty.node).clone(),
            list: matches!(ty.node.base, BaseType::List(_)),
            size: weights.size(&place).or_else(|| connection_part(on, &name)),
            weight: weights.cost(&place),
            of_filtered: weights.of_filtered(&place),
            arguments: inputs(arguments),
            ty: ty.node,
        };
        (name, field)
    };
    definitions.into_iter().map(field).collect()
}

fn inputs(definitions: Vec<Positioned<InputValueDefinition>>) -> IndexMap<Name, Input> {
    let input = |definition: Positioned<InputValueDefinition>| {
        let InputValueDefinition { name, ty, default_value, .. } = definition.node;
        (name.node, Input { ty: ty.node, default: default_value.map(|value| value.node) })
    };
    definitions.into_iter().map(input).collect()
}

/// The names of the directives in a schema that may stand several times in one place.
fn repeatable(sdl: &str) -> HashSet<&str> {
    let mut lexer = Lexer { source: sdl, at: 0 };
    let mut words = std::iter::from_fn(|| {
        let token = lexer.next()?.ok()?;
        Some((&sdl[token.at..lexer.at], token.kind))
    });
    let mut found = HashSet::new();
    while let Some((word, kind)) = words.next() {
        if (word, kind) != ("directive", TokenKind::Name) || words.next().is_none_or(|(sign, _)| sign != "@") {
            continue;
        }
        let Some((name, _)) = words.next() else { break };
        let mut depth = 0;
        for (word, kind) in words.by_ref() {
            match (word, kind) {
                ("(", _) => depth += 1,
                (")", _) => depth -= 1,
                ("repeatable", TokenKind::Name) if depth == 0 => {
                    found.insert(name);
                }
                ("on", TokenKind::Name) if depth == 0 => break,
                _ => {}
            }
        }
    }
    found
}

/// The lists of a Relay connection are as long as its page.
fn connection_part(on: &Name, field: &Name) -> Option<Size> {
    (on.ends_with("Connection") && matches!(field.as_str(), "edges" | "nodes")).then_some(Size::Page)
}

pub(super) fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Such as `[__Type!]!`.
    fn shown(ty: &Value) -> String {
        match ty["kind"].as_str().expect("every type is of a kind") {
            "NON_NULL" => format!("{}!", shown(&ty["ofType"])),
            "LIST" => format!("[{}]", shown(&ty["ofType"])),
            _ => ty["name"].as_str().expect("it has a name").to_owned(),
        }
    }

    #[tokio::test]
    async fn introspection_is_what_the_engine_answers() {
        let query = "{ __schema { types { name fields { name type { ...T } args { name type { ...T } } } enumValues { name } } } }
            fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
        let answer = crate::schema::build().execute(query).await.data.into_json().expect("JSON");
        let types = Types::from_sdl(&crate::schema::sdl(), &Weights::default()).expect("the schema prints itself");
        let mut seen = 0;
        for ty in answer["__schema"]["types"].as_array().expect("a list") {
            let name = ty["name"].as_str().expect("a name");
            if !name.starts_with("__") {
                continue;
            }
            seen += 1;
            let (_, kind) = types.get(name).unwrap_or_else(|| panic!("{name} is not known"));
            if let Kind::Enum(values) = kind {
                let engine: HashSet<Name> = ty["enumValues"]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|value| Name::new(value["name"].as_str().expect("a name")))
                    .collect();
                assert_eq!(*values, engine, "{name}");
                continue;
            }
            let of_engine: Vec<String> = ty["fields"]
                .as_array()
                .expect("a list")
                .iter()
                .flat_map(|field| {
                    let place = field["name"].as_str().expect("a name");
                    let arguments = field["args"].as_array().expect("a list").iter().map(move |argument| {
                        format!("{place}({}: {})", argument["name"].as_str().expect("a name"), shown(&argument["type"]))
                    });
                    std::iter::once(format!("{place}: {}", shown(&field["type"]))).chain(arguments)
                })
                .collect();
            let ours = kind.fields().expect("it has fields").iter().flat_map(|(place, field)| {
                let arguments =
                    field.arguments.iter().map(move |(name, input)| format!("{place}({name}: {})", input.ty));
                std::iter::once(format!("{place}: {}", field.ty)).chain(arguments)
            });
            let (mut ours, mut of_engine) = (ours.collect::<Vec<_>>(), of_engine);
            // The engine's description of a schema is never null, which is more than is asked for.
            let is_never_null = |place: &&mut String| name == "__Schema" && *place == "description: String!";
            of_engine.iter_mut().filter(is_never_null).for_each(|place| {
                place.pop();
            });
            ours.sort();
            of_engine.sort();
            assert_eq!(ours, of_engine, "{name}");
        }
        assert_eq!(seen, 8);
    }

    #[test]
    fn directives_that_may_stand_several_times_say_so() {
        let sdl = "directive @a(directive: String = \"repeatable\") on FIELD directive @b(x: Int) repeatable on FIELD
            \"directive @c repeatable\" directive @d repeatable on FIELD type Query { directive: Int }";
        assert_eq!(repeatable(sdl), HashSet::from(["b", "d"]));
    }
}
