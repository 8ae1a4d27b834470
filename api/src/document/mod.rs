//! What happens to the text of a query before the GraphQL engine sees it: it is measured, parsed, measured again
//! and its input values are checked, all in time linear to its length, so that no small text makes large work.

mod cache;
mod cost;
mod hash;
mod inputs;
mod lexer;
mod limits;
mod prepared;
mod size;
mod split;
mod trusted;
mod validate;
mod weights;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::parser::{self, parse_query};
use async_graphql::{ErrorExtensionValues, Pos, Positioned, ServerError, Value, Variables};

pub use cache::{Documents, Known};
pub use hash::Hash;
pub use inputs::InputTypes;
pub use limits::Limits;
pub use prepared::Prepared;
pub(crate) use split::{Split, only};
pub use trusted::Trusted;
pub use validate::Validator;
pub use weights::{Size, Weights};

/// What documents are held against.
pub struct Schema {
    /// The types of values and fields.
    pub types: InputTypes,
    /// The engine's validation.
    pub validator: Validator,
}

impl Schema {
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

/// Parses a document that keeps to the limits. The errors are ready to be shown.
pub fn parse(source: &str, limits: &Limits) -> Result<ExecutableDocument, Vec<ServerError>> {
    limits::at_most("{} bytes", source.len() as u64, limits.bytes, None)?;
    lexer::check(source, limits)?;
    let document = parse_query(source).map_err(|error| syntax_error(source, &error))?;
    size::check(&document, limits)?;
    Ok(document)
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

/// The parser's own text draws the source line of the client, so only its place is kept.
fn syntax_error(source: &str, cause: &parser::Error) -> ServerError {
    let mut at = cause.positions().next();
    let message = match cause {
        parser::Error::Syntax { start, .. } => {
            let (token, place) = lexer::token_at(source, *start);
            at = Some(place);
            match token {
                Some(token) => format!("syntax error: unexpected `{}`", shortened(token)),
                None => "syntax error: unexpected end of the document".to_owned(),
            }
        }
        parser::Error::MultipleOperations { .. } => {
            "an operation without a name must be the only one of its document".to_owned()
        }
        parser::Error::MissingOperation => "the document has no operation".to_owned(),
        parser::Error::OperationDuplicated { operation, .. } => {
            format!("there are two operations named \"{operation}\"")
        }
        parser::Error::FragmentDuplicated { fragment, .. } => {
            format!("there are two fragments named \"{fragment}\"")
        }
        _ => "syntax error".to_owned(),
    };
    error("GRAPHQL_PARSE_FAILED", message, at)
}
