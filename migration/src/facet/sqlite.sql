-- By row, into the count itself: SQLite has one writer at a time and no triggers by statement. `INSERT OR REPLACE` runs no triggers for
-- what it replaces unless `recursive_triggers` is on; what is lost so is found again by the background job.
CREATE UNIQUE INDEX facet_count_facet_value_id_value_key ON facet_count (facet, value_id, value);

CREATE TRIGGER facet_count_article_insert AFTER INSERT ON article BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT facet, value_id, value, 1 FROM facet_value WHERE article_id = NEW.id
    ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles;
END;

CREATE TRIGGER facet_count_article_update AFTER UPDATE ON article
WHEN (NEW.status, NEW.section_id, NEW.genre, NEW.language) <> (OLD.status, OLD.section_id, OLD.genre, OLD.language)
    OR NEW.expires_at IS NOT OLD.expires_at OR NEW.lapsed_at IS NOT OLD.lapsed_at OR NEW.place_id IS NOT OLD.place_id
    OR NEW.source_id IS NOT OLD.source_id OR NEW.urgency IS NOT OLD.urgency
BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT facet, value_id, value, -1
    FROM (
        SELECT 'section' AS facet, OLD.section_id AS value_id, '' AS value
        UNION ALL SELECT 'source', OLD.source_id, ''
        UNION ALL SELECT 'genre', 0, OLD.genre
        UNION ALL SELECT 'language', 0, OLD.language
        UNION ALL SELECT 'urgency', OLD.urgency, ''
        UNION ALL SELECT 'place', OLD.place_id, ''
        UNION ALL SELECT 'place', place_id, '' FROM article_place WHERE article_id = OLD.id AND place_id IS NOT OLD.place_id
        UNION ALL SELECT 'topic', topic_id, '' FROM article_topic WHERE article_id = OLD.id
        UNION ALL SELECT 'story', story_id, '' FROM story_article WHERE article_id = OLD.id
    )
    WHERE value_id IS NOT NULL AND OLD.status = 'usable' AND (OLD.lapsed_at = OLD.expires_at) IS NOT TRUE
    ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles;
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT facet, value_id, value, 1 FROM facet_value WHERE article_id = NEW.id
    ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles;
END;

-- Before the links of the article go with it: they could not tell afterwards whether it was counted.
CREATE TRIGGER facet_count_article_delete BEFORE DELETE ON article BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT facet, value_id, value, -1 FROM facet_value WHERE article_id = OLD.id
    ON CONFLICT (facet, value_id, value) DO UPDATE SET articles = articles + excluded.articles;
END;
