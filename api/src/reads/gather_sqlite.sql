-- The marks of many batches in one row.
INSERT INTO read_mark (writer_id, secret_id, batches, saved_at, marks)
SELECT $1, $2, count(*) + 1, max(saved_at), group_concat(marks, '')
FROM read_mark
WHERE writer_id = $1 AND secret_id = $2 AND batches = 1 AND saved_at >= $3 AND saved_at <= $4
HAVING count(*) > 0
