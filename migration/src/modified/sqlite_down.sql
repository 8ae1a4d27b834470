DROP TRIGGER article_removed_delete;
DROP TRIGGER article_restored_update;
DROP TRIGGER article_removed_update;
DROP TABLE article_removal;
DROP TRIGGER article_modified_update;
ALTER TABLE article DROP COLUMN modified_at;
