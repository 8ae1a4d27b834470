-- By statement, not by row: a batch of an import adds its articles at once. Nothing is ever waited for: rows are only appended here.
CREATE FUNCTION related_due_article() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO related_due (article_id)
      SELECT new_rows.id FROM new_rows JOIN old_rows USING (id)
      WHERE (new_rows.language, new_rows.headline, new_rows.standfirst, new_rows.status, new_rows.published_at, new_rows.body)
        IS DISTINCT FROM (old_rows.language, old_rows.headline, old_rows.standfirst, old_rows.status, old_rows.published_at, old_rows.body);
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO related_due (article_id) SELECT id FROM old_rows;
  ELSE
    INSERT INTO related_due (article_id) SELECT id FROM new_rows;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER related_due_insert AFTER INSERT ON article
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION related_due_article();
CREATE TRIGGER related_due_update AFTER UPDATE ON article
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION related_due_article();
CREATE TRIGGER related_due_delete AFTER DELETE ON article
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION related_due_article();

CREATE FUNCTION related_due_topic() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO related_due (article_id) SELECT DISTINCT article_id FROM old_rows;
  ELSE
    INSERT INTO related_due (article_id) SELECT DISTINCT article_id FROM new_rows;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER related_due_insert AFTER INSERT ON article_topic
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION related_due_topic();
CREATE TRIGGER related_due_update AFTER UPDATE ON article_topic
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION related_due_topic();
CREATE TRIGGER related_due_delete AFTER DELETE ON article_topic
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION related_due_topic();
