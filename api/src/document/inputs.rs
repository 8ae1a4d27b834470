//! Checks the values that a request brings, in variables and written in the document, against the types of the schema
//! before anything runs. The engine checks variables only where they are used and lets an Int out of range, a quoted
//! enum value or a scalar in place of an input object through to execution; the specification makes these request errors.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, InputValueDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
    ServiceDocument, Type, TypeDefinition, TypeKind, TypeSystemDefinition, VariableDefinition,
};
use async_graphql::parser::{self, parse_schema};
use async_graphql::{Name, Positioned, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::weights::{Size, Weights};
use super::{error, shortened};

const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
const VALIDATION_FAILED: &str = "GRAPHQL_VALIDATION_FAILED";

/// The types of a schema as far as input values and the cost of fields need them.
#[derive(Debug)]
pub struct InputTypes {
    inputs: HashMap<Name, InputKind>,
    fields: HashMap<Name, HashMap<Name, OutputField>>,
    roots: Vec<(OperationType, Name)>,
}

#[derive(Debug)]
enum InputKind {
    Int,
    Float,
    String,
    Boolean,
    Id,
    Enum(HashSet<Name>),
    Object {
        fields: HashMap<Name, InputField>,
        one_of: bool,
    },
    /// Its own parser knows what it takes.
    Custom,
}

#[derive(Debug)]
struct InputField {
    ty: Type,
    required: bool,
}

#[derive(Debug)]
pub(super) struct OutputField {
    pub(super) ty: Name,
    /// Whether it answers a list.
    pub(super) list: bool,
    pub(super) size: Option<Size>,
    pub(super) weight: u64,
    arguments: HashMap<Name, Argument>,
}

#[derive(Debug)]
struct Argument {
    ty: Type,
    default: Option<ConstValue>,
}

impl OutputField {
    pub(super) fn takes(&self, argument: &str) -> bool {
        self.arguments.contains_key(argument)
    }

    pub(super) fn default_of(&self, argument: &str) -> Option<&ConstValue> {
        self.arguments.get(argument)?.default.as_ref()
    }
}

impl InputTypes {
    /// Reads the SDL that the schema prints.
    pub fn from_sdl(sdl: &str, weights: &Weights) -> Result<Self, parser::Error> {
        let ServiceDocument { definitions } = parse_schema(sdl)?;
        let mut types = Self {
            inputs: HashMap::from([
                (Name::new("Int"), InputKind::Int),
                (Name::new("Float"), InputKind::Float),
                (Name::new("String"), InputKind::String),
                (Name::new("Boolean"), InputKind::Boolean),
                (Name::new("ID"), InputKind::Id),
            ]),
            fields: HashMap::new(),
            roots: Vec::new(),
        };
        for definition in definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let schema = schema.node;
                    let roots = [
                        (OperationType::Query, schema.query),
                        (OperationType::Mutation, schema.mutation),
                        (OperationType::Subscription, schema.subscription),
                    ];
                    types.roots.extend(roots.into_iter().filter_map(|(kind, name)| Some((kind, name?.node))));
                }
                TypeSystemDefinition::Type(ty) => types.add(ty.node, weights),
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(types)
    }

    /// The type that an operation begins with.
    pub(super) fn root(&self, ty: OperationType) -> Option<&Name> {
        self.roots.iter().find(|(kind, _)| *kind == ty).map(|(_, name)| name)
    }

    pub(super) fn field(&self, on: &Name, name: &str) -> Option<&OutputField> {
        self.fields.get(on)?.get(name)
    }

    /// Whether a value of the type is no list and has none in it.
    pub(super) fn is_single(&self, ty: &Type) -> bool {
        let BaseType::Named(name) = &ty.base else { return false };
        self.inputs.get(name).is_some_and(|kind| !matches!(kind, InputKind::Object { .. } | InputKind::Custom))
    }

    /// Whether there is a field `Type.field`.
    pub fn has(&self, place: &str) -> bool {
        place.split_once('.').is_some_and(|(on, name)| self.field(&Name::new(on), name).is_some())
    }

    /// The fields that answer lists whose length neither an argument nor `weights` tells, as `Type.field`.
    pub fn lists_of_unknown_length(&self) -> Vec<String> {
        let mut found: Vec<String> = self
            .fields
            .iter()
            .flat_map(|(on, fields)| fields.iter().map(move |(name, field)| (format!("{on}.{name}"), field)))
            .filter(|(_, field)| field.list && field.size.is_none() && !field.takes("first") && !field.takes("last"))
            .map(|(place, _)| place)
            .collect();
        found.sort();
        found
    }

    fn add(&mut self, definition: TypeDefinition, weights: &Weights) {
        let name = definition.name.node;
        let fields = match definition.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            TypeKind::Union(_) => return,
            TypeKind::Scalar => {
                self.inputs.entry(name).or_insert(InputKind::Custom);
                return;
            }
            TypeKind::Enum(definition) => {
                let values = definition.values.into_iter().map(|value| value.node.value.node).collect();
                self.inputs.insert(name, InputKind::Enum(values));
                return;
            }
            TypeKind::InputObject(object) => {
                let one_of = definition.directives.iter().any(|directive| directive.node.name.node == "oneOf");
                let fields = object.fields.into_iter().map(|field| input_field(field.node)).collect();
                self.inputs.insert(name, InputKind::Object { fields, one_of });
                return;
            }
        };
        let fields = fields.into_iter().map(|field| {
            let field = field.node;
            let arguments = field.arguments.into_iter().map(|argument| {
                let InputValueDefinition { name, ty, default_value, .. } = argument.node;
                (name.node, Argument { ty: ty.node, default: default_value.map(|value| value.node) })
            });
            let place = format!("{name}.{}", field.name.node);
            let output = OutputField {
                ty: named(&field.ty.node).clone(),
                list: matches!(field.ty.node.base, BaseType::List(_)),
                size: weights.size(&place).or_else(|| connection_part(&name, &field.name.node)),
                weight: weights.cost(&place),
                arguments: arguments.collect(),
            };
            (field.name.node, output)
        });
        let fields = fields.collect();
        self.fields.insert(name, fields);
    }

    /// Coerces the variables of an operation as CoerceVariableValues of the specification does.
    pub fn check_variables(
        &self,
        operation: &OperationDefinition,
        variables: &Variables,
        most: usize,
    ) -> Result<(), Vec<ServerError>> {
        let mut flaws = Flaws::new(most);
        for definition in &operation.variable_definitions {
            let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
            let what = format!("variable \"${}\"", name.node);
            match variables.get(&name.node) {
                Some(value) => {
                    if let Err(flaw) = self.check_json(&var_type.node, value, &what) {
                        flaws.push(error(BAD_USER_INPUT, flaw.message, Some(definition.pos)));
                    }
                }
                None if default_value.is_none() && !var_type.node.nullable => {
                    let message = format!("{what} is required: its type is \"{}\"", var_type.node);
                    flaws.push(error(BAD_USER_INPUT, message, Some(definition.pos)));
                }
                None => {}
            }
        }
        flaws.into_result()
    }

    /// Checks the values that are written in the document.
    pub fn check_literals(&self, document: &ExecutableDocument, most: usize) -> Result<(), Vec<ServerError>> {
        let mut flaws = Flaws::new(most);
        for (_, operation) in document.operations.iter() {
            for definition in &operation.node.variable_definitions {
                let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
                let Some(default) = default_value else {
                    continue;
                };
                let value = default.node.clone().into_value();
                let what = format!("the default of \"${}\"", name.node);
                if let Err(flaw) = self.check(&var_type.node, &value, Origin::Document, &what) {
                    flaws.push(error(flaw.code, flaw.message, Some(default.pos)));
                }
            }
            self.check_selections(self.root(operation.node.ty), &operation.node.selection_set, &mut flaws);
        }
        for fragment in document.fragments.values() {
            let on = &fragment.node.type_condition.node.on.node;
            self.check_selections(Some(on), &fragment.node.selection_set, &mut flaws);
        }
        flaws.into_result()
    }

    fn check_selections(&self, on: Option<&Name>, set: &Positioned<SelectionSet>, flaws: &mut Flaws) {
        for item in &set.node.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let known = on.and_then(|on| self.fields.get(on)?.get(&field.name.node));
                    for (argument, value) in &field.arguments {
                        let Some(Argument { ty, .. }) = known.and_then(|known| known.arguments.get(&argument.node))
                        else {
                            continue;
                        };
                        let what = format!("argument \"{}\" of \"{}\"", argument.node, field.name.node);
                        if let Err(flaw) = self.check(ty, &value.node, Origin::Document, &what) {
                            flaws.push(error(flaw.code, flaw.message, Some(value.pos)));
                        }
                    }
                    self.check_selections(known.map(|known| &known.ty), &field.selection_set, flaws);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    self.check_selections(condition.or(on), &inline.node.selection_set, flaws);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn check_json(&self, ty: &Type, value: &ConstValue, what: &str) -> Result<(), Flaw> {
        self.check(ty, &value.clone().into_value(), Origin::Json, what)
    }

    fn check(&self, ty: &Type, value: &Value, origin: Origin, what: &str) -> Result<(), Flaw> {
        if matches!(value, Value::Variable(_)) || (ty.nullable && *value == Value::Null) {
            return Ok(());
        }
        let name = match &ty.base {
            _ if *value == Value::Null => {
                return Err(Flaw::expected(what, &format!("a \"{ty}\""), value));
            }
            BaseType::List(inner) => {
                return match value {
                    Value::List(items) => items
                        .iter()
                        .enumerate()
                        .try_for_each(|(index, item)| self.check(inner, item, origin, &format!("{what}[{index}]"))),
                    single => self.check(inner, single, origin, what),
                };
            }
            BaseType::Named(name) => name,
        };
        let expected = match (self.inputs.get(name), value) {
            (Some(InputKind::Object { fields, one_of }), Value::Object(values)) => {
                return self.check_object(name, fields, *one_of, values, origin, what);
            }
            (Some(InputKind::Enum(values)), given) => match (given, origin) {
                (Value::Enum(given), _) if values.contains(given) => return Ok(()),
                (Value::String(given), Origin::Json) if values.contains(given.as_str()) => {
                    return Ok(());
                }
                _ => format!("a value of the enum \"{name}\""),
            },
            (Some(InputKind::Int), Value::Number(number))
                if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) =>
            {
                return Ok(());
            }
            (Some(InputKind::Int), _) => "an Int from -2147483648 to 2147483647".to_owned(),
            (Some(InputKind::Float), Value::Number(_)) | (Some(InputKind::Boolean), Value::Boolean(_)) => return Ok(()),
            (Some(InputKind::Id), Value::Number(number)) if number.is_i64() || number.is_u64() => {
                return Ok(());
            }
            (Some(InputKind::String | InputKind::Id), Value::String(_)) | (Some(InputKind::Custom) | None, _) => {
                return no_nul(value, what);
            }
            (Some(_), _) => format!("a value of the type \"{name}\""),
        };
        Err(Flaw::expected(what, &expected, value))
    }

    fn check_object<'a>(
        &self,
        name: &Name,
        fields: &HashMap<Name, InputField>,
        one_of: bool,
        values: impl IntoIterator<Item = (&'a Name, &'a Value)> + Copy,
        origin: Origin,
        what: &str,
    ) -> Result<(), Flaw> {
        if one_of {
            let mut given = values.into_iter();
            let (first, second) = (given.next(), given.next());
            if !matches!((first, second), (Some((_, value)), None) if *value != Value::Null) {
                let mut names: Vec<&str> = fields.keys().map(Name::as_str).collect();
                names.sort_unstable();
                return Err(Flaw::new(format!("{what} takes exactly one of {}, not null", names.join(", "))));
            }
        }
        for (field, value) in values {
            match fields.get(field) {
                Some(known) => self.check(&known.ty, value, origin, &format!("{what}.{field}"))?,
                None => {
                    let field = shortened(field);
                    return Err(Flaw::new(format!("{what} has a field \"{field}\" that \"{name}\" does not have")));
                }
            }
        }
        let missing = fields
            .iter()
            .filter(|(field, known)| known.required && !values.into_iter().any(|(given, _)| given == *field))
            .map(|(field, _)| field)
            .min();
        match missing {
            Some(field) => Err(Flaw::new(format!("{what} lacks the required field \"{field}\""))),
            None => Ok(()),
        }
    }
}

