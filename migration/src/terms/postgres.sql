-- What is known of terms that need not be public: sections, topics, places, sources and contributors. A term without a row is public.
-- `listed` ones were made by an editor or are of a vocabulary: they are public, whatever has them. `doubtful` ones are public while an item
-- that the public may see has them, which is looked up when somebody asks; so here are all those that no item has for good.
CREATE TABLE term_status (
    kind text NOT NULL,
    term_id bigint NOT NULL,
    status text NOT NULL,
    PRIMARY KEY (kind, term_id)
);

-- The items that have a term. `lasting` ones are public, and stay so as far as is known.
CREATE VIEW term_use (kind, term_id, article_id, status, published_at, embargoed_until, expires_at, lasting) AS
    SELECT item.*, item.status = 'usable' AND item.published_at <= now() AND item.expires_at IS NULL
        AND (item.embargoed_until IS NULL OR item.embargoed_until <= now())
    FROM (
        SELECT 'section', section_id, id, status, published_at, embargoed_until, expires_at FROM article
        UNION ALL SELECT 'place', place_id, id, status, published_at, embargoed_until, expires_at FROM article
        UNION ALL SELECT 'source', source_id, id, status, published_at, embargoed_until, expires_at FROM article
        UNION ALL SELECT 'topic', link.topic_id, id, status, article.published_at, embargoed_until, expires_at
            FROM article_topic AS link JOIN article ON article.id = link.article_id
        UNION ALL SELECT 'place', link.place_id, id, status, article.published_at, embargoed_until, expires_at
            FROM article_place AS link JOIN article ON article.id = link.article_id
        UNION ALL SELECT 'contributor', link.contributor_id, id, status, published_at, embargoed_until, expires_at
            FROM article_contributor AS link JOIN article ON article.id = link.article_id
        UNION ALL SELECT 'section', section_id, NULL, status, published_at, embargoed_until, expires_at FROM gallery
    ) AS item (kind, term_id, article_id, status, published_at, embargoed_until, expires_at);

-- Those of `terms` that no item has for good become doubtful.
CREATE FUNCTION doubt_terms(of_kind text, terms bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(terms) > 0 THEN
        INSERT INTO term_status (kind, term_id, status)
            SELECT DISTINCT of_kind, term.id, 'doubtful' FROM unnest(terms) AS term (id)
            WHERE term.id IS NOT NULL
                AND NOT EXISTS (SELECT FROM term_use WHERE kind = of_kind AND term_id = term.id AND lasting)
            ON CONFLICT DO NOTHING;
    END IF;
END $$;

CREATE FUNCTION doubt_terms_of_articles() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hidden bigint[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM doubt_terms('section', ARRAY(SELECT section_id FROM old_rows));
        PERFORM doubt_terms('place', ARRAY(SELECT place_id FROM old_rows));
        PERFORM doubt_terms('source', ARRAY(SELECT source_id FROM old_rows));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        hidden := ARRAY(
            SELECT id FROM new_rows
            WHERE NOT (status = 'usable' AND published_at <= now() AND expires_at IS NULL
                AND (embargoed_until IS NULL OR embargoed_until <= now()))
        );
        IF cardinality(hidden) > 0 THEN
            PERFORM doubt_terms('section', ARRAY(SELECT section_id FROM article WHERE id = ANY (hidden)));
            PERFORM doubt_terms('place', ARRAY(SELECT place_id FROM article WHERE id = ANY (hidden)));
            PERFORM doubt_terms('source', ARRAY(SELECT source_id FROM article WHERE id = ANY (hidden)));
            PERFORM doubt_terms('topic', ARRAY(SELECT topic_id FROM article_topic WHERE article_id = ANY (hidden)));
            PERFORM doubt_terms('place', ARRAY(SELECT place_id FROM article_place WHERE article_id = ANY (hidden)));
            PERFORM doubt_terms('contributor', ARRAY(SELECT contributor_id FROM article_contributor WHERE article_id = ANY (hidden)));
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER doubt_insert AFTER INSERT ON article
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_articles();
CREATE TRIGGER doubt_update AFTER UPDATE ON article
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_articles();
CREATE TRIGGER doubt_delete AFTER DELETE ON article
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_articles();

CREATE FUNCTION doubt_terms_of_galleries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM doubt_terms('section', ARRAY(SELECT section_id FROM old_rows));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM doubt_terms('section', ARRAY(SELECT section_id FROM new_rows));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER doubt_insert AFTER INSERT ON gallery
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_galleries();
CREATE TRIGGER doubt_update AFTER UPDATE ON gallery
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_galleries();
CREATE TRIGGER doubt_delete AFTER DELETE ON gallery
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_galleries();

-- A link: the arguments of its trigger are the kind of the term and the column that has it.
CREATE FUNCTION doubt_terms_of_links() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    terms bigint[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('SELECT ARRAY(SELECT %I FROM old_rows)', TG_ARGV[1]) INTO terms;
        PERFORM doubt_terms(TG_ARGV[0], terms);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format(
            'SELECT ARRAY(SELECT new_rows.%I FROM new_rows JOIN article ON article.id = new_rows.article_id
                WHERE NOT (status = ''usable'' AND article.published_at <= now() AND expires_at IS NULL
                    AND (embargoed_until IS NULL OR embargoed_until <= now())))', TG_ARGV[1]
        ) INTO terms;
        PERFORM doubt_terms(TG_ARGV[0], terms);
    END IF;
    RETURN NULL;
END $$;
DO $$
DECLARE
    link record;
BEGIN
    FOR link IN SELECT * FROM (VALUES
        ('article_topic', 'topic', 'topic_id'),
        ('article_place', 'place', 'place_id'),
        ('article_contributor', 'contributor', 'contributor_id')
    ) AS links (name, kind, term)
    LOOP
        EXECUTE format('CREATE TRIGGER doubt_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_links(%L, %L)', link.name, link.kind, link.term);
        EXECUTE format('CREATE TRIGGER doubt_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_links(%L, %L)', link.name, link.kind, link.term);
        EXECUTE format('CREATE TRIGGER doubt_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows
            FOR EACH STATEMENT EXECUTE FUNCTION doubt_terms_of_links(%L, %L)', link.name, link.kind, link.term);
    END LOOP;
END $$;

-- Which terms are public has changed. Statements that find nothing to change run triggers too.
CREATE FUNCTION change_term_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        INSERT INTO change (kind, key) VALUES ('terms', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER change_insert AFTER INSERT ON term_status
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION change_term_status();
CREATE TRIGGER change_update AFTER UPDATE ON term_status
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION change_term_status();
CREATE TRIGGER change_delete AFTER DELETE ON term_status
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION change_term_status();
CREATE FUNCTION change_all_term_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO change (kind, key) VALUES ('terms', '');
    RETURN NULL;
END $$;
CREATE TRIGGER change_truncate AFTER TRUNCATE ON term_status
    FOR EACH STATEMENT EXECUTE FUNCTION change_all_term_status();

INSERT INTO term_status (kind, term_id, status) SELECT 'topic', id, 'listed' FROM topic WHERE qcode LIKE 'medtop:%';
SELECT doubt_terms('section', ARRAY(SELECT DISTINCT section_id FROM article)),
    doubt_terms('topic', ARRAY(SELECT DISTINCT topic_id FROM article_topic)),
    doubt_terms('place', ARRAY(SELECT DISTINCT place_id FROM article UNION SELECT place_id FROM article_place)),
    doubt_terms('source', ARRAY(SELECT DISTINCT source_id FROM article)),
    doubt_terms('contributor', ARRAY(SELECT DISTINCT contributor_id FROM article_contributor));
