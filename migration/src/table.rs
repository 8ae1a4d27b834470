//! What several steps need to say about tables.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

/// `table.column` holds the id of a row of `target`.
pub(crate) fn references(
    table: &'static str,
    column: &'static str,
    target: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}_fkey"))
        .from(table, column)
        .to(target, "id")
        .on_delete(on_delete)
        .take()
}

/// `table` repeats its article's `published_at`, so that one index can list articles by it; the database keeps the two equal.
pub(crate) fn published_article(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_article_id_published_at_fkey"))
        .from(table, ("article_id", "published_at"))
        .to("article", ("id", "published_at"))
        .on_delete(ForeignKeyAction::Cascade)
        .on_update(ForeignKeyAction::Cascade)
        .take()
}

pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).take()).await?;
    }
    Ok(())
}

/// Runs `sql` where the database is of this kind.
pub(crate) async fn on(backend: DbBackend, manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() == backend {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}
