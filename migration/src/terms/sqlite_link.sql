CREATE TRIGGER doubt_{table}_insert AFTER INSERT ON {table}
WHEN NOT EXISTS (SELECT 1 FROM article WHERE id = NEW.article_id AND {lasting}) BEGIN
    {doubt {kind} NEW.{kind}_id}
END;
CREATE TRIGGER doubt_{table}_update AFTER UPDATE ON {table}
WHEN OLD.{kind}_id <> NEW.{kind}_id OR NOT EXISTS (SELECT 1 FROM article WHERE id = NEW.article_id AND {lasting}) BEGIN
    {doubt {kind} OLD.{kind}_id}
    {doubt {kind} NEW.{kind}_id}
END;
CREATE TRIGGER doubt_{table}_delete AFTER DELETE ON {table} BEGIN
    {doubt {kind} OLD.{kind}_id}
END;
