//! How many articles have each value that a filter takes, kept by triggers, also when rows are changed by hand.
//!
//! What is counted does not depend on the time, because no trigger runs when time passes: all usable articles are. Those that are not
//! public yet or any more are few, have indexes here, and are counted when the counts are read. Articles that have expired would become many:
//! a job notes in `lapsed_at` which expiry the counts have taken note of, and then they are not counted any more.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

use crate::table::drop_tables;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The tables of links: what they are counted as, their column, and which of their rows count for an `article`.
const LINKS: [(&str, &str, &str, &str); 3] = [
    ("article_topic", "topic", "topic_id", "TRUE"),
    ("story_article", "story", "story_id", "TRUE"),
    // The place of the dateline counts already.
    ("article_place", "place", "place_id", "article.place_id IS DISTINCT FROM link.place_id"),
];

/// Which articles the indexes of times have.
const INDEXES: [(&str, &str, &str); 2] = [
    ("article_embargoed_until_idx", "embargoed_until", "embargoed_until IS NOT NULL"),
    ("article_expires_at_idx", "expires_at", "expires_at IS NOT NULL AND (lapsed_at = expires_at) IS NOT TRUE"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("article").add_column(timestamp_with_time_zone_null("lapsed_at")).take())
            .await?;
        // On PostgreSQL a value has a row for each change until they are summed up.
        manager
            .create_table(
                Table::create()
                    .table("facet_count")
                    .col(big_pk_auto("id"))
                    .col(text("facet"))
                    .col(big_integer("value_id"))
                    .col(text("value"))
                    .col(big_integer("articles"))
                    .take(),
            )
            .await?;
        let db = manager.get_connection();
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        for (name, column, condition) in INDEXES {
            db.execute_unprepared(&format!("CREATE INDEX {name} ON article ({column}) WHERE {condition}")).await?;
        }
        db.execute_unprepared(include_str!("facet/views.sql")).await?;
        let (articles, links) = if postgres {
            (include_str!("facet/postgres.sql"), include_str!("facet/postgres_link.sql"))
        } else {
            (include_str!("facet/sqlite.sql"), include_str!("facet/sqlite_link.sql"))
        };
        db.execute_unprepared(articles).await?;
        for (table, facet, column, counted) in LINKS {
            let sql = links.replace("{table}", table).replace("{facet}", facet);
            db.execute_unprepared(&sql.replace("{column}", column).replace("{counted}", counted)).await?;
        }
        // What has expired by now is not counted in the first place.
        db.execute_unprepared("UPDATE article SET lapsed_at = expires_at WHERE expires_at < CURRENT_TIMESTAMP").await?;
        db.execute_unprepared("DELETE FROM facet_count").await?;
        db.execute_unprepared(
            "INSERT INTO facet_count (facet, value_id, value, articles)
            SELECT facet, value_id, value, count(*) FROM facet_value GROUP BY facet, value_id, value",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let postgres = manager.get_database_backend() == DbBackend::Postgres;
        for table in LINKS.map(|(table, ..)| table).into_iter().chain(["article"]) {
            for event in ["insert", "update", "delete"] {
                let drop = if postgres {
                    format!("DROP TRIGGER facet_count_{event} ON {table}")
                } else {
                    format!("DROP TRIGGER facet_count_{table}_{event}")
                };
                db.execute_unprepared(&drop).await?;
            }
            if postgres {
                db.execute_unprepared(&format!("DROP TRIGGER facet_count_truncate ON {table}")).await?;
            }
        }
        if postgres {
            for (table, ..) in LINKS {
                db.execute_unprepared(&format!("DROP FUNCTION facet_count_{table}()")).await?;
            }
            for event in ["insert", "update", "delete", "truncate"] {
                db.execute_unprepared(&format!("DROP FUNCTION facet_count_{event}()")).await?;
            }
            db.execute_unprepared("DROP FUNCTION facet_own(bigint, bigint, text, text, integer)").await?;
        }
        db.execute_unprepared("DROP VIEW facet_value; DROP VIEW facet_article").await?;
        drop_tables(manager, &["facet_count"]).await?;
        for (name, ..) in INDEXES {
            db.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        manager.alter_table(Table::alter().table("article").drop_column("lapsed_at").take()).await
    }
}
