-- Stemming a whole text takes longer than all the rest of saving an article, so a bulk load leaves it for later: with
-- `SET LOCAL newsgraph.index_texts_later = on` articles are found by headline and standfirst at once, and `text_indexed` is false
-- until their texts are indexed as well. What is written in any other way is indexed at once, as before.
CREATE FUNCTION search_title(language text, headline text, standfirst text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT setweight(to_tsvector(search_config(language), search_plain(left(headline, 10000))), 'A')
        || setweight(to_tsvector(search_config(language), search_plain(left(coalesce(standfirst, ''), 10000))), 'B')
$body$;

CREATE FUNCTION search_text(language text, headline text, standfirst text, body jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT to_tsvector(
        search_config(language),
        search_plain(left(headline, 10000) || ' ' || left(coalesce(standfirst, ''), 10000) || ' ' || search_body(body))
    )
$body$;

ALTER TABLE article
    ALTER COLUMN search_title DROP EXPRESSION,
    ALTER COLUMN search_text DROP EXPRESSION,
    ADD COLUMN text_indexed boolean NOT NULL DEFAULT true;
CREATE INDEX article_text_not_indexed_idx ON article (id) WHERE NOT text_indexed;

CREATE FUNCTION article_search() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.search_title := search_title(NEW.language, NEW.headline, NEW.standfirst);
    NEW.text_indexed := current_setting('newsgraph.index_texts_later', true) IS DISTINCT FROM 'on';
    IF NEW.text_indexed THEN
        NEW.search_text := search_text(NEW.language, NEW.headline, NEW.standfirst, NEW.body);
    ELSE
        NEW.search_text := setweight(NEW.search_title, 'D');
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER article_search BEFORE INSERT OR UPDATE OF language, headline, standfirst, body ON article
    FOR EACH ROW EXECUTE FUNCTION article_search();

-- Bodies are compressed with LZ4 where this server has it: a third of the time of saving an article was spent in compressing it.
DO $do$
DECLARE
    wide text[];
BEGIN
    FOREACH wide SLICE 1 IN ARRAY ARRAY[['article', 'body'], ['article', 'search_text'], ['article_version', 'item']] LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET COMPRESSION lz4', wide[1], wide[2]);
    END LOOP;
EXCEPTION
    WHEN feature_not_supported OR syntax_error OR invalid_parameter_value THEN NULL;
END
$do$;
