-- The same as on PostgreSQL, by row: SQLite has no triggers by statement.
CREATE TRIGGER related_due_article_insert AFTER INSERT ON article BEGIN
  INSERT INTO related_due (article_id) VALUES (NEW.id);
END;
CREATE TRIGGER related_due_article_update AFTER UPDATE ON article
  WHEN (NEW.language, NEW.headline, NEW.status, NEW.published_at) <> (OLD.language, OLD.headline, OLD.status, OLD.published_at)
    OR NEW.standfirst IS NOT OLD.standfirst OR NEW.body IS NOT OLD.body BEGIN
  INSERT INTO related_due (article_id) VALUES (NEW.id);
END;
CREATE TRIGGER related_due_article_delete AFTER DELETE ON article BEGIN
  INSERT INTO related_due (article_id) VALUES (OLD.id);
END;
CREATE TRIGGER related_due_topic_insert AFTER INSERT ON article_topic BEGIN
  INSERT INTO related_due (article_id) VALUES (NEW.article_id);
END;
CREATE TRIGGER related_due_topic_update AFTER UPDATE ON article_topic BEGIN
  INSERT INTO related_due (article_id) VALUES (NEW.article_id);
END;
CREATE TRIGGER related_due_topic_delete AFTER DELETE ON article_topic BEGIN
  INSERT INTO related_due (article_id) VALUES (OLD.article_id);
END;
