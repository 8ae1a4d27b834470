//! The connection that a search runs on.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement,
    TransactionTrait as _, sea_query::SelectStatement,
};

use crate::error::Result;

/// A connection whose statements are planned for the words that are searched for.
///
/// How many articles have a word decides whether its index or the index of times is read; PostgreSQL plans a prepared statement for
/// any word after a few uses, and is then wrong by a hundred times for rare words or for frequent ones.
pub(super) enum Session {
    Postgres(DatabaseTransaction),
    Sqlite(DatabaseConnection),
}

impl Session {
    pub(super) async fn begin(db: &DatabaseConnection) -> Result<Self> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self::Sqlite(db.clone()));
        }
        let transaction = db.begin().await?;
        transaction.execute_unprepared("SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off").await?;
        Ok(Self::Postgres(transaction))
    }

    pub(super) fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    pub(super) async fn query_all(&self, statement: &SelectStatement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres(transaction) => transaction.query_all(statement).await,
            Self::Sqlite(db) => db.query_all(statement).await,
        }
    }

    pub(super) async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres(transaction) => transaction.query_all_raw(statement).await,
            Self::Sqlite(db) => db.query_all_raw(statement).await,
        }
    }

    pub(super) async fn end(self) -> Result<()> {
        if let Self::Postgres(transaction) = self {
            transaction.commit().await?;
        }
        Ok(())
    }
}
