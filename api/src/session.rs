//! The connection for statements whose best plan depends on what a caller chose: searches and filtered lists.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement,
    StatementBuilder, TransactionTrait as _,
};
use tokio::sync::OwnedSemaphorePermit;

use crate::{database::Allowance, error::Result};

/// With the usual 4 MB of memory, the articles of a frequent word are remembered by pages alone at a million articles; then the texts of whole
/// pages are read again, for seconds.
const SETTINGS: &str =
    "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL jit = off; SET LOCAL work_mem = '32MB'";

/// A connection whose statements are planned for their values.
///
/// How many articles have a word or a topic decides whether its index or the index of times is read; PostgreSQL plans a prepared statement
/// for any value after a few uses, and is then wrong by a hundred times for the rare or for the frequent ones.
pub(crate) enum Session {
    Postgres { transaction: DatabaseTransaction, _turn: Option<OwnedSemaphorePermit> },
    Sqlite(DatabaseConnection),
}

impl Session {
    pub(crate) async fn begin(db: &DatabaseConnection) -> Result<Self> {
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self::Sqlite(db.clone()));
        }
        let turn = Allowance::turn().await;
        let transaction = db.begin().await?;
        // A statement that begins late in a request must not outlast it.
        let time = Allowance::time_left()
            .map_or_else(String::new, |left| format!("; SET LOCAL statement_timeout = {}", left.as_millis().max(1)));
        transaction.execute_unprepared(&format!("{SETTINGS}{time}")).await?;
        Ok(Self::Postgres { transaction, _turn: turn })
    }

    /// From here on, reads no table from one end to the other. PostgreSQL does not reckon that the words of a text are kept outside of its row:
    /// for a frequent word it would look into every article, which takes minutes at a million.
    pub(crate) async fn read_indexes(&self) -> Result<()> {
        if let Self::Postgres { transaction, .. } = self {
            transaction.execute_unprepared("SET LOCAL enable_seqscan = off").await?;
        }
        Ok(())
    }

    /// From here on, finds what is indexed by word in that index alone: the words of a list have no statistics to plan by.
    pub(crate) async fn read_bitmaps(&self) -> Result<()> {
        if let Self::Postgres { transaction, .. } = self {
            transaction.execute_unprepared("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off").await?;
        }
        Ok(())
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres { .. } => DbBackend::Postgres,
            Self::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    pub(crate) async fn query_all(&self, statement: &impl StatementBuilder) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres { transaction, .. } => transaction.query_all(statement).await,
            Self::Sqlite(db) => db.query_all(statement).await,
        }
    }

    pub(crate) async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Postgres { transaction, .. } => transaction.query_all_raw(statement).await,
            Self::Sqlite(db) => db.query_all_raw(statement).await,
        }
    }

    pub(crate) async fn end(self) -> Result<()> {
        if let Self::Postgres { transaction, .. } = self {
            transaction.commit().await?;
        }
        Ok(())
    }
}
