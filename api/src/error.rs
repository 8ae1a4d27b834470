//! The one error type of resolvers: what went wrong, and what a caller may know of it.
//!
//! It has no `Display` on purpose: async-graphql publishes the text of whatever has one, and the text of a database error
//! holds SQL.

use std::{sync::Arc, time::Duration};

use async_graphql::ErrorExtensionValues;
use sea_orm::DbErr;

use crate::database::{self, Allowance};

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a field could not be answered.
#[derive(Clone, Debug)]
pub enum Error {
    /// The caller can mend it: `BAD_USER_INPUT`, with the argument's name in `extensions.argument`.
    BadUserInput {
        /// The argument that is wrong.
        argument: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The caller may not: `FORBIDDEN`, with the scope that a token would need in `extensions.scope`.
    Forbidden {
        /// The scope.
        scope: &'static str,
    },
    /// The caller sends too much: `TOO_MANY_REQUESTS`, with the seconds to wait in `extensions.retryAfter`.
    TooManyRequests {
        /// Seconds.
        retry_after: u64,
    },
    /// Something is overloaded or away right now: `SERVICE_UNAVAILABLE`.
    Busy {
        /// What to do about it.
        message: &'static str,
        /// Seconds to wait.
        retry_after: Option<u64>,
    },
    /// The database cannot be reached right now: `SERVICE_UNAVAILABLE`.
    Unavailable(Arc<DbErr>),
    /// The database has ended a statement because it took too long: `TIMEOUT`.
    Timeout,
    /// The database has ended a statement because it has worked longer for its request than this: `TIMEOUT`.
    TooMuchWork(Duration),
    /// A fault of ours: `INTERNAL_SERVER_ERROR`. The cause is logged and never shown.
    Internal(Arc<DbErr>),
}

impl Error {
    pub(crate) fn bad_input(argument: &'static str, message: impl Into<String>) -> Self {
        Self::BadUserInput { argument, message: message.into() }
    }

    pub(crate) fn busy(message: &'static str, retry_after: Option<u64>) -> Self {
        Self::Busy { message, retry_after }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if matches!(error, DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout)) {
            crate::watch::metrics().acquire_timeouts.inc();
        }
        match database::Failure::of(&error) {
            Some(database::Failure::Timeout) => Allowance::exhausted().map_or(Self::Timeout, Self::TooMuchWork),
            Some(_) => Self::Unavailable(Arc::new(error)),
            None => Self::Internal(Arc::new(error)),
        }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        let message = match error {
            Error::BadUserInput { argument, message } => {
                extensions.set("code", "BAD_USER_INPUT");
                extensions.set("argument", argument);
                message
            }
            Error::Forbidden { scope } => {
                extensions.set("code", "FORBIDDEN");
                extensions.set("scope", scope);
                format!(
                    "Only for holders of a token with the scope `{scope}`; send it as `Authorization: Bearer TOKEN`."
                )
            }
            Error::TooManyRequests { retry_after } => {
                extensions.set("code", "TOO_MANY_REQUESTS");
                extensions.set("retryAfter", retry_after);
                "Too many requests; go on after the seconds in `extensions.retryAfter`.".to_owned()
            }
            Error::Busy { message, retry_after } => {
                extensions.set("code", "SERVICE_UNAVAILABLE");
                if let Some(seconds) = retry_after {
                    extensions.set("retryAfter", seconds);
                }
                message.to_owned()
            }
            Error::Unavailable(cause) => {
                let mend = database::Failure::of(&cause).map(database::Failure::mend);
                tracing::warn!(%cause, mend, "database unavailable");
                extensions.set("code", "SERVICE_UNAVAILABLE");
                "The database cannot be reached right now; try again in a moment.".to_owned()
            }
            Error::Timeout => {
                extensions.set("code", "TIMEOUT");
                "The database took longer than a request may; ask for less.".to_owned()
            }
            Error::TooMuchWork(allowed) => {
                extensions.set("code", "TIMEOUT");
                format!(
                    "The request took the database more than {} seconds of work, the limit; ask for less: fewer or rarer words to search \
                     for, a shorter span of time, no counts.",
                    allowed.as_secs_f32()
                )
            }
            Error::Internal(cause) => {
                tracing::error!(%cause, "field failed");
                extensions.set("code", "INTERNAL_SERVER_ERROR");
                "Internal server error.".to_owned()
            }
        };
        Self { message, source: None, extensions: Some(extensions) }
    }
}
