DROP TRIGGER article_removed_delete ON article;
DROP TRIGGER article_removed_update ON article;
DROP FUNCTION article_removed();
DROP TABLE article_removal;
DROP TRIGGER article_modified ON article;
DROP FUNCTION article_modified();
ALTER TABLE article DROP COLUMN modified_at;
