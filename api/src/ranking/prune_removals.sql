-- Some at a time: neither database can limit a DELETE by itself.
DELETE FROM article_removal
WHERE article_id IN (SELECT article_id FROM article_removal WHERE removed_at < $1 LIMIT 5000)
