//! The statistics by which PostgreSQL plans: it gathers them now and then, not while a load runs and not at its end.

use sea_orm::{ConnectionTrait, DbBackend};

/// Of what a load fills, the columns by which rows are found while it goes on. Whoever holds a table for long, such as another ANALYZE, does
/// the same, is not waited for and not warned of.
const LOADING: &str = "SET LOCAL client_min_messages = error; ANALYZE (SKIP_LOCKED) article (id, uri, slug, published_at, status, lapsed_at, expires_at), article_topic (article_id, topic_id), \
    related_article (article_id, related_id), story (id, uri), story_article (story_id, article_id), gallery (id, uri), image (id, uri), \
    image_rendition (image_id), pending_link (kind, owner_id, target_uri)";

/// What a load fills.
const LOADED: &str = "SET LOCAL client_min_messages = error; ANALYZE (SKIP_LOCKED) article, article_topic, article_place, article_contributor, article_gallery, \
    related_article, story, story_article, gallery, gallery_item, image, image_rendition, topic, place, contributor, source, pending_link, \
    facet_count, related_due";

/// New items after which plans may be wrong for the first time; the next time after so many times as many.
const FIRST: usize = 400;
const TIMES: usize = 6;
/// Changed items that make a load.
const LOAD: usize = 1_000;

/// When the statistics of a load are gathered.
pub(super) struct Statistics {
    due: usize,
}

impl Statistics {
    pub(super) fn new() -> Self {
        Self { due: FIRST }
    }

    /// Whether plans may be wrong after so many new items.
    pub(super) fn are_due(&self, items: usize) -> bool {
        items >= self.due
    }

    /// Gathers those that decide how the load itself goes on, after so many new items.
    pub(super) async fn loading(&mut self, db: &impl ConnectionTrait, items: usize) {
        while self.due <= items {
            self.due *= TIMES;
        }
        analyze(db, LOADING).await;
    }

    /// Gathers all, when what has changed was a load.
    pub(super) async fn loaded(db: &impl ConnectionTrait, items: usize) {
        if items >= LOAD {
            analyze(db, LOADED).await;
        }
    }
}

async fn analyze(db: &impl ConnectionTrait, statement: &'static str) {
    if db.get_database_backend() != DbBackend::Postgres {
        return;
    }
    if let Err(cause) = db.execute_unprepared(statement).await {
        // PostgreSQL does it by itself in a while.
        tracing::debug!(%cause, "no statistics of what is imported");
    }
}
