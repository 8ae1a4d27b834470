//! The engine's own validation, apart from execution: a document is validated strictly once, and then run as often as it is asked
//! for on a schema that does not validate again.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    ObjectType, Request, Response, SchemaBuilder, ServerError, SubscriptionType, ValidationMode, Value, async_trait,
};
use futures_util::FutureExt as _;

/// Validates documents against a schema.
pub struct Validator(Box<dyn Fn(ExecutableDocument) -> Vec<ServerError> + Send + Sync>);

impl Validator {
    /// Validates against this schema. `suggestions` says whether errors name fields that are spelt alike.
    pub fn new<Q, M, S>(schema: SchemaBuilder<Q, M, S>, suggestions: bool) -> Self
    where
        Q: ObjectType + 'static,
        M: ObjectType + 'static,
        S: SubscriptionType + 'static,
    {
        let schema = schema.validation_mode(ValidationMode::Strict).extension(ValidateOnly);
        let schema = if suggestions { schema.finish() } else { schema.disable_suggestions().finish() };
        Self(Box::new(move |document| {
            // With several operations the engine wants a name, though it validates all of them.
            let name = document.operations.iter().next().and_then(|(name, _)| name.cloned());
            let mut request = Request::new("");
            request.operation_name = name.map(|name| name.to_string());
            request.set_parsed_query(document);
            // Nothing in it waits: no field is run.
            schema.execute(request).now_or_never().map(|answer| answer.errors).unwrap_or_default()
        }))
    }

    /// What is wrong with the document.
    pub fn validate(&self, document: ExecutableDocument) -> Vec<ServerError> {
        (self.0)(document)
    }
}

/// Answers nothing where the operation would be run.
struct ValidateOnly;

impl ExtensionFactory for ValidateOnly {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ValidateOnly {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}
