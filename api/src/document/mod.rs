//! What happens to the text of a query before the GraphQL engine sees it: it is measured, parsed, measured again
//! and its input values are checked, all in time linear to its length, so that no small text makes large work.

mod ast;
mod cache;
mod convert;
mod cost;
mod flaws;
mod given;
mod hash;
mod inputs;
mod lexer;
mod limits;
mod parser;
mod prepared;
mod rules;
mod size;
mod split;
mod struck;
mod trusted;
mod types;
mod weights;

use async_graphql::parser::Error as SdlError;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::{ErrorExtensionValues, Pos, Positioned, ServerError, Value, Variables};

pub use cache::{Documents, Known};
pub(crate) use given::fitted;
pub use hash::Hash;
pub use limits::Limits;
pub use prepared::Prepared;
pub(crate) use split::{Split, only};
pub use trusted::{Flaw, Registered, Trusted};
pub use types::Types;
pub use weights::{Size, Weights};

/// What documents are held against.
pub struct Schema {
    types: Types,
    /// Whether errors name what is spelt alike.
    suggestions: bool,
}

impl Schema {
    /// Reads the SDL that a schema prints. `suggestions` says whether errors name what is spelt alike.
    pub fn from_sdl(sdl: &str, weights: &Weights, suggestions: bool) -> Result<Self, SdlError> {
        Ok(Self { types: Types::from_sdl(sdl, weights)?, suggestions })
    }

    /// Refuses variables that are too large, or do not fit the operation.
    pub fn check_variables(
        &self,
        operation: &OperationDefinition,
        variables: &Variables,
        limits: &Limits,
    ) -> Result<(), Vec<ServerError>> {
        let bytes = inputs::length(variables);
        if bytes > limits.variables_bytes {
            let (have, most) = (limits::grouped(bytes), limits::grouped(limits.variables_bytes));
            let message = format!("the variables have {have} bytes, the limit is {most}");
            return Err(vec![limits::excess("VARIABLES_TOO_LARGE", message, bytes, limits.variables_bytes, None)]);
        }
        self.types.check_variables(operation, variables, limits.errors)
    }
}

/// Refuses what costs more than the limit.
pub fn check_cost(cost: u64, limits: &Limits) -> Result<(), ServerError> {
    cost::check(cost, limits)
}

/// Parses a document that keeps to the limits and holds it against the schema. The errors are ready to be shown.
fn read(source: &str, schema: &Schema, limits: &Limits) -> Result<ExecutableDocument, Vec<ServerError>> {
    limits::at_most("{} bytes", source.len() as u64, limits.bytes, None).map_err(|error| vec![error])?;
    lexer::check(source, limits).map_err(|error| vec![error])?;
    let document = parser::parse(source).map_err(|error| vec![error])?;
    size::check(&document, limits).map_err(|error| vec![error])?;
    let checked = rules::check(&document, &schema.types, schema.suggestions, limits.errors)?;
    Ok(convert::convert(&document, &checked))
}

/// The operation that a request asks for, as GetOperation of the specification finds it.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, ServerError> {
    const CODE: &str = "OPERATION_RESOLUTION_FAILURE";
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(operation),
        (DocumentOperations::Multiple(operations), Some(name)) if operations.contains_key(name) => {
            Ok(&operations[name])
        }
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            Ok(operations.values().next().expect("there is one"))
        }
        (DocumentOperations::Multiple(operations), None) => Err(error(
            CODE,
            format!("the document has {} operations: say which one to run with `operationName`", operations.len()),
            None,
        )),
        (_, Some(name)) => {
            Err(error(CODE, format!("the document has no operation named \"{}\"", shortened(name)), None))
        }
    }
}

/// An error with a code, as clients get it.
pub fn error(code: &str, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, at);
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
    error
}

/// The code of an error, when it has one.
pub(crate) fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// Gives every error a code, and keeps no more of them than tell enough.
pub(crate) fn presentable(errors: &mut Vec<ServerError>, code: &str, most: usize) {
    for error in errors.iter_mut() {
        if code_of(error).is_none() {
            error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code);
        }
        error.source = None;
    }
    if errors.len() > most {
        let hidden = errors.len() - most;
        errors.truncate(most);
        errors.push(error("TOO_MANY_ERRORS", format!("{hidden} more errors are not shown"), None));
    }
}

/// What a client sent, cut so that an error does not become a copy of the request.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
