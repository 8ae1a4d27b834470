//! The words of tables are found: their captions and their cells. SQLite finds texts at any depth already.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::table::on;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// As before, with what tables hold. No text that is indexed changes: until now no body had a table.
const WITH_TABLES: &str = "
    CREATE OR REPLACE FUNCTION search_body(body jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
        SELECT coalesce(left(string_agg(
            concat_ws(' ', block ->> 'text', block ->> 'cite', (
                SELECT string_agg(item ->> 'text', ' ' ORDER BY place)
                FROM jsonb_array_elements(CASE jsonb_typeof(block -> 'items') WHEN 'array' THEN block -> 'items' ELSE '[]' END)
                    WITH ORDINALITY AS items (item, place)
            ), CASE block ->> 'type' WHEN 'table' THEN concat_ws(' ', block ->> 'caption', (
                SELECT string_agg(cell #>> '{}', ' ' ORDER BY part, place)
                FROM (VALUES (1, 'lax $.header[*][*].text'::jsonpath), (2, 'lax $.rows[*][*].text'::jsonpath)) AS parts (part, path)
                CROSS JOIN LATERAL jsonb_path_query(block, path) WITH ORDINALITY AS cells (cell, place)
            )) END),
            ' ' ORDER BY place
        ), 200000), '')
        FROM jsonb_array_elements(CASE jsonb_typeof(body) WHEN 'array' THEN body ELSE '[]' END) WITH ORDINALITY AS blocks (block, place)
    $body$;";

const WITHOUT: &str = "
    CREATE OR REPLACE FUNCTION search_body(body jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
        SELECT coalesce(left(string_agg(
            concat_ws(' ', block ->> 'text', block ->> 'cite', (
                SELECT string_agg(item ->> 'text', ' ' ORDER BY place)
                FROM jsonb_array_elements(CASE jsonb_typeof(block -> 'items') WHEN 'array' THEN block -> 'items' ELSE '[]' END)
                    WITH ORDINALITY AS items (item, place)
            )),
            ' ' ORDER BY place
        ), 200000), '')
        FROM jsonb_array_elements(CASE jsonb_typeof(body) WHEN 'array' THEN body ELSE '[]' END) WITH ORDINALITY AS blocks (block, place)
    $body$;";

/// The caption has a key of its own, which other blocks have for what is not searched.
const SQLITE: &str = "
    DROP VIEW article_search;
    CREATE VIEW article_search AS
    SELECT
        id,
        replace(replace(headline, 'ё', 'е'), 'Ё', 'Е') AS headline,
        replace(replace(coalesce(standfirst, ''), 'ё', 'е'), 'Ё', 'Е') AS standfirst,
        (
            SELECT replace(replace(coalesce(group_concat(piece.value, ' '), ''), 'ё', 'е'), 'Ё', 'Е')
            FROM json_tree(CASE WHEN json_valid(article.body) THEN article.body ELSE '[]' END) AS piece
            WHERE piece.type = 'text' AND (
                piece.key IN ('text', 'cite')
                OR (piece.key = 'caption' AND json_extract(article.body, piece.path || '.type') = 'table')
            )
        ) AS body
    FROM article;";

const SQLITE_WITHOUT: &str = "
    DROP VIEW article_search;
    CREATE VIEW article_search AS
    SELECT
        id,
        replace(replace(headline, 'ё', 'е'), 'Ё', 'Е') AS headline,
        replace(replace(coalesce(standfirst, ''), 'ё', 'е'), 'Ё', 'Е') AS standfirst,
        (
            SELECT replace(replace(coalesce(group_concat(piece.value, ' '), ''), 'ё', 'е'), 'Ё', 'Е')
            FROM json_tree(CASE WHEN json_valid(article.body) THEN article.body ELSE '[]' END) AS piece
            WHERE piece.key IN ('text', 'cite') AND piece.type = 'text'
        ) AS body
    FROM article;";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, WITH_TABLES).await?;
        on(DbBackend::Sqlite, manager, SQLITE).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on(DbBackend::Postgres, manager, WITHOUT).await?;
        on(DbBackend::Sqlite, manager, SQLITE_WITHOUT).await
    }
}
