//! An article under embargo is published when the embargo ends. Imports without a time of publication kept the moment at which they ran;
//! what had been seen before its embargo stays as it is. Link tables follow by their foreign keys.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const POSTGRES: &str = "
    UPDATE article SET published_at = embargoed_until
    WHERE embargoed_until > published_at AND NOT EXISTS (
        SELECT FROM article_version AS kept
        WHERE kept.article_id = article.id
            AND kept.item ->> 'status' = 'usable'
            AND (kept.item ->> 'published_at')::timestamptz <= kept.replaced_at
            AND coalesce((kept.item ->> 'embargoed_until')::timestamptz <= kept.replaced_at, true)
    );";

const SQLITE: &str = "
    UPDATE article SET published_at = embargoed_until
    WHERE embargoed_until > published_at AND NOT EXISTS (
        SELECT 1 FROM article_version AS kept
        WHERE kept.article_id = article.id
            AND json_extract(kept.item, '$.status') = 'usable'
            AND julianday(json_extract(kept.item, '$.published_at')) <= julianday(kept.replaced_at)
            AND coalesce(julianday(json_extract(kept.item, '$.embargoed_until')) <= julianday(kept.replaced_at), true)
    );";

const GALLERIES: &str = "UPDATE gallery SET published_at = embargoed_until WHERE embargoed_until > published_at;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let articles = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        let db = manager.get_connection();
        db.execute_unprepared(articles).await?;
        db.execute_unprepared(GALLERIES).await?;
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
