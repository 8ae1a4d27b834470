DROP TRIGGER related_due_insert ON article_topic;
DROP TRIGGER related_due_update ON article_topic;
DROP TRIGGER related_due_delete ON article_topic;
DROP TRIGGER related_due_insert ON article;
DROP TRIGGER related_due_update ON article;
DROP TRIGGER related_due_delete ON article;
DROP FUNCTION related_due_topic();
DROP FUNCTION related_due_article();
