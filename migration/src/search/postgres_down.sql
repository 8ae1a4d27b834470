DROP INDEX place_name_words_idx;
DROP INDEX story_title_words_idx;
DROP INDEX topic_name_words_idx;
DROP INDEX section_name_words_idx;
DROP INDEX article_headline_words_idx;
ALTER TABLE article DROP COLUMN search_text, DROP COLUMN search_title;
DROP FUNCTION search_body(jsonb);
DROP FUNCTION search_plain(text);
DROP FUNCTION search_config(text);
