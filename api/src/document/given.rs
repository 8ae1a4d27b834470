//! What variables make of the arguments of a document. The specification takes an argument whose variable is left out as left out
//! itself, so that it has its default; the engine takes it as null, and refuses that where null may not be.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::{Name, PathSegment, Pos, Positioned, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::code_of;
use super::inputs::BAD_USER_INPUT;
use super::types::{Input, Types};

/// A document of one operation, without the arguments whose variables are left out, and with defaults where the engine does not look for
/// them: in the conditions of directives.
pub(crate) fn fitted(mut document: ExecutableDocument, variables: &Variables) -> ExecutableDocument {
    let missing: Missing = document
        .operations
        .iter()
        .flat_map(|(_, operation)| missing(&operation.node, variables))
        .map(|variable| {
            let default = variable.default_value.as_ref().map(|value| value.node.clone().into_value());
            (variable.name.node.clone(), default)
        })
        .collect();
    if missing.is_empty() {
        return document;
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => fit(&mut operation.node.selection_set.node, &missing),
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().for_each(|operation| fit(&mut operation.node.selection_set.node, &missing));
        }
    }
    for fragment in document.fragments.values_mut() {
        fit(&mut fragment.node.selection_set.node, &missing);
    }
    document
}

/// Variables without a value, and their defaults.
type Missing = HashMap<Name, Option<Value>>;

fn fit(set: &mut SelectionSet, missing: &Missing) {
    let is_given = |(_, value): &(Positioned<Name>, Positioned<Value>)| !matches!(&value.node, Value::Variable(name) if missing.get(name).is_some_and(Option::is_none));
    for item in &mut set.items {
        for directive in item.node.directives_mut() {
            directive.node.arguments.retain(is_given);
            for (_, value) in &mut directive.node.arguments {
                if let Value::Variable(name) = &value.node
                    && let Some(Some(default)) = missing.get(name)
                {
                    value.node = default.clone();
                }
            }
        }
        match &mut item.node {
            Selection::Field(field) => {
                field.node.arguments.retain(is_given);
                fit(&mut field.node.selection_set.node, missing);
            }
            Selection::InlineFragment(inline) => fit(&mut inline.node.selection_set.node, missing),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// The variables of an operation that have no value.
fn missing<'d>(
    operation: &'d OperationDefinition,
    variables: &Variables,
) -> impl Iterator<Item = &'d VariableDefinition> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    definitions.filter(|variable| !variables.contains_key(&variable.name.node))
}

/// The variables of an operation that have no value and no default.
fn absent(operation: &OperationDefinition, variables: &Variables) -> Vec<Name> {
    let absent = missing(operation, variables).filter(|variable| variable.default_value.is_none());
    absent.map(|variable| variable.name.node.clone()).collect()
}

/// How the engine begins what it says of a value that a scalar does not take.
const UNREADABLE: &str = "Failed to parse";

/// Puts our words in the place of the engine's, where it could not take the value of an argument: what may stand there and what does.
pub(super) fn explain(
    errors: &mut [ServerError],
    types: &Types,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) {
    for error in errors.iter_mut() {
        complete(error, document, operation);
    }
    let is_engines = |error: &&mut ServerError| code_of(error).is_none() || error.message.starts_with(UNREADABLE);
    for error in errors.iter_mut().filter(is_engines) {
        let Some(at) = error.locations.first() else { continue };
        let root = types.root(operation.ty);
        let found = find(types, *at, root, &operation.selection_set.node).or_else(|| {
            document.fragments.values().find_map(|fragment| {
                find(types, *at, Some(&fragment.node.type_condition.node.on.node), &fragment.node.selection_set.node)
            })
        });
        let Some((field, argument, value, input)) = found else { continue };
        let what = format!("argument \"{argument}\" of \"{}\"", field.name.node);
        let resolved = resolve(value, operation, variables).unwrap_or(ConstValue::Null);
        let Err(mut message) = types.check(&input.ty, &resolved, &what) else { continue };
        message += &missing_ones(value, operation, variables);
        error.message = message;
        error.extensions.get_or_insert_default().set("code", BAD_USER_INPUT);
    }
}

/// Ends the path of an error with the field that failed, which the engine leaves out where the field may not be null.
fn complete(error: &mut ServerError, document: &ExecutableDocument, operation: &OperationDefinition) {
    let Some(at) = error.locations.first() else { return };
    let sets = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    let Some(key) = std::iter::once(&operation.selection_set.node).chain(sets).find_map(|set| key_at(*at, set)) else {
        return;
    };
    let mut fields = error.path.iter().rev().filter_map(|segment| match segment {
        PathSegment::Field(name) => Some(name.as_str()),
        PathSegment::Index(_) => None,
    });
    if !error.path.is_empty() && fields.next() != Some(key.as_str()) {
        error.path.push(PathSegment::Field(key.to_string()));
    }
}

/// The key in the answer of the field that stands at a place, or an argument of which does.
fn key_at(at: Pos, set: &SelectionSet) -> Option<&Name> {
    set.items.iter().find_map(|item| match &item.node {
        Selection::Field(field) => {
            let is_here = field.pos == at || field.node.arguments.iter().any(|(_, value)| value.pos == at);
            let key = &field.node.alias.as_ref().unwrap_or(&field.node.name).node;
            if is_here { Some(key) } else { key_at(at, &field.node.selection_set.node) }
        }
        Selection::InlineFragment(inline) => key_at(at, &inline.node.selection_set.node),
        Selection::FragmentSpread(_) => None,
    })
}

/// Says which variables of a value are not given, behind what is wrong with it.
pub(super) fn missing_ones(value: &Value, operation: &OperationDefinition, variables: &Variables) -> String {
    let absent = absent(operation, variables);
    let mut missing =
        absent.iter().filter(|name| uses(value, name)).map(|name| format!("\"${name}\"")).collect::<Vec<_>>();
    missing.dedup();
    match missing.len() {
        0 => String::new(),
        1 => format!(": variable {} is not given", missing[0]),
        _ => format!(": variables {} are not given", missing.join(" and ")),
    }
}

type Found<'d> = (&'d Field, &'d Name, &'d Value, &'d Input);

/// The argument whose value stands at a place.
fn find<'d>(types: &'d Types, at: Pos, on: Option<&'d Name>, set: &'d SelectionSet) -> Option<Found<'d>> {
    set.items.iter().find_map(|item| match &item.node {
        Selection::Field(field) => {
            let known = types.field(on?, &field.node.name.node)?;
            let argument = field.node.arguments.iter().find(|(_, value)| value.pos == at);
            match argument {
                Some((name, value)) => Some((&field.node, &name.node, &value.node, known.arguments.get(&name.node)?)),
                None => find(types, at, Some(&known.named), &field.node.selection_set.node),
            }
        }
        Selection::InlineFragment(inline) => {
            let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
            find(types, at, condition.or(on), &inline.node.selection_set.node)
        }
        Selection::FragmentSpread(_) => None,
    })
}

