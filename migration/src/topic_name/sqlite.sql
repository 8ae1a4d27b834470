-- As for other names: accents are kept, ё is written е as often as not, and the texts themselves are not stored twice (`content=''`).
CREATE VIRTUAL TABLE topic_name_words USING fts5(
    name, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3'
);
CREATE TRIGGER topic_name_words_insert AFTER INSERT ON topic_name BEGIN
    INSERT OR REPLACE INTO topic_name_words (rowid, name) VALUES (new.id, replace(replace(new.name, 'ё', 'е'), 'Ё', 'Е'));
END;
CREATE TRIGGER topic_name_words_update AFTER UPDATE OF id, name ON topic_name BEGIN
    DELETE FROM topic_name_words WHERE rowid = old.id;
    INSERT OR REPLACE INTO topic_name_words (rowid, name) VALUES (new.id, replace(replace(new.name, 'ё', 'е'), 'Ё', 'Е'));
END;
CREATE TRIGGER topic_name_words_delete AFTER DELETE ON topic_name BEGIN
    DELETE FROM topic_name_words WHERE rowid = old.id;
END;
