//! Indexing, in the background, the texts that bulk loads into PostgreSQL left for later.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, DbErr, Statement};

/// How soon texts that wait are noticed.
const PAUSE: Duration = Duration::from_secs(2);

/// A statement's worth of texts, the latest first; those that another server is at are left to it.
const INDEX: &str = "
    UPDATE article
    SET search_title = search_title(article.language, article.headline, article.standfirst),
        search_text = to_tsvector(search_config(article.language), waiting.content),
        search_folded = search_folded(article.language, waiting.content),
        text_indexed = true
    FROM (
        SELECT id, search_article(headline, standfirst, byline, body) AS content
        FROM article WHERE NOT text_indexed ORDER BY id DESC LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED
    ) AS waiting
    WHERE article.id = waiting.id";

/// Indexes texts in the background, until it is aborted; a failure is logged and tried again. Servers that share a database share the work.
pub fn spawn(db: &DatabaseConnection) -> tokio::task::JoinHandle<()> {
    let db = db.clone();
    tokio::spawn(async move {
        loop {
            match index_texts(&db).await {
                Ok(0) => {}
                Ok(articles) => tracing::info!(articles, "indexed the texts of a bulk load"),
                Err(cause) => {
                    crate::watch::metrics().job_failed("search_texts");
                    tracing::warn!(%cause, "texts not indexed; tried again in a moment");
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
}

/// Indexes every text that waits; answers how many there were.
pub async fn index_texts(db: &DatabaseConnection) -> Result<u64, DbErr> {
    let mut texts = 0;
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(texts);
    }
    loop {
        let indexed = db.execute_raw(Statement::from_string(DbBackend::Postgres, INDEX)).await?.rows_affected();
        if indexed == 0 {
            return Ok(texts);
        }
        texts += indexed;
    }
}
