//! A schema with one field for each way in which a field can end.

use std::time::Duration;

use async_graphql::{
    EmptySubscription, Enum, Error, ErrorExtensions, InputObject, Object, OneofObject, Schema, SchemaBuilder,
    ValidationMode,
};

/// What the toy schema answers.
pub(super) type Toy = Schema<Query, Mutation, EmptySubscription>;

pub(super) fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription)
}

pub(super) fn schema() -> Toy {
    builder().validation_mode(ValidationMode::Fast).finish()
}

pub(super) struct Query;

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    Now,
    Today,
}

#[derive(OneofObject)]
pub(super) enum By {
    Slug(String),
    Number(i32),
}

#[derive(InputObject)]
pub(super) struct Filter {
    words: Option<Vec<String>>,
    at_most: i32,
    #[graphql(default = 7)]
    usual: i32,
}

#[Object]
impl Query {
    #[graphql(cache_control(max_age = 30))]
    async fn hello(&self) -> &str {
        "hello"
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    #[graphql(cache_control(max_age = 600, private))]
    async fn number(&self, value: i32) -> i32 {
        value
    }

    async fn window(&self, window: Window) -> Window {
        window
    }

    async fn find(&self, by: By) -> String {
        match by {
            By::Slug(slug) => format!("slug {slug}"),
            By::Number(number) => format!("number {number}"),
        }
    }

    async fn filtered(&self, filter: Option<Filter>) -> String {
        filter.map_or("all".to_owned(), |filter| format!("{} of {:?}, {}", filter.at_most, filter.words, filter.usual))
    }

    #[graphql(cache_control(max_age = 5))]
    async fn letters(&self, count: usize) -> String {
        "x".repeat(count)
    }

    #[graphql(cache_control(no_cache))]
    async fn sleeps(&self, milliseconds: u64) -> &str {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        "awake"
    }

    async fn panics(&self) -> Option<&str> {
        [].first().copied().expect("a panic on purpose")
    }

    /// What happens when somebody writes `?` on an error that is not ours.
    async fn leaks(&self) -> Option<Result<String, Error>> {
        Some("secret".parse::<i32>().map(|_| String::new()).map_err(|_| std::io::Error::other("SELECT secret").into()))
    }

    async fn breaks(&self) -> Option<Result<String, Error>> {
        Some(Err(coded("INTERNAL_SERVER_ERROR", "internal error")))
    }

    async fn refuses(&self) -> Option<Result<String, Error>> {
        Some(Err(coded("BAD_USER_INPUT", "pass `first` or `last`, not both")))
    }

    async fn refuses_hard(&self) -> Result<String, Error> {
        Err(coded("BAD_USER_INPUT", "no"))
    }

    async fn node(&self) -> Node {
        Node
    }

    async fn nodes(&self, first: i32) -> Vec<Node> {
        (0..first).map(|_| Node).collect()
    }
}

pub(super) struct Node;

#[Object]
impl Node {
    async fn id(&self) -> i32 {
        1
    }

    async fn node(&self) -> Node {
        Node
    }

    async fn refuses(&self) -> Option<Result<String, Error>> {
        Some(Err(coded("BAD_USER_INPUT", "no")))
    }
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self) -> &str {
        "changed"
    }
}

fn coded(code: &str, message: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}
