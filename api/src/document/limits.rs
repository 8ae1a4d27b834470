//! How large a request may be. The page query of a news site needs about 400 tokens, 150 fields, 7 levels and a cost of 1,500; the
//! introspection query that GraphiQL sends needs 14 levels of its own.

use async_graphql::{Pos, ServerError};

use super::error;

/// The limits that a request is held to before it is run.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: u64,
    /// Words, numbers, strings and signs in the text.
    pub tokens: u64,
    /// Letters of one name.
    pub name_length: u64,
    /// Brackets and selections inside each other, through fragments too: what recursion costs stack for.
    pub nesting: u64,
    /// Fields, spreads and inline fragments after every fragment has been put in its places.
    pub fields: u64,
    /// Fields inside each other.
    pub depth: u64,
    /// Fields directly under an operation.
    pub root_fields: u64,
    /// Aliases in the text.
    pub aliases: u64,
    /// Directives in the text.
    pub directives: u64,
    /// Directives in one place of the text.
    pub directives_per_field: u64,
    /// Values that the answer may hold, weighed; `cost.rs` says how.
    pub cost: u64,
    /// Items of one page of a list.
    pub page_size: u64,
    /// Bytes of the variables as JSON.
    pub variables_bytes: u64,
    /// Whether `__schema` and `__type` are answered.
    pub introspection: bool,
    /// Fields inside each other below `__schema` and `__type`.
    pub introspection_depth: u64,
    /// Values that introspection would give, estimated from what its lists usually hold.
    pub introspection_values: u64,
    /// Errors in an answer to a request that was not run.
    pub errors: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            tokens: 2_000,
            name_length: 200,
            nesting: 30,
            fields: 10_000,
            depth: 12,
            root_fields: 50,
            aliases: 60,
            directives: 100,
            directives_per_field: 5,
            cost: 20_000,
            page_size: 100,
            variables_bytes: 64 * 1024,
            introspection: true,
            introspection_depth: 20,
            introspection_values: 500_000,
            errors: 10,
        }
    }
}

/// Refuses a document that has more of something than the limit: "document has 2,317 tokens, the limit is 2,000".
pub(super) fn at_most(what: &str, have: u64, limit: u64, at: Option<Pos>) -> Result<(), ServerError> {
    if have <= limit {
        return Ok(());
    }
    let message = format!("document has {}, the limit is {}", what.replace("{}", &grouped(have)), grouped(limit));
    Err(excess("QUERY_TOO_LARGE", message, have, limit, at))
}

/// An error that also tells programs the value and the limit.
pub(super) fn excess(code: &str, message: String, have: u64, limit: u64, at: Option<Pos>) -> ServerError {
    let mut error = error(code, message, at);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("value", have);
    extensions.set("limit", limit);
    error
}

/// 1234567 as 1,234,567.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_value_and_the_limit() {
        assert!(at_most("{} tokens", 2_000, 2_000, None).is_ok());
        let refusal = at_most("{} tokens", 2_317, 2_000, None).expect_err("it is refused");
        assert_eq!(refusal.message, "document has 2,317 tokens, the limit is 2,000");
        let extensions = refusal.extensions.expect("they have the numbers");
        assert_eq!((extensions.get("value"), extensions.get("limit")), (Some(&2_317.into()), Some(&2_000.into())));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<_> = [0, 999, 1_000, 12_345, 1_234_567].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}
