//! A document that has been parsed, measured and validated, and everything that is known of it before variables come.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Name, Positioned, Request, Response, ServerError, Value, Variables};

use super::cost::{self, Cost};
use super::hash::Hash;
use super::split::Split;
use super::struck::{self, Struck};
use super::{Limits, Schema, given, operation, read};

/// A document that is fit to be run.
#[derive(Debug)]
pub struct Prepared {
    hash: Hash,
    document: ExecutableDocument,
    /// By operation; a cost that does not depend on variables.
    costs: Vec<(Option<Name>, Option<u64>)>,
    /// By operation, in the same order.
    splits: Vec<Option<Split>>,
    bytes: u64,
}

impl Prepared {
    /// Parses, measures and validates a text. The errors are ready to be shown.
    pub(super) fn new(text: &str, hash: Hash, schema: &Schema, limits: &Limits) -> Result<Self, Vec<ServerError>> {
        let document = read(text, schema, limits)?;
        let mut costs = Vec::new();
        for (name, operation) in document.operations.iter() {
            // What is wrong without variables may be right with them.
            let cost = cost::of(&schema.types, &document, &operation.node, &Variables::default(), limits).ok();
            costs.push((name.cloned(), cost.filter(|cost| !cost.varies).map(|cost| cost.value)));
        }
        let bytes = text.len() as u64 + super::lexer::count(text) * BYTES_PER_TOKEN;
        let mut prepared = Self { hash, document, costs, splits: Vec::new(), bytes };
        prepared.splits = prepared.costs.iter().map(|(name, _)| Split::of(&prepared.alone(name.as_deref()))).collect();
        Ok(prepared)
    }

    /// The hash of the text.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// How an operation falls into parts, if it does.
    pub(crate) fn split(&self, name: Option<&str>) -> Option<&Split> {
        self.splits.get(self.place_of(name)?)?.as_ref()
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The operation that a request asks for.
    pub fn operation(&self, name: Option<&str>) -> Result<&Positioned<OperationDefinition>, ServerError> {
        operation(&self.document, name)
    }

    /// The place of an operation among those of the document.
    pub fn place_of(&self, name: Option<&str>) -> Option<usize> {
        match &self.costs[..] {
            [_] => Some(0),
            several => several.iter().position(|(known, _)| known.as_deref() == name),
        }
    }

    /// The name of the operation at a place.
    pub fn name_of(&self, place: usize) -> Option<&str> {
        self.costs.get(place)?.0.as_deref()
    }

    /// Whether the operation at a place is a `query`, a `mutation` or a `subscription`.
    pub fn kind_of(&self, place: usize) -> Option<&'static str> {
        let name = self.costs.get(place)?.0.as_ref();
        let (_, operation) = self.document.operations.iter().find(|(known, _)| *known == name)?;
        Some(match operation.node.ty {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        })
    }

    /// The names of its operations.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.costs.iter().filter_map(|(name, _)| name.as_deref())
    }

    /// What the operation costs with these variables, and whether it keeps to the limits with them.
    pub fn cost(
        &self,
        schema: &Schema,
        operation: &OperationDefinition,
        name: Option<&str>,
        variables: &Variables,
        limits: &Limits,
    ) -> Result<u64, ServerError> {
        let known = match &self.costs[..] {
            [(_, only)] => *only,
            several => several.iter().find(|(known, _)| known.as_deref() == name).and_then(|(_, cost)| *cost),
        };
        match known {
            Some(cost) => Ok(cost),
            None => {
                let Cost { value, .. } = cost::of(&schema.types, &self.document, operation, variables, limits)?;
                Ok(value)
            }
        }
    }

    /// An answer in which nothing is run: each root field is null, as it may be, and the name of the root type is given.
    pub fn nothing_run(&self, schema: &Schema, operation: &OperationDefinition, variables: &Variables) -> Value {
        let fields = cost::root_fields(&schema.types, &self.document, operation, variables);
        let mut data = IndexMap::new();
        for (key, name) in fields {
            let value = match name.as_str() {
                "__typename" => schema.types.root(operation.ty).map_or(Value::Null, |root| root.as_str().into()),
                // It is never null.
                "__schema" => continue,
                _ => Value::Null,
            };
            data.insert(key.clone(), value);
        }
        Value::Object(data)
    }

    /// The document of a request with its operation alone, for the engine, which takes documents apart.
    pub fn to_run(&self, request: &Request) -> ExecutableDocument {
        let document = match Struck::of(request) {
            Some(struck) => struck.clone(),
            None => self.alone(request.operation_name.as_deref()).into_owned(),
        };
        given::fitted(document, &request.variables)
    }

    /// The operation without the fields whose arguments these variables make wrong; none when they are all right.
    pub(crate) fn struck(&self, schema: &Schema, name: Option<&str>, variables: &Variables) -> Option<Struck> {
        let document = self.alone(name);
        let operation = self.operation(name).ok()?;
        let struck = struck::strike(&schema.types, &document, &operation.node, variables)?;
        Some(Struck(Arc::new(struck)))
    }

    /// Puts null and an error in the place of each field that was struck.
    pub(crate) fn amend(&self, response: &mut Response, schema: &Schema, name: Option<&str>, variables: &Variables) {
        if let Ok(operation) = self.operation(name) {
            struck::amend(&schema.types, &self.document, &operation.node, variables, response);
        }
    }

    /// Says in our words what the engine found wrong with the values of arguments.
    pub(crate) fn explain(
        &self,
        errors: &mut [ServerError],
        schema: &Schema,
        name: Option<&str>,
        variables: &Variables,
    ) {
        if let Ok(operation) = self.operation(name) {
            given::explain(errors, &schema.types, &self.document, &operation.node, variables);
        }
    }

    /// The document with this operation alone.
    pub(crate) fn alone(&self, name: Option<&str>) -> Cow<'_, ExecutableDocument> {
        match (&self.document.operations, name) {
            (DocumentOperations::Multiple(operations), Some(name)) if operations.len() > 1 => {
                let kept = operations.iter().filter(|(known, _)| known.as_str() == name);
                let kept = kept.map(|(name, operation)| (name.clone(), operation.clone())).collect();
                let fragments = self.document.fragments.clone();
                Cow::Owned(ExecutableDocument { operations: DocumentOperations::Multiple(kept), fragments })
            }
            _ => Cow::Borrowed(&self.document),
        }
    }
}

/// Of a parsed document, at most: a field takes the memory of a selection, and lists grow by doubling.
const BYTES_PER_TOKEN: u64 = 400;
