-- Changes no row when the batch is saved already.
INSERT INTO read_writer (id, last_batch, seen_at)
VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE
SET last_batch = excluded.last_batch, seen_at = excluded.seen_at
WHERE read_writer.last_batch < excluded.last_batch
