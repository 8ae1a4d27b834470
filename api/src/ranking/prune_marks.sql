-- Some at a time: neither database can limit a DELETE by itself.
DELETE FROM read_mark
WHERE id IN (SELECT id FROM read_mark WHERE saved_at < $1 LIMIT 1000)
