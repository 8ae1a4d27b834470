//! How transactions that write begin.

use sea_orm::{SqliteTransactionMode, TransactionOptions};

/// On SQLite a transaction that reads first and writes later could not wait for another writer, so it starts as a writer.
pub fn writing() -> TransactionOptions {
    TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() }
}
