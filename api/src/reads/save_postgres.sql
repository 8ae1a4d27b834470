-- One statement, so that the mark of the batch, the marks of its readers and its counts are saved together in one round trip. A batch that
-- is saved already has no mark to make, and then counts nothing. An article that is gone takes its reads with it.
WITH mark AS (
    INSERT INTO read_writer (id, last_batch, seen_at)
    VALUES ($1, $2, $3)
    ON CONFLICT (id) DO UPDATE
    SET last_batch = excluded.last_batch, seen_at = excluded.seen_at
    WHERE read_writer.last_batch < excluded.last_batch
    RETURNING id, seen_at
),
remembered AS (
    INSERT INTO read_mark (writer_id, secret_id, batches, saved_at, marks)
    SELECT id, $7, 1, seen_at, $8 FROM mark
)
INSERT INTO read_bucket (article_id, bucket_start, reads)
SELECT batch.article_id, to_timestamp(batch.bucket_start), batch.reads
FROM mark
CROSS JOIN unnest($4::text::bigint[], $5::text::bigint[], $6::text::bigint[]) AS batch (article_id, bucket_start, reads)
WHERE EXISTS (SELECT FROM article WHERE article.id = batch.article_id)
ORDER BY batch.article_id, batch.bucket_start
ON CONFLICT (article_id, bucket_start) DO UPDATE SET reads = read_bucket.reads + excluded.reads
