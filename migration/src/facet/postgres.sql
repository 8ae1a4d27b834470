-- By statement, so that a batch of an import adds one row for each value. Rows are only appended, so writers never wait for each other's
-- counts; a background job sums them up.

-- Plans are kept for a session. One that was made while an import had only begun would read whole tables later, hence the settings of the functions.

-- What an article is counted by, without its topics, stories and places.
CREATE FUNCTION facet_own(section_id bigint, source_id bigint, genre text, language text, urgency integer)
RETURNS TABLE (facet text, value_id bigint, value text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT own.facet, own.value_id, own.value
    FROM (VALUES
        ('section', section_id, ''),
        ('source', source_id, ''),
        ('genre', 0, genre),
        ('language', 0, language),
        ('urgency', urgency::bigint, '')
    ) AS own (facet, value_id, value)
    WHERE own.value_id IS NOT NULL
$$;

CREATE FUNCTION facet_count_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A new article has no topics, stories and places yet.
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT own.facet, own.value_id, own.value, count(*)
    FROM new_rows AS article
    CROSS JOIN LATERAL (
        SELECT * FROM facet_own(article.section_id, article.source_id, article.genre, article.language, article.urgency)
        UNION ALL SELECT 'place', article.place_id, '' WHERE article.place_id IS NOT NULL
    ) AS own
    WHERE article.status = 'usable' AND (article.lapsed_at = article.expires_at) IS NOT TRUE
    GROUP BY own.facet, own.value_id, own.value;
    RETURN NULL;
END $$;

CREATE FUNCTION facet_count_update() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    WITH changed AS (
        SELECT id FROM old_rows JOIN new_rows USING (id)
        WHERE (old_rows.status, old_rows.expires_at, old_rows.lapsed_at, old_rows.section_id, old_rows.place_id, old_rows.source_id,
                old_rows.genre, old_rows.language, old_rows.urgency)
            IS DISTINCT FROM (new_rows.status, new_rows.expires_at, new_rows.lapsed_at, new_rows.section_id, new_rows.place_id,
                new_rows.source_id, new_rows.genre, new_rows.language, new_rows.urgency)
    ), article AS (
        SELECT -1 AS change, id, section_id, place_id, source_id, genre, language, urgency FROM old_rows JOIN changed USING (id)
        WHERE status = 'usable' AND (lapsed_at = expires_at) IS NOT TRUE
        UNION ALL
        SELECT 1, id, section_id, place_id, source_id, genre, language, urgency FROM new_rows JOIN changed USING (id)
        WHERE status = 'usable' AND (lapsed_at = expires_at) IS NOT TRUE
    )
    SELECT counted.facet, counted.value_id, counted.value, sum(article.change)
    FROM article
    CROSS JOIN LATERAL (
        SELECT * FROM facet_own(article.section_id, article.source_id, article.genre, article.language, article.urgency)
        UNION ALL SELECT 'place', article.place_id, '' WHERE article.place_id IS NOT NULL
        UNION ALL
        SELECT 'place', place_id, '' FROM article_place
        WHERE article_id = article.id AND place_id IS DISTINCT FROM article.place_id
        UNION ALL SELECT 'topic', topic_id, '' FROM article_topic WHERE article_id = article.id
        UNION ALL SELECT 'story', story_id, '' FROM story_article WHERE article_id = article.id
    ) AS counted
    GROUP BY counted.facet, counted.value_id, counted.value
    HAVING sum(article.change) <> 0;
    RETURN NULL;
END $$;

-- Before the links of the article go with it: they could not tell afterwards whether it was counted.
CREATE FUNCTION facet_count_delete() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT facet, value_id, value, -1 FROM facet_value WHERE article_id = OLD.id;
    RETURN OLD;
END $$;

-- A table that is emptied at once has no rows to count by.
CREATE FUNCTION facet_count_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM facet_count WHERE facet = TG_ARGV[0] OR TG_ARGV[0] = 'all';
    INSERT INTO facet_count (facet, value_id, value, articles)
    SELECT facet, value_id, value, count(*) FROM facet_value WHERE facet = TG_ARGV[0] GROUP BY facet, value_id, value;
    RETURN NULL;
END $$;

CREATE TRIGGER facet_count_insert AFTER INSERT ON article
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION facet_count_insert();
CREATE TRIGGER facet_count_update AFTER UPDATE ON article
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION facet_count_update();
CREATE TRIGGER facet_count_delete BEFORE DELETE ON article FOR EACH ROW EXECUTE FUNCTION facet_count_delete();
CREATE TRIGGER facet_count_truncate AFTER TRUNCATE ON article
    FOR EACH STATEMENT EXECUTE FUNCTION facet_count_truncate('all');
