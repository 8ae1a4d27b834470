-- Text as it is indexed: each rule has its twin for SQLite in this migration, and for queries in `api/src/search/script.rs`.
CREATE FUNCTION search_words(content text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    -- U.S. is US.
    IF strpos(content, '.') > 0 THEN
        content := regexp_replace(content, '\.([A-Z])(?=\.)', '\1', 'g');
    END IF;
    -- Few texts have anything of what follows.
    IF octet_length(content) <> length(content)
        AND content ~ '[UNUSUALPOINTSUNSPACED\u0130\u0131\u0300\u0301\u0622-\u0625\u0640\u0647\u0649\u064b-\u065f\u0670\u0671\u06a9\u06cc\u093c]' THEN
        -- One form of letters that are written in several: of half and full width, ligatures, Arabic letters by their place in a word.
        IF content ~ '[UNUSUAL]' THEN
            content := (
                SELECT string_agg(coalesce(normalize(run[1], NFKC), run[2]), '' ORDER BY place)
                FROM regexp_matches(
                    content,
                    '([UNUSUAL]+)|([^UNUSUAL]+)',
                    'g'
                ) WITH ORDINALITY AS runs (run, place)
            );
        END IF;
        -- Of Arabic, of Turkish, of Hindi.
        IF content ~ '[\u0130\u0131\u0300\u0301\u0622-\u0625\u0640\u0649\u064b-\u065f\u0670\u0671\u06a9\u06cc\u093c]' THEN
            content := translate(
                content,
                U&'\0130\0131\0622\0623\0625\0671\0649\06cc\06a9\0624\0300\0301\0640\064b\064c\064d\064e\064f\0650\0651\0652\0653\0654\0655\0656\0657\0658\0659\065a\065b\065c\065d\065e\065f\0670\093c',
                U&'Ii\0627\0627\0627\0627\064a\064a\0643\0648'
            );
        END IF;
        -- Of Hebrew.
        IF content ~ '[POINTS]' THEN
            content := regexp_replace(content, '[POINTS]', '', 'g');
        END IF;
        -- At the end of a word heh stands for teh marbuta as often as for itself.
        IF strpos(content, U&'\0647') > 0 THEN
            content := regexp_replace(content, '\u0647(?=[ENDS]|$)', U&'\0629', 'g');
        END IF;
        -- Scripts without spaces between words: two letters each, and the last one.
        IF content ~ '[UNSPACED]' THEN
            content := regexp_replace(content, '[MARKS]', '', 'g');
            content := (
                SELECT string_agg(
                    CASE
                        WHEN NOT is_unspaced THEN letter
                        WHEN next_is_unspaced THEN ' ' || letter || next || ' '
                        ELSE ' ' || letter || ' '
                    END,
                    '' ORDER BY place
                )
                FROM (
                    SELECT
                        letter, place, is_unspaced,
                        lead(letter) OVER (ORDER BY place) AS next,
                        lead(is_unspaced) OVER (ORDER BY place) AS next_is_unspaced
                    FROM (
                        SELECT letter, place, letter ~ '[UNSPACED]' AS is_unspaced
                        FROM regexp_split_to_table(content, '') WITH ORDINALITY AS letters (letter, place)
                    ) AS letters
                ) AS pairs
            );
        END IF;
    END IF;
    RETURN search_plain(content);
END
$body$;

-- Text without the marks of its Latin and Greek letters.
CREATE FUNCTION search_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT replace(replace(replace(replace(translate(
        normalize(regexp_replace(normalize(lower(words), NFD), '([a-z\u0370-\u03ff])[\u0300-\u036f]+', '\1', 'g'), NFC),
        'øłđðħŧŋ', 'olddhtn'
    ), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')
$body$;

CREATE OR REPLACE FUNCTION search_title(language text, headline text, standfirst text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT setweight(to_tsvector(search_config(language), search_words(left(headline, 10000))), 'A')
        || setweight(to_tsvector(search_config(language), search_words(left(coalesce(standfirst, ''), 10000))), 'B')
$body$;

-- All that an article is found by.
CREATE FUNCTION search_article(headline text, standfirst text, byline text, body jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT search_words(
        left(headline, 10000) || ' ' || left(coalesce(standfirst, ''), 10000) || ' ' || left(coalesce(byline, ''), 1000) || ' '
            || search_body(body)
    )
$body$;

-- What `search_article` gives without the marks of letters; null where there are none.
CREATE FUNCTION search_folded(language text, content text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    IF octet_length(content) = length(content) OR content !~ '[\u00c0-\u024f\u0386-\u0390\u03aa-\u03b0\u03ca-\u03ce\u1e00-\u1eff]' THEN
        RETURN NULL;
    END IF;
    RETURN to_tsvector(search_config(language), search_fold(content));
END
$body$;

ALTER TABLE article ADD COLUMN search_folded tsvector;
CREATE INDEX article_search_folded_idx ON article USING gin (search_folded) WITH (gin_pending_list_limit = 512)
    WHERE search_folded IS NOT NULL;

DROP TRIGGER article_search ON article;
DROP FUNCTION search_text(text, text, text, jsonb);
CREATE OR REPLACE FUNCTION article_search() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    content text;
BEGIN
    NEW.search_title := search_title(NEW.language, NEW.headline, NEW.standfirst);
    NEW.text_indexed := current_setting('newsgraph.index_texts_later', true) IS DISTINCT FROM 'on';
    IF NEW.text_indexed THEN
        content := search_article(NEW.headline, NEW.standfirst, NEW.byline, NEW.body);
        NEW.search_text := to_tsvector(search_config(NEW.language), content);
        NEW.search_folded := search_folded(NEW.language, content);
    ELSE
        -- The rest is done in the background.
        NEW.search_text := setweight(NEW.search_title, 'D');
        NEW.search_folded := NULL;
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER article_search BEFORE INSERT OR UPDATE OF language, headline, standfirst, byline, body ON article
    FOR EACH ROW EXECUTE FUNCTION article_search();

-- What is there already is found as before until a server has indexed it again in the background.
ALTER TABLE article DISABLE TRIGGER USER;
UPDATE article SET text_indexed = false
WHERE byline IS NOT NULL
    OR octet_length(headline) <> length(headline) OR headline ~ '\.[A-Z]\.'
    OR octet_length(standfirst) <> length(standfirst) OR standfirst ~ '\.[A-Z]\.'
    OR octet_length(body::text) <> length(body::text) OR body::text ~ '\.[A-Z]\.';
ALTER TABLE article ENABLE TRIGGER USER;
