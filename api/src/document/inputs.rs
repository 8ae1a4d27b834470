//! Checks the variables of a request against the types of the schema before anything runs. The engine checks them only where they are
//! used and lets a scalar in place of an input object through to execution; the specification makes these request errors.

use std::fmt::Display;

use async_graphql::parser::types::{BaseType, OperationDefinition, Type, VariableDefinition};
use async_graphql::{Name, ServerError, Value, Variables};

use super::flaws::Flaws;
use super::types::{InputObject, Kind, Scalar, Types};
use super::{error, shortened};

pub(super) const BAD_USER_INPUT: &str = "BAD_USER_INPUT";

impl Types {
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
                    if let Err(message) = self.check(&var_type.node, value, &what) {
                        flaws.push(|| error(BAD_USER_INPUT, message, Some(definition.pos)));
                    }
                }
                None if default_value.is_none() && !var_type.node.nullable => {
                    flaws.push(|| {
                        let message = format!("{what} is required: its type is \"{}\"", var_type.node);
                        error(BAD_USER_INPUT, message, Some(definition.pos))
                    });
                }
                None => {}
            }
        }
        flaws.into_result()
    }

    pub(super) fn check(&self, ty: &Type, value: &Value, what: &str) -> Result<(), String> {
        if *value == Value::Null {
            return if ty.nullable { Ok(()) } else { Err(expected(what, &format!("a \"{ty}\""), value)) };
        }
        let name = match &ty.base {
            BaseType::List(inner) => {
                return match value {
                    Value::List(items) => items
                        .iter()
                        .enumerate()
                        .try_for_each(|(index, item)| self.check(inner, item, &format!("{what}[{index}]"))),
                    single => self.check(inner, single, what),
                };
            }
            BaseType::Named(name) => name,
        };
        let fits = match (self.get(name).map(|(_, kind)| kind), value) {
            (Some(Kind::Input(object)), Value::Object(values)) => {
                let values = values.iter().map(|(name, value)| (name.as_str(), value)).collect::<Vec<_>>();
                return self.check_object(name, object, &values, what);
            }
            // Enum values are bare words in a document and strings in JSON.
            (Some(Kind::Enum(values)), Value::String(given)) => values.contains(given.as_str()),
            (Some(Kind::Scalar(scalar)), value) => match (scalar, value) {
                (Scalar::Int, Value::Number(number)) => {
                    number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
                }
                (Scalar::Float, Value::Number(_)) | (Scalar::Boolean, Value::Boolean(_)) => true,
                (Scalar::Id, Value::Number(number)) => number.is_i64() || number.is_u64(),
                (Scalar::String | Scalar::Id, Value::String(_)) | (Scalar::Custom, _) => return no_nul(value, what),
                _ => false,
            },
            _ => false,
        };
        if fits { Ok(()) } else { Err(expected(what, &self.describe(name), value)) }
    }

    /// What a value of the type may be, for people.
    pub(super) fn describe(&self, name: &str) -> String {
        match self.get(name).map(|(_, kind)| kind) {
            Some(Kind::Enum(_)) => format!("a value of the enum \"{name}\""),
            Some(Kind::Scalar(Scalar::Int)) => "an Int from -2147483648 to 2147483647".to_owned(),
            _ => format!("a value of the type \"{name}\""),
        }
    }

    fn check_object(
        &self,
        name: &str,
        object: &InputObject,
        values: &[(&str, &Value)],
        what: &str,
    ) -> Result<(), String> {
        for (field, value) in values {
            match object.fields.get(*field) {
                Some(known) => self.check(&known.ty, value, &format!("{what}.{field}"))?,
                None => {
                    let field = shortened(field);
                    return Err(format!("{what} has a field \"{field}\" that \"{name}\" does not have"));
                }
            }
        }
        if object.one_of {
            let is_one = matches!(values, [(_, value)] if **value != Value::Null);
            let given = values.iter().map(|(field, value)| (*field, **value == Value::Null));
            return if is_one { Ok(()) } else { Err(exactly_one(what, object, given)) };
        }
        let missing = object.fields.iter().filter(|(_, known)| known.is_required()).map(|(field, _)| field.as_str());
        match missing.filter(|field| !values.iter().any(|(given, _)| given == field)).min() {
            Some(field) => Err(lacks(what, field)),
            None => Ok(()),
        }
    }
}

pub(super) fn lacks(what: impl Display, field: &str) -> String {
    format!("{what} lacks the required field \"{field}\"")
}

/// Says of an object that takes one key which were given, and which of them are null.
pub(super) fn exactly_one<'v>(
    what: impl Display,
    object: &InputObject,
    given: impl Iterator<Item = (&'v str, bool)>,
) -> String {
    let mut names: Vec<&str> = object.fields.keys().map(Name::as_str).collect();
    names.sort_unstable();
    let given: Vec<String> = given
        .map(|(field, is_null)| {
            let field = shortened(field);
            if is_null { format!("{field}, which is null") } else { field }
        })
        .collect();
    let given = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
    format!("{what} takes exactly one of {}, not null; found {given}", names.join(", "))
}

pub(super) fn expected(what: impl Display, expected: &str, found: &Value) -> String {
    let found = match found {
        Value::List(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        // Cut before it is printed: the text may be as long as the request.
        Value::String(text) => Value::String(shortened(text)).to_string(),
        other => shortened(&other.to_string()),
    };
    format!("{what} must be {expected}, found {found}")
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

/// PostgreSQL cannot hold U+0000 in a text, so no stored value can match it and a query with it would fail.
fn no_nul(value: &Value, what: &str) -> Result<(), String> {
    match value {
        Value::String(text) if text.contains('\0') => Err(has_nul(what)),
        Value::List(items) => items.iter().try_for_each(|item| no_nul(item, what)),
        Value::Object(fields) => fields.values().try_for_each(|value| no_nul(value, what)),
        _ => Ok(()),
    }
}

pub(super) fn has_nul(what: impl Display) -> String {
    format!("{what} has the character U+0000, which no text may have")
}
