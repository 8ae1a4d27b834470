DROP TRIGGER article_search ON article;
ALTER TABLE article DROP COLUMN search_folded;
CREATE FUNCTION search_text(language text, headline text, standfirst text, body jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT to_tsvector(
        search_config(language),
        search_plain(left(headline, 10000) || ' ' || left(coalesce(standfirst, ''), 10000) || ' ' || search_body(body))
    )
$body$;
CREATE OR REPLACE FUNCTION search_title(language text, headline text, standfirst text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT setweight(to_tsvector(search_config(language), search_plain(left(headline, 10000))), 'A')
        || setweight(to_tsvector(search_config(language), search_plain(left(coalesce(standfirst, ''), 10000))), 'B')
$body$;
CREATE OR REPLACE FUNCTION article_search() RETURNS trigger LANGUAGE plpgsql AS $body$
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
DROP FUNCTION search_folded(text, text);
DROP FUNCTION search_article(text, text, text, jsonb);
DROP FUNCTION search_fold(text);
DROP FUNCTION search_words(text);
ALTER TABLE article DISABLE TRIGGER USER;
UPDATE article SET text_indexed = false;
ALTER TABLE article ENABLE TRIGGER USER;