/// The value with its variables in place; none when it is one that is left out.
pub(super) fn resolve(value: &Value, operation: &OperationDefinition, variables: &Variables) -> Option<ConstValue> {
    Some(match value {
        Value::Variable(name) => {
            let mut definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
            let default = definitions.find(|known| known.name.node == *name)?.default_value.as_ref();
            return variables.get(name).or(default.map(|value| &value.node)).cloned();
        }
        Value::List(items) => {
            let item = |item| resolve(item, operation, variables).unwrap_or(ConstValue::Null);
            ConstValue::List(items.iter().map(item).collect())
        }
        Value::Object(fields) => {
            let field = |(name, value): (&Name, &Value)| Some((name.clone(), resolve(value, operation, variables)?));
            ConstValue::Object(fields.iter().filter_map(field).collect::<IndexMap<_, _>>())
        }
        // Bare words are strings in JSON, as which the value is checked.
        Value::Enum(word) => ConstValue::String(word.to_string()),
        other => other.clone().into_const()?,
    })
}

fn uses(value: &Value, variable: &Name) -> bool {
    match value {
        Value::Variable(name) => name == variable,
        Value::List(items) => items.iter().any(|item| uses(item, variable)),
        Value::Object(fields) => fields.values().any(|value| uses(value, variable)),
        _ => false,
    }
}

/// Whether a value has a variable in it.
pub(super) fn uses_any(value: &Value) -> bool {
    match value {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().any(uses_any),
        Value::Object(fields) => fields.values().any(uses_any),
        _ => false,
    }
}
