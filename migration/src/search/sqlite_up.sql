-- The words of articles, unstemmed: FTS5 stems English alone, so a search asks for all forms of a word that are there.
-- Accents are kept, as PostgreSQL keeps them. The texts themselves are not stored twice (`content=''`).
CREATE VIRTUAL TABLE article_words USING fts5(
    headline, standfirst, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
);
-- Every word, with the number of articles that have it.
CREATE VIRTUAL TABLE article_vocabulary USING fts5vocab(article_words, 'row');

-- What an article is found by; ё is written е as often as not.
CREATE VIEW article_search AS
SELECT
    id,
    replace(replace(headline, 'ё', 'е'), 'Ё', 'Е') AS headline,
    replace(replace(coalesce(standfirst, ''), 'ё', 'е'), 'Ё', 'Е') AS standfirst,
    (
        SELECT replace(replace(coalesce(group_concat(piece.value, ' '), ''), 'ё', 'е'), 'Ё', 'Е')
        FROM json_tree(CASE WHEN json_valid(article.body) THEN article.body ELSE '[]' END) AS piece
        WHERE piece.key IN ('text', 'cite') AND piece.type = 'text'
    ) AS body
FROM article;

CREATE TRIGGER article_words_insert AFTER INSERT ON article BEGIN
    INSERT OR REPLACE INTO article_words (rowid, headline, standfirst, body)
    SELECT id, headline, standfirst, body FROM article_search WHERE id = new.id;
END;
CREATE TRIGGER article_words_update AFTER UPDATE OF id, headline, standfirst, body ON article
WHEN (old.id, old.headline, old.standfirst, old.body) IS NOT (new.id, new.headline, new.standfirst, new.body)
BEGIN
    DELETE FROM article_words WHERE rowid = old.id;
    INSERT OR REPLACE INTO article_words (rowid, headline, standfirst, body)
    SELECT id, headline, standfirst, body FROM article_search WHERE id = new.id;
END;
CREATE TRIGGER article_words_delete AFTER DELETE ON article BEGIN
    DELETE FROM article_words WHERE rowid = old.id;
END;

INSERT INTO article_words (rowid, headline, standfirst, body) SELECT id, headline, standfirst, body FROM article_search;
