//! Terms are told apart by their names, not by what is left of these in a readable key.
//!
//! A row without a `name_key` has not been looked at: those that are there, those of a version before that still runs, and those whose
//! names are changed by hand. Imports and `newsgraph terms` fill them in before they look for names, as no database folds names as they do.
//! It is not unique: there are two towns of a name, and what is there stays. `name_claim` is: of two imports that make the term of a name at
//! once one succeeds.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::{drop_tables, on};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const KINDS: [&str; 5] = ["section", "topic", "place", "source", "contributor"];

const COLUMNS: [&str; 2] = ["name_key", "name_claim"];

/// What else finds a term: names that it had or that were merged into it, and identifiers of those.
const ALIASES: &str = "
    CREATE TABLE term_alias (
        kind text NOT NULL,
        key_type text NOT NULL,
        key text NOT NULL,
        term_id bigint NOT NULL,
        PRIMARY KEY (kind, key_type, key)
    );
    CREATE INDEX term_alias_kind_term_id_idx ON term_alias (kind, term_id);";

/// Articles whose terms of a kind are filed anew when they come again, whether they have changed or not.
const DUE: &str = "
    CREATE TABLE article_terms_due (
        article_id bigint NOT NULL REFERENCES article (id) ON DELETE CASCADE,
        kind text NOT NULL,
        PRIMARY KEY (article_id, kind)
    );";

/// A term that is renamed is still found by the name that it had.
const POSTGRES: &str = "
    CREATE FUNCTION term_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.name IS DISTINCT FROM OLD.name THEN
            NEW.name_claim := NULL;
            IF OLD.name_key IS NOT NULL THEN
                INSERT INTO term_alias (kind, key_type, key, term_id) VALUES (TG_TABLE_NAME, 'name', OLD.name_key, OLD.id)
                ON CONFLICT DO NOTHING;
            END IF;
            IF NEW.name_key IS NOT DISTINCT FROM OLD.name_key THEN
                NEW.name_key := NULL;
            END IF;
        END IF;
        RETURN NEW;
    END $$;
    CREATE FUNCTION term_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM term_alias WHERE kind = TG_TABLE_NAME AND term_id = OLD.id;
        RETURN NULL;
    END $$;";

const POSTGRES_KIND: &str = "
    CREATE TRIGGER term_renamed BEFORE UPDATE OF name ON {kind} FOR EACH ROW EXECUTE FUNCTION term_renamed();
    CREATE TRIGGER term_deleted AFTER DELETE ON {kind} FOR EACH ROW EXECUTE FUNCTION term_deleted();";

const SQLITE_KIND: &str = "
    CREATE TRIGGER term_renamed_{kind} AFTER UPDATE OF name ON {kind} WHEN NEW.name <> OLD.name BEGIN
        INSERT INTO term_alias (kind, key_type, key, term_id)
        SELECT '{kind}', 'name', OLD.name_key, OLD.id WHERE OLD.name_key IS NOT NULL
        ON CONFLICT DO NOTHING;
        UPDATE {kind} SET name_claim = NULL WHERE id = NEW.id AND name_claim IS NOT NULL;
        UPDATE {kind} SET name_key = NULL WHERE id = NEW.id AND name_key = OLD.name_key;
    END;
    CREATE TRIGGER term_deleted_{kind} AFTER DELETE ON {kind} BEGIN
        DELETE FROM term_alias WHERE kind = '{kind}' AND term_id = OLD.id;
    END;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared(ALIASES).await?;
        db.execute_unprepared(DUE).await?;
        on(DbBackend::Postgres, manager, POSTGRES).await?;
        for kind in KINDS {
            for column in COLUMNS {
                db.execute_unprepared(&format!("ALTER TABLE {kind} ADD COLUMN {column} text")).await?;
            }
            // There are far fewer terms than articles: these are no long locks.
            db.execute_unprepared(&format!("CREATE INDEX {kind}_name_key_idx ON {kind} (name_key)")).await?;
            let unique = format!("CREATE UNIQUE INDEX {kind}_name_claim_key ON {kind} (name_claim)");
            db.execute_unprepared(&unique).await?;
            on(DbBackend::Postgres, manager, &POSTGRES_KIND.replace("{kind}", kind)).await?;
            on(DbBackend::Sqlite, manager, &SQLITE_KIND.replace("{kind}", kind)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        on(DbBackend::Postgres, manager, "DROP FUNCTION term_renamed() CASCADE; DROP FUNCTION term_deleted() CASCADE")
            .await?;
        for kind in KINDS {
            let triggers = format!("DROP TRIGGER term_renamed_{kind}; DROP TRIGGER term_deleted_{kind}");
            on(DbBackend::Sqlite, manager, &triggers).await?;
            db.execute_unprepared(&format!("DROP INDEX {kind}_name_key_idx")).await?;
            db.execute_unprepared(&format!("DROP INDEX {kind}_name_claim_key")).await?;
            for column in COLUMNS {
                db.execute_unprepared(&format!("ALTER TABLE {kind} DROP COLUMN {column}")).await?;
            }
        }
        drop_tables(manager, &["term_alias", "article_terms_due"]).await
    }
}
