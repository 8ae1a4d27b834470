-- The articles are locked first: whether they are counted must not change between now and the end of the transaction, because the
-- transaction that changes it does not see these links yet. In the order of their keys, so that two transactions do not wait for each other.
CREATE FUNCTION facet_count_{table}() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM article WHERE id IN (SELECT article_id FROM new_rows) ORDER BY id FOR NO KEY UPDATE;
        INSERT INTO facet_count (facet, value_id, value, articles)
        SELECT '{facet}', link.{column}, '', count(*)
        FROM new_rows AS link JOIN facet_article AS article ON article.id = link.article_id
        WHERE {counted}
        GROUP BY link.{column};
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM FROM article WHERE id IN (SELECT article_id FROM old_rows) ORDER BY id FOR NO KEY UPDATE;
        INSERT INTO facet_count (facet, value_id, value, articles)
        SELECT '{facet}', link.{column}, '', -count(*)
        FROM old_rows AS link JOIN facet_article AS article ON article.id = link.article_id
        WHERE {counted}
        GROUP BY link.{column};
    ELSE
        PERFORM FROM article
        WHERE id IN (
            (SELECT article_id FROM (SELECT article_id, {column} FROM old_rows EXCEPT SELECT article_id, {column} FROM new_rows) AS gone)
            UNION
            (SELECT article_id FROM (SELECT article_id, {column} FROM new_rows EXCEPT SELECT article_id, {column} FROM old_rows) AS come)
        )
        ORDER BY id FOR NO KEY UPDATE;
        INSERT INTO facet_count (facet, value_id, value, articles)
        SELECT '{facet}', link.{column}, '', sum(link.change)
        FROM (
            SELECT -1 AS change, article_id, {column}
            FROM (SELECT article_id, {column} FROM old_rows EXCEPT SELECT article_id, {column} FROM new_rows) AS gone
            UNION ALL
            SELECT 1, article_id, {column}
            FROM (SELECT article_id, {column} FROM new_rows EXCEPT SELECT article_id, {column} FROM old_rows) AS come
        ) AS link
        JOIN facet_article AS article ON article.id = link.article_id
        WHERE {counted}
        GROUP BY link.{column}
        HAVING sum(link.change) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER facet_count_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION facet_count_{table}();
CREATE TRIGGER facet_count_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION facet_count_{table}();
CREATE TRIGGER facet_count_delete AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION facet_count_{table}();
CREATE TRIGGER facet_count_truncate AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION facet_count_truncate('{facet}');
