-- When what readers see of an article last changed. An import says so itself; for what is changed by hand, or by the version before, the
-- database does. What is not visible yet has changed for readers when it becomes visible.
CREATE OR REPLACE FUNCTION article_modified() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.modified_at IS NULL THEN
            NEW.modified_at := greatest(clock_timestamp(), NEW.published_at, NEW.embargoed_until);
        END IF;
    ELSIF NEW.modified_at IS NOT DISTINCT FROM OLD.modified_at
        AND (NEW.status, NEW.genre, NEW.language, NEW.headline, NEW.slugline, NEW.standfirst, NEW.byline, NEW.dateline, NEW.url, NEW.slug,
            NEW.place_id, NEW.published_at, NEW.updated_at, NEW.embargoed_until, NEW.expires_at, NEW.urgency, NEW.section_id,
            NEW.lead_image_id, NEW.source_id, NEW.usage_terms, NEW.copyright_notice, NEW.translation_key, NEW.version, NEW.body)
        IS DISTINCT FROM
            (OLD.status, OLD.genre, OLD.language, OLD.headline, OLD.slugline, OLD.standfirst, OLD.byline, OLD.dateline, OLD.url, OLD.slug,
            OLD.place_id, OLD.published_at, OLD.updated_at, OLD.embargoed_until, OLD.expires_at, OLD.urgency, OLD.section_id,
            OLD.lead_image_id, OLD.source_id, OLD.usage_terms, OLD.copyright_notice, OLD.translation_key, OLD.version, OLD.body)
    THEN
        NEW.modified_at := greatest(clock_timestamp(), NEW.published_at, NEW.embargoed_until);
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER article_modified BEFORE INSERT OR UPDATE ON article
    FOR EACH ROW EXECUTE FUNCTION article_modified();

-- Articles that the public could see and then could not, so that whoever polls learns of it. What expires is told by the article itself.
CREATE TABLE IF NOT EXISTS article_removal (
    article_id bigint PRIMARY KEY,
    slug text NOT NULL,
    uri text NOT NULL,
    removed_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS article_removal_removed_at_article_id_idx ON article_removal (removed_at, article_id);

CREATE OR REPLACE FUNCTION article_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.status = 'usable' AND NEW.published_at <= at
        AND (NEW.embargoed_until IS NULL OR NEW.embargoed_until <= at) AND (NEW.expires_at IS NULL OR NEW.expires_at > at)
    THEN
        DELETE FROM article_removal WHERE article_id = NEW.id;
    ELSIF OLD.status = 'usable' AND OLD.published_at <= at
        AND (OLD.embargoed_until IS NULL OR OLD.embargoed_until <= at) AND (OLD.expires_at IS NULL OR OLD.expires_at > at)
    THEN
        INSERT INTO article_removal (article_id, slug, uri, removed_at) VALUES (OLD.id, OLD.slug, OLD.uri, at)
        ON CONFLICT (article_id) DO UPDATE SET slug = excluded.slug, uri = excluded.uri, removed_at = excluded.removed_at;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER article_removed_update
    AFTER UPDATE OF id, status, published_at, embargoed_until, expires_at ON article
    FOR EACH ROW
    WHEN ((OLD.id, OLD.status, OLD.published_at, OLD.embargoed_until, OLD.expires_at)
        IS DISTINCT FROM (NEW.id, NEW.status, NEW.published_at, NEW.embargoed_until, NEW.expires_at))
    EXECUTE FUNCTION article_removed();
CREATE OR REPLACE TRIGGER article_removed_delete AFTER DELETE ON article
    FOR EACH ROW EXECUTE FUNCTION article_removed();
