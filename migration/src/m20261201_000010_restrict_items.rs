//! Stories can be held back and killed, too; what is said of items that have not arrived is remembered; and how texts and pictures came to be.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::table::{drop_tables, on};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The pages of a story's articles show it, or do not.
const POSTGRES: &str = "
    CREATE FUNCTION change_story_pub_status() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        moved bigint[];
    BEGIN
        moved := ARRAY(SELECT id FROM old_rows JOIN new_rows USING (id) WHERE old_rows.pub_status <> new_rows.pub_status);
        IF cardinality(moved) > 0 THEN
            INSERT INTO change (kind, key)
            SELECT DISTINCT 'article_parts', article_id::text FROM story_article WHERE story_id = ANY (moved)
            UNION ALL SELECT 'links', ''
            UNION ALL SELECT 'story_articles', id::text FROM unnest(moved) AS story (id);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER change_pub_status AFTER UPDATE ON story
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION change_story_pub_status();";

const SQLITE: &str = "
    CREATE TRIGGER change_story_pub_status AFTER UPDATE OF pub_status ON story WHEN OLD.pub_status <> NEW.pub_status BEGIN
        INSERT INTO change (kind, key)
        SELECT DISTINCT 'article_parts', CAST(article_id AS text) FROM story_article WHERE story_id = NEW.id
        UNION ALL SELECT 'links', ''
        UNION ALL SELECT 'story_articles', CAST(NEW.id AS text);
    END;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let added = [
            ("story", "pub_status", text("pub_status").default("usable").take()),
            ("article", "digital_source_type", text_null("digital_source_type")),
            ("image", "digital_source_type", text_null("digital_source_type")),
        ];
        for (table, name, column) in added {
            if !manager.has_column(table, name).await? {
                manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
            }
        }
        manager
            .create_table(
                Table::create()
                    .table("pending_restriction")
                    .if_not_exists()
                    .col(text("uri"))
                    .col(text("status"))
                    .col(big_integer_null("version"))
                    .col(timestamp_with_time_zone_null("updated_at"))
                    .col(timestamp_with_time_zone_null("embargoed_until"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(text("owner"))
                    .primary_key(Index::create().col("uri").col("owner"))
                    .take(),
            )
            .await?;
        on(DbBackend::Postgres, manager, POSTGRES).await?;
        on(DbBackend::Sqlite, manager, SQLITE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, "DROP FUNCTION change_story_pub_status() CASCADE").await?;
        on(DbBackend::Sqlite, manager, "DROP TRIGGER change_story_pub_status").await?;
        drop_tables(manager, &["pending_restriction"]).await?;
        let db = manager.get_connection();
        for (table, column) in
            [("story", "pub_status"), ("article", "digital_source_type"), ("image", "digital_source_type")]
        {
            db.execute_unprepared(&format!("ALTER TABLE {table} DROP COLUMN {column}")).await?;
        }
        Ok(())
    }
}
