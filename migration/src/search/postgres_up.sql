-- The text search configuration of a BCP 47 tag: that of its language, where this server has one, else `simple`, which stems nothing.
-- The cases are written out, because a generated column takes only functions that never change their mind.
DO $do$
DECLARE
    cases text;
BEGIN
    SELECT string_agg(format('WHEN %L THEN %L::pg_catalog.regconfig', tag, 'pg_catalog.' || name), ' ' ORDER BY tag)
    INTO cases
    FROM (VALUES
        ('ar', 'arabic'), ('hy', 'armenian'), ('eu', 'basque'), ('ca', 'catalan'), ('da', 'danish'), ('nl', 'dutch'),
        ('en', 'english'), ('fi', 'finnish'), ('fr', 'french'), ('de', 'german'), ('el', 'greek'), ('hi', 'hindi'),
        ('hu', 'hungarian'), ('id', 'indonesian'), ('ga', 'irish'), ('it', 'italian'), ('lt', 'lithuanian'), ('ne', 'nepali'),
        ('no', 'norwegian'), ('nb', 'norwegian'), ('nn', 'norwegian'), ('pt', 'portuguese'), ('ro', 'romanian'),
        ('ru', 'russian'), ('sr', 'serbian'), ('es', 'spanish'), ('sv', 'swedish'), ('ta', 'tamil'), ('tr', 'turkish'),
        ('yi', 'yiddish')
    ) AS known (tag, name)
    JOIN pg_catalog.pg_ts_config ON cfgname = name AND cfgnamespace = 'pg_catalog'::regnamespace;
    EXECUTE format(
        $function$
            CREATE FUNCTION search_config(language text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT CASE lower(split_part(language, '-', 1)) %s ELSE 'pg_catalog.simple'::pg_catalog.regconfig END
            $body$
        $function$,
        cases
    );
END
$do$;

-- Text in which only letters and digits make words, as in SQLite's tokenizer: PostgreSQL's parser would make one word of
-- `Moscow/London`, `covid-19` or `example.org`. What the parser itself takes for space is left to it, because every character
-- in the list is compared with every character of the text.
CREATE FUNCTION search_plain(content text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT translate(content, 'ёЁ/-._:@&+<~' || chr(173), 'еЕ          ')
$body$;

-- The text of a body: what its paragraphs, headings, quotations and lists say. A text search vector holds at most a megabyte.
CREATE FUNCTION search_body(body jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(left(string_agg(
        concat_ws(' ', block ->> 'text', block ->> 'cite', (
            SELECT string_agg(item ->> 'text', ' ' ORDER BY place)
            FROM jsonb_array_elements(CASE jsonb_typeof(block -> 'items') WHEN 'array' THEN block -> 'items' ELSE '[]' END)
                WITH ORDINALITY AS items (item, place)
        )),
        ' ' ORDER BY place
    ), 200000), '')
    FROM jsonb_array_elements(CASE jsonb_typeof(body) WHEN 'array' THEN body ELSE '[]' END) WITH ORDINALITY AS blocks (block, place)
$body$;

ALTER TABLE article
    -- Headline (weight A) and standfirst (B).
    ADD COLUMN search_title tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector(search_config(language), search_plain(left(headline, 10000))), 'A')
        || setweight(to_tsvector(search_config(language), search_plain(left(coalesce(standfirst, ''), 10000))), 'B')
    ) STORED,
    -- All of the text.
    ADD COLUMN search_text tsvector GENERATED ALWAYS AS (
        to_tsvector(
            search_config(language),
            search_plain(left(headline, 10000) || ' ' || left(coalesce(standfirst, ''), 10000) || ' ' || search_body(body))
        )
    ) STORED;

-- Every search reads the whole list of pending entries, so it is kept short.
CREATE INDEX article_search_title_idx ON article USING gin (search_title) WITH (gin_pending_list_limit = 512);
CREATE INDEX article_search_text_idx ON article USING gin (search_text) WITH (gin_pending_list_limit = 512);
-- Words of names and headlines as they are, for suggestions while someone types.
CREATE INDEX article_headline_words_idx ON article USING gin (to_tsvector('pg_catalog.simple', search_plain(left(headline, 10000))))
    WITH (gin_pending_list_limit = 512);
CREATE INDEX section_name_words_idx ON section USING gin (to_tsvector('pg_catalog.simple', search_plain(name)));
CREATE INDEX topic_name_words_idx ON topic USING gin (to_tsvector('pg_catalog.simple', search_plain(name)));
CREATE INDEX story_title_words_idx ON story USING gin (to_tsvector('pg_catalog.simple', search_plain(title)));
CREATE INDEX place_name_words_idx ON place USING gin (to_tsvector('pg_catalog.simple', search_plain(name)));
