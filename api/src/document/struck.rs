//! Fields whose arguments variables make wrong, such as null where null may not be. The specification has such a field fail by itself; the
//! engine has the object around it fail. So what may be null is struck before the document is run, and its error is put into the answer.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::{
    Name, PathSegment, Pos, Positioned, Request, Response, ServerError, Value as ConstValue, Variables,
};

use super::error;
use super::given::{resolve, uses_any};
use super::inputs::BAD_USER_INPUT;
use super::types::{OutputField, Types};

/// What stands in the place of a field that is struck: it costs nothing and never fails.
const STAND_IN: &str = "__typename";

/// What a request carries when fields were struck: the document to run.
#[derive(Clone, Debug)]
pub(crate) struct Struck(pub(crate) Arc<ExecutableDocument>);

impl Struck {
    /// The one that a request carries.
    pub(super) fn of(request: &Request) -> Option<&ExecutableDocument> {
        let carried = request.data.get(&TypeId::of::<Self>())?.downcast_ref::<Self>()?;
        Some(&carried.0)
    }
}

/// What fields are held against.
#[derive(Clone, Copy)]
struct Held<'a> {
    types: &'a Types,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
}

/// The document without the fields that fail; none when no field does.
pub(super) fn strike(
    types: &Types,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Option<ExecutableDocument> {
    // Whatever else is wrong with a value is known when variables are checked, before anything is run.
    let is_null =
        |definition: &VariableDefinition| match (variables.get(&definition.name.node), &definition.default_value) {
            (Some(value), _) => *value == ConstValue::Null,
            (None, default) => default.as_ref().is_none_or(|default| default.node == ConstValue::Null),
        };
    if !operation.variable_definitions.iter().any(|definition| is_null(&definition.node)) {
        return None;
    }
    let held = Held { types, operation, variables };
    let is_whole = !held.fails(types.root(operation.ty), &operation.selection_set.node)
        && !document.fragments.values().any(|fragment| {
            held.fails(Some(&fragment.node.type_condition.node.on.node), &fragment.node.selection_set.node)
        });
    if is_whole {
        return None;
    }
    let mut document = document.clone();
    let root = types.root(operation.ty);
    match &mut document.operations {
        DocumentOperations::Single(operation) => held.strike(root, &mut operation.node.selection_set.node),
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().for_each(|operation| held.strike(root, &mut operation.node.selection_set.node));
        }
    }
    for fragment in document.fragments.values_mut() {
        let on = fragment.node.type_condition.node.on.node.clone();
        held.strike(Some(&on), &mut fragment.node.selection_set.node);
    }
    Some(document)
}

/// Puts null and an error in each place of an answer where a field was struck.
pub(super) fn amend(
    types: &Types,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    response: &mut Response,
) {
    let held = Held { types, operation, variables };
    let mut errors = Vec::new();
    let set = &operation.selection_set.node;
    held.amend(document, types.root(operation.ty), set, &mut response.data, &mut Vec::new(), &mut errors);
    response.errors.append(&mut errors);
}

impl Held<'_> {
    /// Why a field fails, if it does: where the value stands that does not fit, and what is wrong.
    fn flaw(&self, field: &Field, known: &OutputField) -> Option<(Pos, String)> {
        field.arguments.iter().find_map(|(name, value)| {
            let input = known.arguments.get(&name.node).filter(|_| uses_any(&value.node))?;
            let what = format!("argument \"{}\" of \"{}\"", name.node, field.name.node);
            let resolved = resolve(&value.node, self.operation, self.variables)?;
            let message = self.types.check(&input.ty, &resolved, &what).err()?;
            Some((value.pos, message + &super::given::missing_ones(&value.node, self.operation, self.variables)))
        })
    }

    /// Why a field fails that may be null.
    fn flaw_alone(&self, field: &Field, known: &OutputField) -> Option<(Pos, String)> {
        if known.ty.nullable { self.flaw(field, known) } else { None }
    }

    /// Whether a field in a selection fails.
    fn fails(&self, on: Option<&Name>, set: &SelectionSet) -> bool {
        set.items.iter().any(|item| match &item.node {
            Selection::Field(field) => {
                let known = on.and_then(|on| self.types.field(on, &field.node.name.node));
                known.is_some_and(|known| {
                    self.flaw_alone(&field.node, known).is_some()
                        || self.fails(Some(&known.named), &field.node.selection_set.node)
                })
            }
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                self.fails(condition.or(on), &inline.node.selection_set.node)
            }
            Selection::FragmentSpread(_) => false,
        })
    }

    fn strike(&self, on: Option<&Name>, set: &mut SelectionSet) {
        for item in &mut set.items {
            match &mut item.node {
                Selection::Field(field) => {
                    let field = &mut field.node;
                    let Some(known) = on.and_then(|on| self.types.field(on, &field.name.node)) else { continue };
                    if self.flaw_alone(field, known).is_some() {
                        let pos = field.name.pos;
                        field.alias.get_or_insert_with(|| field.name.clone());
                        field.name = Positioned::new(Name::new(STAND_IN), pos);
                        field.arguments.clear();
                        field.selection_set.node.items.clear();
                    } else {
                        let named = known.named.clone();
                        self.strike(Some(&named), &mut field.selection_set.node);
                    }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.clone());
                    self.strike(condition.as_ref().or(on), &mut inline.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn amend(
        &self,
        document: &ExecutableDocument,
        on: Option<&Name>,
        set: &SelectionSet,
        value: &mut ConstValue,
        path: &mut Vec<PathSegment>,
        errors: &mut Vec<ServerError>,
    ) {
        let fields = match value {
            ConstValue::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    path.push(PathSegment::Index(index));
                    self.amend(document, on, set, item, path, errors);
                    path.pop();
                }
                return;
            }
            ConstValue::Object(_) => value,
            _ => return,
        };
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let Some(known) = on.and_then(|on| self.types.field(on, &field.name.node)) else { continue };
                    let key = &field.alias.as_ref().unwrap_or(&field.name).node;
                    let ConstValue::Object(object) = &mut *fields else { continue };
                    let Some(inside) = object.get_mut(key) else { continue };
                    path.push(PathSegment::Field(key.to_string()));
                    match self.flaw_alone(field, known) {
                        Some((pos, message)) => {
                            if self.stands_in(on, inside) {
                                *inside = ConstValue::Null;
                                let mut failed = error(BAD_USER_INPUT, message, Some(pos));
                                failed.path.clone_from(path);
                                errors.push(failed);
                            }
                        }
                        None => {
                            self.amend(document, Some(&known.named), &field.selection_set.node, inside, path, errors);
                        }
                    }
                    path.pop();
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|condition| &condition.node.on.node);
                    self.amend(document, condition.or(on), &inline.node.selection_set.node, fields, path, errors);
                }
                Selection::FragmentSpread(spread) => {
                    let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) else { continue };
                    let on = &fragment.node.type_condition.node.on.node;
                    self.amend(document, Some(on), &fragment.node.selection_set.node, fields, path, errors);
                }
            }
        }
    }

    /// Whether a value is the name of an object that the type may be. The key may be that of another field, where a fragment does not apply.
    fn stands_in(&self, on: Option<&Name>, value: &ConstValue) -> bool {
        let (Some(on), ConstValue::String(name)) = (on, value) else { return false };
        on.as_str() == name || self.types.possible(on).is_some_and(|possible| possible.contains(name.as_str()))
    }
}
