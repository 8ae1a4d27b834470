//! What happens to the text of a query before the GraphQL engine sees it: it is measured, parsed, measured again
//! and its input values are checked, all in time linear to its length, so that no small text makes large work.

mod inputs;
mod lexer;
mod limits;
mod size;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition};
use async_graphql::parser::{self, parse_query};
use async_graphql::{ErrorExtensionValues, Pos, Positioned, ServerError};

pub use inputs::InputTypes;
pub use limits::Limits;

/// Parses a document that keeps to the limits. The errors are ready to be shown.
pub fn parse(source: &str, limits: &Limits) -> Result<ExecutableDocument, Vec<ServerError>> {
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
