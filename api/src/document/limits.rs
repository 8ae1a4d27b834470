//! How large a document may be. The page query of a news site needs about 400 tokens, 150 fields and 7 levels; the
//! introspection query that GraphiQL sends needs 14 levels of its own.

use async_graphql::{Pos, ServerError};

use super::error;

/// The limits that a document is held to before it is validated and run.
#[derive(Debug, Clone)]
pub struct Limits {
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
            tokens: 2_000,
            name_length: 200,
            nesting: 30,
            fields: 10_000,
            depth: 15,
            root_fields: 50,
            aliases: 100,
            directives: 100,
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
    Err(error("QUERY_TOO_LARGE", message, at))
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
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
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown: Vec<_> = [0, 999, 1_000, 12_345, 1_234_567].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }
}
