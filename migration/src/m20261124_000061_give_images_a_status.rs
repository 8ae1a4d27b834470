//! Pictures can be held back and killed by themselves, wherever they are shown.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The items of galleries and their numbers depend on what may be shown; that a picture has changed is noted as before.
const POSTGRES: &str = "
    ALTER TABLE image ADD COLUMN status text NOT NULL DEFAULT 'usable';
    CREATE FUNCTION change_image_status() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        moved bigint[];
    BEGIN
        moved := ARRAY(SELECT id FROM old_rows JOIN new_rows USING (id) WHERE old_rows.status <> new_rows.status);
        IF cardinality(moved) > 0 THEN
            INSERT INTO change (kind, key)
            SELECT DISTINCT 'gallery', gallery_id::text FROM gallery_item WHERE image_id = ANY (moved);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER change_status AFTER UPDATE ON image
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION change_image_status();";

const SQLITE: &str = "
    ALTER TABLE image ADD COLUMN status text NOT NULL DEFAULT 'usable';
    CREATE TRIGGER change_image_status AFTER UPDATE OF status ON image WHEN OLD.status <> NEW.status BEGIN
        INSERT INTO change (kind, key)
        SELECT DISTINCT 'gallery', CAST(gallery_id AS text) FROM gallery_item WHERE image_id = NEW.id;
    END;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = if manager.get_database_backend() == DbBackend::Postgres { POSTGRES } else { SQLITE };
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let trigger = if manager.get_database_backend() == DbBackend::Postgres {
            "DROP FUNCTION change_image_status() CASCADE"
        } else {
            "DROP TRIGGER change_image_status"
        };
        let sql = format!("{trigger}; ALTER TABLE image DROP COLUMN status;");
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }
}
