-- Some at a time: neither database can limit an UPDATE by itself. A row that changed meanwhile is looked at again.
UPDATE article
SET lapsed_at = expires_at
WHERE expires_at <= $1 AND id IN (
    SELECT id FROM article
    WHERE expires_at <= $1 AND expires_at IS NOT NULL AND (lapsed_at = expires_at) IS NOT TRUE
    ORDER BY expires_at
    LIMIT 200
)
