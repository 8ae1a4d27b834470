-- The same as on PostgreSQL, by row: SQLite has no triggers by statement. It has one writer at a time, so ids are the order of commits;
-- AUTOINCREMENT never gives one twice.
CREATE TABLE change (
    id integer PRIMARY KEY AUTOINCREMENT,
    kind text NOT NULL,
    key text NOT NULL,
    at text NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
);

CREATE VIEW article_tag (article_id, kind, key) AS
    SELECT id, 'articles', '' FROM article
    UNION ALL SELECT id, 'article', CAST(id AS text) FROM article
    UNION ALL SELECT id, 'article_slug', slug FROM article
    UNION ALL SELECT id, 'article_uri', uri FROM article
    UNION ALL SELECT id, 'article_uri', translation_key FROM article WHERE translation_key IS NOT NULL
    UNION ALL SELECT id, 'article_url', url FROM article WHERE url IS NOT NULL
    UNION ALL SELECT id, 'section_articles', CAST(section_id AS text) FROM article
    UNION ALL SELECT id, 'place_articles', CAST(place_id AS text) FROM article WHERE place_id IS NOT NULL
    UNION ALL SELECT id, 'source_articles', CAST(source_id AS text) FROM article WHERE source_id IS NOT NULL
    UNION ALL SELECT article_id, 'topic_articles', CAST(topic_id AS text) FROM article_topic
    UNION ALL SELECT article_id, 'story_articles', CAST(story_id AS text) FROM story_article
    UNION ALL SELECT article_id, 'place_articles', CAST(place_id AS text) FROM article_place
    UNION ALL SELECT article_id, 'top_stories', CAST(coalesce(section_id, 0) AS text) FROM top_story
    UNION ALL SELECT article_id, 'ranking', "window" || '/' || coalesce(section_id, 0)
        FROM ranking_entry JOIN ranking ON ranking.id = ranking_id
    UNION ALL SELECT related_id, 'related', CAST(article_id AS text) FROM related_article
    UNION ALL SELECT related_id, 'related', CAST(article_id AS text) FROM article_relation;

CREATE TRIGGER change_article_insert AFTER INSERT ON article WHEN NEW.status = 'usable' BEGIN
    INSERT INTO change (kind, key) SELECT kind, key FROM article_tag WHERE article_id = NEW.id;
END;
CREATE TRIGGER change_article_update AFTER UPDATE ON article BEGIN
    INSERT INTO change (kind, key) VALUES ('article', CAST(OLD.id AS text)), ('article', CAST(NEW.id AS text));
    INSERT INTO change (kind, key) SELECT 'edits', '' WHERE NEW.status = 'usable';
END;
CREATE TRIGGER change_article_move AFTER UPDATE ON article
WHEN 'usable' IN (OLD.status, NEW.status)
    AND (OLD.id, OLD.status, OLD.published_at, OLD.embargoed_until, OLD.expires_at, OLD.section_id, OLD.place_id, OLD.source_id,
        OLD.genre, OLD.language, OLD.urgency, OLD.slug, OLD.uri, OLD.url, OLD.translation_key, OLD.exclude_from_rankings)
    IS NOT (NEW.id, NEW.status, NEW.published_at, NEW.embargoed_until, NEW.expires_at, NEW.section_id, NEW.place_id, NEW.source_id,
        NEW.genre, NEW.language, NEW.urgency, NEW.slug, NEW.uri, NEW.url, NEW.translation_key, NEW.exclude_from_rankings)
BEGIN
    INSERT INTO change (kind, key) SELECT kind, key FROM article_tag WHERE article_id = NEW.id;
    INSERT INTO change (kind, key) SELECT kind, key FROM article_tag WHERE article_id = OLD.id AND OLD.id <> NEW.id;
    INSERT INTO change (kind, key) VALUES
        ('article_slug', OLD.slug),
        ('article_uri', OLD.uri),
        ('article_uri', coalesce(OLD.translation_key, '')),
        ('article_url', coalesce(OLD.url, '')),
        ('section_articles', CAST(OLD.section_id AS text)),
        ('place_articles', coalesce(CAST(OLD.place_id AS text), '')),
        ('source_articles', coalesce(CAST(OLD.source_id AS text), ''));
