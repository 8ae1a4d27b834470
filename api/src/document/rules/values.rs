//! Values that are written in a document: whether they are of the type that is wanted there (5.6), and the variables in them.

use std::fmt;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, Type};
use async_graphql::{Pos, Value as ConstValue};

use super::super::ast::{Kind as Written, Name, Value};
use super::super::inputs::{BAD_USER_INPUT, exactly_one, expected, has_nul, lacks};
use super::super::types::{Input, InputObject, Kind, Scalar, named};
use super::super::{error, shortened};
use super::variables::Usage;
use super::{Rules, alike};

/// Where a value stands, for people.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'p> {
    /// Of a field.
    Argument {
        of: &'p str,
    },
    DirectiveArgument {
        of: &'p str,
    },
}

impl<'p> Place<'p> {
    pub(super) fn with(self, argument: &'p str) -> Path<'p> {
        Path::Argument(argument, self)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument { of } => write!(formatter, "\"{of}\""),
            Self::DirectiveArgument { of } => write!(formatter, "\"@{of}\""),
        }
    }
}

pub(super) enum Path<'p> {
    Argument(&'p str, Place<'p>),
    Default(&'p str),
    Field(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name, of) => write!(formatter, "argument \"{name}\" of {of}"),
            Self::Default(name) => write!(formatter, "the default of \"${name}\""),
            Self::Field(of, name) => write!(formatter, "{of}.{name}"),
            Self::Item(of, index) => write!(formatter, "{of}[{index}]"),
        }
    }
}

impl<'a> Rules<'a> {
    /// The value of an argument; `input` is what the schema says of it, if it is known.
    pub(super) fn value(&mut self, value: &'a Value<'a>, input: Option<&'a Input>, path: &Path<'_>) {
        let has_default = input.is_some_and(|input| input.default.is_some());
        self.inside(value, input.map(|input| &input.ty), has_default, None, path);
        if let Some(input) = input {
            self.literal(value, &input.ty, path);
        }
    }

    /// The default of a variable, which has no variables in it.
    pub(super) fn default(&mut self, value: &'a Value<'a>, ty: Option<&'a Type>, name: &str) {
        let path = Path::Default(name);
        if let Some(ty) = ty {
            self.literal(value, ty, &path);
        }
        self.inside(value, ty, false, None, &path);
    }

    /// Notes the variables in a value, with what is wanted in their places, and finds keys that stand twice.
    fn inside(
        &mut self,
        value: &'a Value<'a>,
        ty: Option<&'a Type>,
        has_default: bool,
        one_of: Option<&'a str>,
        path: &Path<'_>,
    ) {
        match &value.kind {
            Written::Variable(name) => {
                self.uses.variables.push(Usage { name, at: value.at, ty, has_default, one_of });
            }
            Written::List(items) => {
                let inner = ty.and_then(|ty| match &ty.base {
                    BaseType::List(inner) => Some(&**inner),
                    BaseType::Named(_) => None,
                });
                for (index, item) in items.iter().enumerate() {
                    self.inside(item, inner, false, None, &Path::Item(path, index));
                }
            }
            Written::Object(fields) => {
                let object = ty.and_then(|ty| match self.types.get(named(ty))? {
                    (name, Kind::Input(object)) => Some((name.as_str(), object)),
                    _ => None,
                });
                let mut first: IndexMap<&str, Pos> = IndexMap::new();
                for (name, field) in fields {
                    match first.get(name.text) {
                        Some(before) => {
                            let at = [*before, name.at];
                            self.flaw(&at, || format!("{path} has the key \"{}\" twice", name.text));
                        }
                        None => {
                            first.insert(name.text, name.at);
                        }
                    }
                    let input = object.and_then(|(_, object)| object.fields.get(name.text));
                    let has_default = input.is_some_and(|input| input.default.is_some());
                    // Where the object may not be null, graphql-js takes variables that may; they are checked when they come.
                    let may_be_null = ty.is_some_and(|ty| ty.nullable && matches!(ty.base, BaseType::Named(_)));
                    let one_of = object.filter(|(_, object)| object.one_of && may_be_null).map(|(name, _)| name);
                    self.inside(
                        field,
                        input.map(|input| &input.ty),
                        has_default,
                        one_of,
                        &Path::Field(path, name.text),
                    );
                }
            }
            _ => {}
        }
    }