fn input_field(field: InputValueDefinition) -> (Name, InputField) {
    let required = !field.ty.node.nullable && field.default_value.is_none();
    (field.name.node, InputField { ty: field.ty.node, required })
}

/// Bytes of the variables as JSON without spaces.
pub(super) fn length(variables: &Variables) -> u64 {
    struct Counted(u64);
    impl std::io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(0);
    // Values are always JSON, and counting never fails.
    let written = serde_json::to_writer(&mut counted, variables);
    if written.is_ok() { counted.0 } else { u64::MAX }
}

/// The lists of a Relay connection are as long as its page.
fn connection_part(on: &Name, field: &Name) -> Option<Size> {
    (on.ends_with("Connection") && matches!(field.as_str(), "edges" | "nodes")).then_some(Size::Page)
}

fn named(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

/// PostgreSQL cannot hold U+0000 in a text, so no stored value can match it and a query with it would fail.
fn no_nul(value: &Value, what: &str) -> Result<(), Flaw> {
    match value {
        Value::String(text) if text.contains('\0') => Err(Flaw {
            code: BAD_USER_INPUT,
            message: format!("{what} has the character U+0000, which no text may have"),
        }),
        Value::List(items) => items.iter().try_for_each(|item| no_nul(item, what)),
        Value::Object(fields) => fields.values().try_for_each(|value| no_nul(value, what)),
        _ => Ok(()),
    }
}

/// Enum values are bare words in a document and strings in JSON.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Document,
    Json,
}

struct Flaw {
    code: &'static str,
    message: String,
}

impl Flaw {
    fn new(message: String) -> Self {
        Self { code: VALIDATION_FAILED, message }
    }

    fn expected(what: &str, expected: &str, found: &Value) -> Self {
        let found = match found {
            Value::List(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            // Cut before it is printed: the text may be as long as the request.
            Value::String(text) => Value::String(shortened(text)).to_string(),
            other => shortened(&other.to_string()),
        };
        Self::new(format!("{what} must be {expected}, found {found}"))
    }
}

/// A few errors tell enough; a thousand would be an answer larger than the request.
struct Flaws {
    found: Vec<ServerError>,
    most: usize,
}

impl Flaws {
    fn new(most: usize) -> Self {
        Self { found: Vec::new(), most }
    }

    fn push(&mut self, flaw: ServerError) {
        if self.found.len() < self.most {
            self.found.push(flaw);
        }
    }

    fn into_result(self) -> Result<(), Vec<ServerError>> {
        if self.found.is_empty() { Ok(()) } else { Err(self.found) }
    }
}
