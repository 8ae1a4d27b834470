-- What is in a row with others now.
DELETE FROM read_mark
WHERE writer_id = $1 AND secret_id = $2 AND batches = 1 AND saved_at >= $3 AND saved_at <= $4
