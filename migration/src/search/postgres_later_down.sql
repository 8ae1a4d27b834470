DROP TRIGGER article_search ON article;
DROP FUNCTION article_search();
DROP INDEX article_search_title_idx, article_search_text_idx;
ALTER TABLE article DROP COLUMN search_text, DROP COLUMN search_title, DROP COLUMN text_indexed;
DROP FUNCTION search_text(text, text, text, jsonb);
DROP FUNCTION search_title(text, text, text);
ALTER TABLE article ALTER COLUMN body SET COMPRESSION default;
ALTER TABLE article_version ALTER COLUMN item SET COMPRESSION default;

ALTER TABLE article
    ADD COLUMN search_title tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector(search_config(language), search_plain(left(headline, 10000))), 'A')
        || setweight(to_tsvector(search_config(language), search_plain(left(coalesce(standfirst, ''), 10000))), 'B')
    ) STORED,
    ADD COLUMN search_text tsvector GENERATED ALWAYS AS (
        to_tsvector(
            search_config(language),
            search_plain(left(headline, 10000) || ' ' || left(coalesce(standfirst, ''), 10000) || ' ' || search_body(body))
        )
    ) STORED;
CREATE INDEX article_search_title_idx ON article USING gin (search_title) WITH (gin_pending_list_limit = 512);
CREATE INDEX article_search_text_idx ON article USING gin (search_text) WITH (gin_pending_list_limit = 512);
