-- Every usable article is in the kept counts. Those that are not public yet, and those that expired lately, are few and have indexes: they
-- are counted here and taken off.
SELECT id, section_id, place_id, source_id, genre, language, urgency
FROM article
WHERE status = 'usable' AND (lapsed_at = expires_at) IS NOT TRUE AND id IN (
    SELECT id FROM article WHERE published_at > $1
    UNION SELECT id FROM article WHERE embargoed_until > $1
    UNION
    SELECT id FROM article
    WHERE expires_at <= $1 AND expires_at IS NOT NULL AND (lapsed_at = expires_at) IS NOT TRUE
)
