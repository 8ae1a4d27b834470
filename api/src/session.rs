//! The connection for statements whose best plan depends on what a caller chose: searches and filtered lists.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, QueryResult, Statement, StatementBuilder,
    TransactionTrait as _,
};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    database::Allowance,
    error::{Error, Result},
};

/// With the usual 4 MB of memory, the articles of a frequent word are remembered by pages alone at a million articles; then the texts of whole
/// pages are read again, for seconds.
const SETTINGS: &str = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on; SET LOCAL jit = off; \
     SET LOCAL work_mem = '32MB'";

/// A connection whose statements are planned for their values.
///
/// How many articles have a word or a topic decides whether its index or the index of times is read; PostgreSQL plans a prepared statement
/// for any value after a few uses, and is then wrong by a hundred times for the rare or for the frequent ones.
///
/// Its statements are held to what their request is allowed. A request has one at a time: whoever asks for much in one request must not hold
/// the connections of all others.
pub(crate) enum Session {
    Postgres(Held),
    Sqlite { db: DatabaseConnection, _turn: Option<OwnedSemaphorePermit> },
}

/// A transaction of PostgreSQL that is held to what its request is allowed.
pub(crate) struct Held {
    transaction: DatabaseTransaction,
    /// The `statement_timeout` that was set last.
    timeout: AtomicU64,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Runs a statement for as long as is left, and takes its time off that.
    async fn run<T>(&self, statement: impl Future<Output = Result<T, sea_orm::DbErr>>) -> Result<T> {
        /// Milliseconds that a statement may run longer than is left, so that its time need not be set for each.
        const GRACE: u64 = 20;
        let Some(left) = Allowance::left() else { return Ok(statement.await?) };
        if left.is_zero() {
            return Err(Allowance::exhausted().map_or(Error::Timeout, Error::TooMuchWork));
        }
        let left = milliseconds(left);
        if left + GRACE < self.timeout.load(Ordering::Relaxed) {
            self.transaction.execute_unprepared(&format!("SET LOCAL statement_timeout = {left}")).await?;
            self.timeout.store(left, Ordering::Relaxed);
        }
        let begun = Instant::now();
        let answer = statement.await;
        Allowance::spend(begun.elapsed());
        Ok(answer?)
    }
}

/// At least one, because none is no limit.
fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX).max(1)
}

impl Session {
    pub(crate) async fn begin(db: &DatabaseConnection) -> Result<Self> {
        let turn = Allowance::turn().await;
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(Self::Sqlite { db: db.clone(), _turn: turn });
        }
        let transaction = db.begin().await?;
        transaction.execute_unprepared(SETTINGS).await?;
        Ok(Self::Postgres(Held { transaction, timeout: AtomicU64::new(u64::MAX), _turn: turn }))
    }

    /// From here on, reads no table from one end to the other, and rather lists rows of several indexes than looks into one row too many.
    /// PostgreSQL does not reckon that the words of a text are kept outside of its row: for a frequent word it would look into every article,
    /// which takes minutes at a million.
    pub(crate) async fn read_indexes(&self) -> Result<()> {
        self.set("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on; SET LOCAL cpu_tuple_cost = 50").await
    }

    /// From here on, finds what is indexed by word in that index alone: the words of a list have no statistics to plan by.
    pub(crate) async fn read_bitmaps(&self) -> Result<()> {
        self.set("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off").await
    }

    async fn set(&self, settings: &'static str) -> Result<()> {
        if let Self::Postgres(Held { transaction, .. }) = self {
            transaction.execute_unprepared(settings).await?;
        }
        Ok(())
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Postgres(_) => DbBackend::Postgres,
            Self::Sqlite { .. } => DbBackend::Sqlite,
        }
    }

    pub(crate) async fn query_all(&self, statement: &impl StatementBuilder) -> Result<Vec<QueryResult>> {
        match self {
            Self::Postgres(held) => held.run(held.transaction.query_all(statement)).await,
            Self::Sqlite { db, .. } => Ok(db.query_all(statement).await?),
        }
    }

    pub(crate) async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>> {
        match self {
            Self::Postgres(held) => held.run(held.transaction.query_all_raw(statement)).await,
            Self::Sqlite { db, .. } => Ok(db.query_all_raw(statement).await?),
        }
    }

    pub(crate) async fn end(self) -> Result<()> {
        if let Self::Postgres(Held { transaction, .. }) = self {
            transaction.commit().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use sea_orm::Database;

    use super::*;

    #[tokio::test]
    async fn a_request_holds_one_session_of_an_embedded_database_at_a_time() {
        let db = Database::connect("sqlite::memory:").await.expect("it is in memory");
        let request = || {
            let db = db.clone();
            async move {
                let first = Session::begin(&db).await.expect("it is free");
                assert!(Session::begin(&db).now_or_never().is_none(), "the second one waits");
                first.end().await.expect("it ends");
                Session::begin(&db).now_or_never().expect("it is free").expect("it is free")
            }
        };
        let allowance = || Allowance::new(Duration::from_secs(5), Duration::from_secs(1));
        let held = allowance().scope(request()).await;
        let others = allowance().scope(request()).now_or_never();
        assert!(others.is_some(), "what one request holds is nothing to another");
        drop(held);
    }
}
