DROP TRIGGER doubt_article_insert;
DROP TRIGGER doubt_article_move;
DROP TRIGGER doubt_article_update;
DROP TRIGGER doubt_article_delete;
DROP TRIGGER doubt_gallery_insert;
DROP TRIGGER doubt_gallery_update;
DROP TRIGGER doubt_gallery_delete;
DROP TABLE term_status;
