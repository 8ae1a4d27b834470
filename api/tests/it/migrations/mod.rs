//! The history of the database, up and down again, and by several at once.

mod broken_off;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::ConnectionTrait as _;

use crate::support::{Kind, TestDb};

#[tokio::test]
async fn migrations_go_up_from_empty_and_down_again() {
    for kind in Kind::BOTH {
        let database = TestDb::empty(kind).await;
        Migrator::up(&database.db, None).await.unwrap();
        Migrator::down(&database.db, None).await.unwrap();
        Migrator::up(&database.db, None).await.unwrap();
        assert!(Migrator::get_pending_migrations(&database.db).await.unwrap().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn servers_that_start_together_migrate_once() {
    for kind in Kind::BOTH {
        let database = TestDb::empty(kind).await;
        let starts = (0..3).map(|_| async {
            // As programs of their own do.
            let db = api::database::connect(database.url(), 2).await.unwrap();
            api::database::migrate(&db).await
        });
        for started in futures_util::future::join_all(starts).await {
            started.unwrap();
        }
    }
}

#[tokio::test]
async fn a_database_that_is_newer_than_the_program_is_refused() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database
            .sql("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_from_the_future', 0)")
            .await;
        let problem = api::database::migrate(&database.db).await.unwrap_err().to_string();
        assert!(problem.contains("m29990101_000001_from_the_future"), "{kind:?}: {problem}");
    }
}

#[tokio::test]
async fn the_database_keeps_the_times_of_links_equal_to_those_of_articles() {
    for kind in Kind::BOTH {
        let database = TestDb::migrated(kind).await;
        database.sql("INSERT INTO section (id, slug, name, position) VALUES (1, 'world', 'World', 1)").await;
        database.sql("INSERT INTO topic (id, slug, name) VALUES (1, 'diplomacy', 'Diplomacy')").await;
        database.sql(&crate::paging::article_row(1, "2026-01-01T00:00:00+00:00")).await;
        database
            .sql("INSERT INTO article_topic (article_id, topic_id, position, published_at) VALUES (1, 1, 1, '2026-01-01T00:00:00+00:00')")
            .await;
        database.sql("UPDATE article SET published_at = '2026-01-02T00:00:00+00:00' WHERE id = 1").await;
        let moved = database
            .db
            .query_one_raw(sea_orm::Statement::from_string(
                database.db.get_database_backend(),
                "SELECT 1 FROM article_topic WHERE published_at = '2026-01-02T00:00:00+00:00'",
            ))
            .await
            .unwrap();
        assert!(moved.is_some(), "{kind:?}");
    }
}