    /// Whether a value may stand where the type is wanted.
    fn literal(&mut self, value: &'a Value<'a>, ty: &'a Type, path: &Path<'_>) {
        if matches!(value.kind, Written::Variable(_)) {
            return;
        }
        if matches!(value.kind, Written::Null) {
            if !ty.nullable {
                self.flaw(&[value.at], || expected(path, &format!("a \"{ty}\""), &ConstValue::Null));
            }
            return;
        }
        let name = match (&ty.base, &value.kind) {
            (BaseType::List(inner), Written::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.literal(item, inner, &Path::Item(path, index));
                }
                return;
            }
            (BaseType::List(inner), _) => return self.literal(value, inner, path),
            (BaseType::Named(name), _) => name,
        };
        let Some((_, kind)) = self.types.get(name) else { return };
        let fits = match (kind, &value.kind) {
            (Kind::Input(object), Written::Object(fields)) => {
                return self.object(value.at, fields, (name, object), path);
            }
            (Kind::Enum(values), Written::Enum(given)) => values.contains(*given),
            (Kind::Scalar(Scalar::Int), Written::Int(digits)) => digits.parse::<i32>().is_ok(),
            (Kind::Scalar(Scalar::Float), Written::Int(digits) | Written::Float(digits)) => {
                digits.parse::<f64>().is_ok_and(f64::is_finite)
            }
            (Kind::Scalar(Scalar::Boolean), Written::Boolean(_)) => true,
            (Kind::Scalar(Scalar::Id), Written::Int(_)) => {
                self.checked.ids.insert(value.at);
                true
            }
            (Kind::Scalar(Scalar::String | Scalar::Id), Written::String { .. }) | (Kind::Scalar(Scalar::Custom), _) => {
                if let Some(at) = nul_in(value) {
                    self.flaws.push(|| error(BAD_USER_INPUT, has_nul(path), Some(at)));
                }
                true
            }
            _ => false,
        };
        if !fits {
            let types = self.types;
            self.flaw(&[value.at], || wrong(path, &types.describe(name), value));
        }
    }

    fn object(
        &mut self,
        at: Pos,
        fields: &'a [(Name<'a>, Value<'a>)],
        (name, object): (&'a str, &'a InputObject),
        path: &Path<'_>,
    ) {
        for (field, input) in &object.fields {
            match fields.iter().rfind(|(given, _)| given.text == field.as_str()) {
                Some((_, value)) => self.literal(value, &input.ty, &Path::Field(path, field)),
                None if input.is_required() => self.flaw(&[at], || lacks(path, field)),
                None => {}
            }
        }
        let suggestions = self.suggestions;
        for (given, _) in fields {
            if !object.fields.contains_key(given.text) {
                self.flaw(&[given.at], || {
                    let known = object.fields.keys().map(async_graphql::Name::as_str);
                    let (field, alike) = (shortened(given.text), alike(suggestions, given.text, known));
                    let end = if alike.is_empty() { String::new() } else { format!(".{alike}") };
                    format!("{path} has a field \"{field}\" that \"{name}\" does not have{end}")
                });
            }
        }
        if object.one_of {
            let known = || fields.iter().filter(|(given, _)| object.fields.contains_key(given.text));
            let is_null = |value: &Value<'_>| matches!(value.kind, Written::Null);
            if known().count() != 1 || known().any(|(_, value)| is_null(value)) {
                let given = known().map(|(given, value)| (given.text, is_null(value)));
                self.flaw(&[at], || exactly_one(path, object, given));
            }
        }
    }
}

fn wrong(path: &Path<'_>, wanted: &str, value: &Value<'_>) -> String {
    let found = match &value.kind {
        Written::Int(text) | Written::Float(text) | Written::Enum(text) => shortened(text),
        Written::String { text, .. } => ConstValue::String(shortened(text)).to_string(),
        Written::Boolean(value) => value.to_string(),
        Written::Variable(name) => format!("${}", shortened(name)),
        Written::Null => "null".to_owned(),
        Written::List(_) => "a list".to_owned(),
        Written::Object(_) => "an object".to_owned(),
    };
    format!("{path} must be {wanted}, found {found}")
}

/// Where U+0000 stands in a value: no stored text can have it.
fn nul_in(value: &Value<'_>) -> Option<Pos> {
    match &value.kind {
        Written::String { text, .. } => text.contains('\0').then_some(value.at),
        Written::List(items) => items.iter().find_map(nul_in),
        Written::Object(fields) => fields.iter().find_map(|(_, value)| nul_in(value)),
        _ => None,
    }
}
