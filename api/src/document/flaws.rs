//! What is wrong with a request: a few errors tell enough, and a thousand would be an answer larger than the request.

use async_graphql::ServerError;

use super::error;

/// Errors that were found: the first are kept, the others counted.
pub(super) struct Flaws {
    found: Vec<ServerError>,
    more: usize,
    most: usize,
}

impl Flaws {
    pub(super) fn new(most: usize) -> Self {
        Self { found: Vec::new(), more: 0, most }
    }

    /// Its text is put together only when it will be shown.
    pub(super) fn push(&mut self, flaw: impl FnOnce() -> ServerError) {
        if self.found.len() < self.most {
            self.found.push(flaw());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn into_result(mut self) -> Result<(), Vec<ServerError>> {
        if self.more > 0 {
            let message = format!("{} more errors are not shown", self.more);
            self.found.push(error("TOO_MANY_ERRORS", message, None));
        }
        if self.found.is_empty() { Ok(()) } else { Err(self.found) }
    }
}
