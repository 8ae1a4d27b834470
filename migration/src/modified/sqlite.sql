-- The same as on PostgreSQL. An import says itself when an article changed, so this second update is for changes by hand alone.
CREATE TRIGGER IF NOT EXISTS article_modified_update
AFTER UPDATE OF status, genre, language, headline, slugline, standfirst, byline, dateline, url, slug, place_id, published_at, updated_at,
    embargoed_until, expires_at, urgency, section_id, lead_image_id, source_id, usage_terms, copyright_notice, translation_key, version, body
ON article
WHEN NEW.modified_at IS OLD.modified_at
    AND (NEW.status, NEW.genre, NEW.language, NEW.headline, NEW.slugline, NEW.standfirst, NEW.byline, NEW.dateline, NEW.url, NEW.slug,
        NEW.place_id, NEW.published_at, NEW.updated_at, NEW.embargoed_until, NEW.expires_at, NEW.urgency, NEW.section_id,
        NEW.lead_image_id, NEW.source_id, NEW.usage_terms, NEW.copyright_notice, NEW.translation_key, NEW.version, NEW.body)
    IS NOT
        (OLD.status, OLD.genre, OLD.language, OLD.headline, OLD.slugline, OLD.standfirst, OLD.byline, OLD.dateline, OLD.url, OLD.slug,
        OLD.place_id, OLD.published_at, OLD.updated_at, OLD.embargoed_until, OLD.expires_at, OLD.urgency, OLD.section_id,
        OLD.lead_image_id, OLD.source_id, OLD.usage_terms, OLD.copyright_notice, OLD.translation_key, OLD.version, OLD.body)
BEGIN
    UPDATE article
    SET modified_at = max(strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'), NEW.published_at, coalesce(NEW.embargoed_until, ''))
    WHERE id = NEW.id;
END;

CREATE TABLE IF NOT EXISTS article_removal (
    article_id integer PRIMARY KEY,
    slug text NOT NULL,
    uri text NOT NULL,
    removed_at timestamp_with_timezone_text NOT NULL
);
CREATE INDEX IF NOT EXISTS article_removal_removed_at_article_id_idx ON article_removal (removed_at, article_id);

CREATE TRIGGER IF NOT EXISTS article_removed_update
AFTER UPDATE OF id, status, published_at, embargoed_until, expires_at ON article
WHEN OLD.status = 'usable'
    AND OLD.published_at <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
    AND (OLD.embargoed_until IS NULL OR OLD.embargoed_until <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
    AND (OLD.expires_at IS NULL OR OLD.expires_at > strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
    AND NOT (NEW.id = OLD.id AND NEW.status = 'usable'
        AND NEW.published_at <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
        AND (NEW.embargoed_until IS NULL OR NEW.embargoed_until <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
        AND (NEW.expires_at IS NULL OR NEW.expires_at > strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')))
BEGIN
    INSERT INTO article_removal (article_id, slug, uri, removed_at)
    VALUES (OLD.id, OLD.slug, OLD.uri, strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
    ON CONFLICT (article_id) DO UPDATE SET slug = excluded.slug, uri = excluded.uri, removed_at = excluded.removed_at;
END;

CREATE TRIGGER IF NOT EXISTS article_restored_update
AFTER UPDATE OF id, status, published_at, embargoed_until, expires_at ON article
WHEN NEW.status = 'usable'
    AND NEW.published_at <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
    AND (NEW.embargoed_until IS NULL OR NEW.embargoed_until <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
    AND (NEW.expires_at IS NULL OR NEW.expires_at > strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
BEGIN
    DELETE FROM article_removal WHERE article_id = NEW.id;
END;

CREATE TRIGGER IF NOT EXISTS article_removed_delete
AFTER DELETE ON article
WHEN OLD.status = 'usable'
    AND OLD.published_at <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')
    AND (OLD.embargoed_until IS NULL OR OLD.embargoed_until <= strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
    AND (OLD.expires_at IS NULL OR OLD.expires_at > strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
BEGIN
    INSERT INTO article_removal (article_id, slug, uri, removed_at)
    VALUES (OLD.id, OLD.slug, OLD.uri, strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))
    ON CONFLICT (article_id) DO UPDATE SET slug = excluded.slug, uri = excluded.uri, removed_at = excluded.removed_at;
END;
