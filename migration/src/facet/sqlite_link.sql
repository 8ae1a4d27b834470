CREATE TRIGGER facet_count_{table}_insert AFTER INSERT ON {table} BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT '{facet}', link.{column}, '', 1
    FROM (SELECT NEW.article_id AS article_id, NEW.{column} AS {column}) AS link
    JOIN facet_article AS article ON article.id = link.article_id
    WHERE {counted}
    ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles;
END;

CREATE TRIGGER facet_count_{table}_delete AFTER DELETE ON {table} BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT '{facet}', link.{column}, '', -1
    FROM (SELECT OLD.article_id AS article_id, OLD.{column} AS {column}) AS link
    JOIN facet_article AS article ON article.id = link.article_id
    WHERE {counted}
    ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles;
END;

CREATE TRIGGER facet_count_{table}_update AFTER UPDATE ON {table}
WHEN (NEW.article_id, NEW.{column}) <> (OLD.article_id, OLD.{column})
BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT '{facet}', link.{column}, '', link.change
    FROM (
        SELECT -1 AS change, OLD.article_id AS article_id, OLD.{column} AS {column}
        UNION ALL SELECT 1, NEW.article_id, NEW.{column}
    ) AS link
    JOIN facet_article AS article ON article.id = link.article_id
    WHERE {counted}
    ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles;
END;
