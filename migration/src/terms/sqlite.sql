-- As on PostgreSQL (there is why), by row.
CREATE TABLE term_status (
    kind text NOT NULL,
    term_id integer NOT NULL,
    status text NOT NULL,
    PRIMARY KEY (kind, term_id)
) WITHOUT ROWID;

CREATE TRIGGER doubt_article_insert AFTER INSERT ON article WHEN NOT ({new_lasting}) BEGIN
    {doubt section NEW.section_id}
    {doubt place NEW.place_id}
    {doubt source NEW.source_id}
END;
CREATE TRIGGER doubt_article_move AFTER UPDATE ON article
WHEN (OLD.section_id, OLD.place_id, OLD.source_id) IS NOT (NEW.section_id, NEW.place_id, NEW.source_id) BEGIN
    {doubt section OLD.section_id}
    {doubt place OLD.place_id}
    {doubt source OLD.source_id}
END;
CREATE TRIGGER doubt_article_update AFTER UPDATE ON article WHEN NOT ({new_lasting}) BEGIN
    {doubt section NEW.section_id}
    {doubt place NEW.place_id}
    {doubt source NEW.source_id}
    {doubt topic link.topic_id AS id FROM article_topic AS link WHERE link.article_id = NEW.id}
    {doubt place link.place_id AS id FROM article_place AS link WHERE link.article_id = NEW.id}
    {doubt contributor link.contributor_id AS id FROM article_contributor AS link WHERE link.article_id = NEW.id}
END;
CREATE TRIGGER doubt_article_delete AFTER DELETE ON article BEGIN
    {doubt section OLD.section_id}
    {doubt place OLD.place_id}
    {doubt source OLD.source_id}
END;
CREATE TRIGGER doubt_gallery_insert AFTER INSERT ON gallery BEGIN
    {doubt section NEW.section_id}
END;
CREATE TRIGGER doubt_gallery_update AFTER UPDATE ON gallery BEGIN
    {doubt section OLD.section_id}
    {doubt section NEW.section_id}
END;
CREATE TRIGGER doubt_gallery_delete AFTER DELETE ON gallery BEGIN
    {doubt section OLD.section_id}
END;

CREATE TRIGGER change_term_status_insert AFTER INSERT ON term_status BEGIN
    INSERT INTO change (kind, key) VALUES ('terms', '');
END;
CREATE TRIGGER change_term_status_update AFTER UPDATE ON term_status BEGIN
    INSERT INTO change (kind, key) VALUES ('terms', '');
END;
CREATE TRIGGER change_term_status_delete AFTER DELETE ON term_status BEGIN
    INSERT INTO change (kind, key) VALUES ('terms', '');
END;

INSERT INTO term_status (kind, term_id, status) SELECT 'topic', id, 'listed' FROM topic WHERE qcode LIKE 'medtop:%';
{doubt section section_id AS id FROM article}
{doubt place place_id AS id FROM article}
{doubt place place_id AS id FROM article_place}
{doubt source source_id AS id FROM article}
{doubt topic topic_id AS id FROM article_topic}
{doubt contributor contributor_id AS id FROM article_contributor}
