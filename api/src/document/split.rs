//! What of a document is the same for all values of its variables: root fields that depend on none.

use std::collections::HashSet;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

/// How a document falls into parts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// The names of all fields in the answer, in their order.
    pub(crate) keys: Vec<Name>,
    /// Those that depend on no variable.
    pub(crate) common: Vec<Name>,
}

impl Split {
    /// None when it is not worth while, or not plain that the parts are the whole.
    pub(super) fn of(document: &ExecutableDocument) -> Option<Self> {
        let operation = operation(document)?;
        if operation.ty != OperationType::Query || !operation.directives.is_empty() {
            return None;
        }
        let mut keys: Vec<Name> = Vec::new();
        let mut common = Vec::new();
        for selection in &operation.selection_set.node.items {
            let Selection::Field(Positioned { node: field, .. }) = &selection.node else { return None };
            let key = &field.response_key().node;
            if !field.directives.is_empty() || field.name.node.starts_with("__") || keys.contains(key) {
                return None;
            }
            keys.push(key.clone());
            let mut variables = Variables { document, seen: HashSet::new() };
            if !variables.are_in_field(field) {
                common.push(key.clone());
            }
        }
        (keys.len() > 1 && !common.is_empty()).then_some(Self { keys, common })
    }
}

fn operation(document: &ExecutableDocument) -> Option<&OperationDefinition> {
    let mut operations = document.operations.iter();
    match (operations.next(), operations.next()) {
        (Some((_, operation)), None) => Some(&operation.node),
        _ => None,
    }
}

/// The document with those root fields alone whose names `wanted` takes.
pub(crate) fn only(document: &ExecutableDocument, wanted: impl Fn(&Name) -> bool) -> ExecutableDocument {
    let keep = |operation: &Positioned<OperationDefinition>| {
        let mut operation = operation.clone();
        operation.node.selection_set.node.items.retain(|selection| match &selection.node {
            Selection::Field(field) => wanted(&field.node.response_key().node),
            _ => true,
        });
        operation
    };
    let operations = match &document.operations {
        DocumentOperations::Single(operation) => DocumentOperations::Single(keep(operation)),
        DocumentOperations::Multiple(operations) => DocumentOperations::Multiple(
            operations.iter().map(|(name, operation)| (name.clone(), keep(operation))).collect(),
        ),
    };
    ExecutableDocument { operations, fragments: document.fragments.clone() }
}

/// Whether there are variables; each fragment is looked into once.
struct Variables<'d> {
    document: &'d ExecutableDocument,
    seen: HashSet<&'d Name>,
}

impl<'d> Variables<'d> {
    fn are_in_field(&mut self, field: &'d Field) -> bool {
        field.arguments.iter().any(|(_, value)| is_given(&value.node))
            || are_in_directives(&field.directives)
            || self.are_in(&field.selection_set.node)
    }

    fn are_in(&mut self, selections: &'d SelectionSet) -> bool {
        selections.items.iter().any(|selection| match &selection.node {
            Selection::Field(field) => self.are_in_field(&field.node),
            Selection::InlineFragment(fragment) => {
                are_in_directives(&fragment.node.directives) || self.are_in(&fragment.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                are_in_directives(&spread.node.directives)
                    || self.seen.insert(name)
                        && self.document.fragments.get(name).is_none_or(|fragment| {
                            are_in_directives(&fragment.node.directives)
                                || self.are_in(&fragment.node.selection_set.node)
                        })
            }
        })
    }
}

fn are_in_directives(directives: &[Positioned<Directive>]) -> bool {
    directives.iter().flat_map(|directive| &directive.node.arguments).any(|(_, value)| is_given(&value.node))
}

fn is_given(value: &Value) -> bool {
    match value {
        Value::Variable(_) => true,
        Value::List(values) => values.iter().any(is_given),
        Value::Object(fields) => fields.values().any(is_given),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn common(document: &str) -> Option<Vec<String>> {
        let split = Split::of(&parse_query(document).expect("it can be read"))?;
        Some(split.common.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn root_fields_without_variables_are_common() {
        let page = "query ($a: Int, $b: Boolean!) { one two(n: $a) { x } three: one { y @skip(if: $b) } four(in: { l: [1, $a] }) five { ...F } \
                    six { ...G } seven(n: 1) { ... @include(if: true) { z } } } fragment F on T { ...H } fragment G on T { ...G } fragment H on T { x(n: $a) }";
        assert_eq!(common(page), Some(vec!["one".to_owned(), "six".to_owned(), "seven".to_owned()]));
    }

    #[test]
    fn what_is_not_plain_is_not_split() {
        for document in [
            "{ one }",
            "query ($a: Int) { one(n: $a) two(n: $a) }",
            "{ one { x } one { y } }",
            "{ one ...F } fragment F on Query { two }",
            "{ one ... { two } }",
            "{ one two @skip(if: false) }",
            "{ one __typename }",
            "query @live { one two }",
            "mutation { one two }",
            "query A { one two } query B { one two }",
        ] {
            assert_eq!(common(document), None, "{document}");
        }
    }

    #[test]
    fn a_part_of_a_document_keeps_its_fragments_and_places() {
        let document = parse_query("query A { one two { ...F } } fragment F on T { x }").expect("it can be read");
        let part = only(&document, |key| key == "two");
        let items = &operation(&part).expect("there is one").selection_set.node.items;
        assert_eq!((items.len(), items[0].pos.column, part.fragments.len()), (1, 15, 1));
    }
}
