//! What variables make of the arguments of a document. The specification takes an argument whose variable is left out as left out
//! itself, so that it has its default; the engine takes it as null, and refuses that where null may not be.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, ServerError, Value as ConstValue, Variables};
use async_graphql_value::Value;

use super::code_of;
use super::inputs::BAD_USER_INPUT;
use super::types::{Input, Types};

/// A document of one operation, without the arguments whose variables are left out.
pub(crate) fn fitted(mut document: ExecutableDocument, variables: &Variables) -> ExecutableDocument {
    let absent: Vec<Name> =
        document.operations.iter().flat_map(|(_, operation)| absent(&operation.node, variables)).collect();
    if absent.is_empty() {
        return document;
    }
    let is_given = |(_, value): &(Positioned<Name>, Positioned<Value>)| !matches!(&value.node, Value::Variable(name) if absent.contains(name));
    match &mut document.operations {
        DocumentOperations::Single(operation) => retain(&mut operation.node.selection_set.node, &is_given),
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().for_each(|operation| retain(&mut operation.node.selection_set.node, &is_given));
        }
    }
    for fragment in document.fragments.values_mut() {
        retain(&mut fragment.node.selection_set.node, &is_given);
    }
    document
}

fn retain(set: &mut SelectionSet, is_given: &impl Fn(&(Positioned<Name>, Positioned<Value>)) -> bool) {
    for item in &mut set.items {
        for directive in item.node.directives_mut() {
            directive.node.arguments.retain(is_given);
        }
        match &mut item.node {
            Selection::Field(field) => {
                field.node.arguments.retain(is_given);
                retain(&mut field.node.selection_set.node, is_given);
            }
            Selection::InlineFragment(inline) => retain(&mut inline.node.selection_set.node, is_given),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// The variables of an operation that have no value and no default.
fn absent(operation: &OperationDefinition, variables: &Variables) -> Vec<Name> {
    let definitions = operation.variable_definitions.iter().map(|definition| &definition.node);
    let absent =
        definitions.filter(|variable| variable.default_value.is_none() && !variables.contains_key(&variable.name.node));
    absent.map(|variable| variable.name.node.clone()).collect()
}

/// Puts our words in the place of the engine's, where it could not take the value of an argument: what may stand there and what does.
pub(super) fn explain(
    errors: &mut [ServerError],
    types: &Types,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) {
    for error in errors.iter_mut().filter(|error| code_of(error).is_none()) {
        let Some(at) = error.locations.first() else { continue };
        let root = types.root(operation.ty);
        let found = find(types, *at, root, &operation.selection_set.node).or_else(|| {
            document.fragments.values().find_map(|fragment| {
                find(types, *at, Some(&fragment.node.type_condition.node.on.node), &fragment.node.selection_set.node)
            })
        });
        let Some((field, argument, value, input)) = found else { continue };
        let what = format!("argument \"{argument}\" of \"{}\"", field.name.node);
        let absent = absent(operation, variables);
        let resolved = resolve(value, operation, variables).unwrap_or(ConstValue::Null);
        let Err(mut message) = types.check(&input.ty, &resolved, &what) else { continue };
        let mut missing =
            absent.iter().filter(|name| uses(value, name)).map(|name| format!("\"${name}\"")).collect::<Vec<_>>();
        missing.dedup();
        if !missing.is_empty() {
            let (variables, are) = if missing.len() == 1 { ("variable", "is") } else { ("variables", "are") };
            message += &format!(": {variables} {} {are} not given", missing.join(" and "));
        }
        error.message = message;
        error.extensions.get_or_insert_default().set("code", BAD_USER_INPUT);
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
fn resolve(value: &Value, operation: &OperationDefinition, variables: &Variables) -> Option<ConstValue> {
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