END;
CREATE TRIGGER change_article_delete AFTER DELETE ON article BEGIN
    INSERT INTO change (kind, key) SELECT kind, key FROM article_tag WHERE article_id = OLD.id;
    INSERT INTO change (kind, key) VALUES
        ('articles', ''),
        ('article', CAST(OLD.id AS text)),
        ('article_slug', OLD.slug),
        ('article_uri', OLD.uri),
        ('article_uri', coalesce(OLD.translation_key, '')),
        ('article_url', coalesce(OLD.url, '')),
        ('section_articles', CAST(OLD.section_id AS text)),
        ('place_articles', coalesce(CAST(OLD.place_id AS text), '')),
        ('source_articles', coalesce(CAST(OLD.source_id AS text), ''));
END;

CREATE VIEW gallery_tag (gallery_id, kind, key) AS
    SELECT id, 'galleries', '' FROM gallery
    UNION ALL SELECT id, 'gallery', CAST(id AS text) FROM gallery
    UNION ALL SELECT id, 'gallery_slug', slug FROM gallery
    UNION ALL SELECT id, 'gallery_uri', uri FROM gallery
    UNION ALL SELECT gallery_id, 'article_parts', CAST(article_id AS text) FROM article_gallery;

CREATE TRIGGER change_gallery_insert AFTER INSERT ON gallery WHEN NEW.status = 'usable' BEGIN
    INSERT INTO change (kind, key) SELECT kind, key FROM gallery_tag WHERE gallery_id = NEW.id;
END;
CREATE TRIGGER change_gallery_update AFTER UPDATE ON gallery BEGIN
    INSERT INTO change (kind, key) SELECT kind, key FROM gallery_tag WHERE gallery_id = NEW.id;
    INSERT INTO change (kind, key) SELECT kind, key FROM gallery_tag WHERE gallery_id = OLD.id AND OLD.id <> NEW.id;
    INSERT INTO change (kind, key) VALUES
        ('gallery', CAST(OLD.id AS text)), ('gallery_slug', OLD.slug), ('gallery_uri', OLD.uri);
END;
CREATE TRIGGER change_gallery_delete AFTER DELETE ON gallery BEGIN
    INSERT INTO change (kind, key) SELECT kind, key FROM gallery_tag WHERE gallery_id = OLD.id;
    INSERT INTO change (kind, key) VALUES
        ('galleries', ''), ('gallery', CAST(OLD.id AS text)), ('gallery_slug', OLD.slug), ('gallery_uri', OLD.uri);
END;

CREATE TRIGGER change_article_profile_insert AFTER INSERT ON article_profile WHEN NEW.copies <> NEW.article_id BEGIN
    INSERT INTO change (kind, key) VALUES ('related', CAST(NEW.article_id AS text));
    INSERT INTO change (kind, key)
        SELECT kind, key FROM article_tag WHERE article_id = NEW.article_id AND kind IN ('related', 'story_articles');
END;
CREATE TRIGGER change_article_profile_update AFTER UPDATE ON article_profile
WHEN (OLD.article_id, OLD.copies) <> (NEW.article_id, NEW.copies) BEGIN
    INSERT INTO change (kind, key) VALUES ('related', CAST(OLD.article_id AS text)), ('related', CAST(NEW.article_id AS text));
    INSERT INTO change (kind, key)
        SELECT kind, key FROM article_tag WHERE article_id = NEW.article_id AND kind IN ('related', 'story_articles');
    INSERT INTO change (kind, key)
        SELECT kind, key FROM article_tag WHERE article_id = OLD.article_id AND kind IN ('related', 'story_articles');
END;
CREATE TRIGGER change_article_profile_delete AFTER DELETE ON article_profile WHEN OLD.copies <> OLD.article_id BEGIN
    INSERT INTO change (kind, key) VALUES ('related', CAST(OLD.article_id AS text));
    INSERT INTO change (kind, key)
        SELECT kind, key FROM article_tag WHERE article_id = OLD.article_id AND kind IN ('related', 'story_articles');
END;
