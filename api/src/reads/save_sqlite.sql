-- SQLite has no arrays of parameters: the batch is a JSON text. An article that is gone takes its reads with it.
INSERT INTO read_bucket (article_id, bucket_start, reads)
SELECT batch.value ->> 0, batch.value ->> 1, batch.value ->> 2
FROM json_each($1) AS batch
WHERE EXISTS (SELECT 1 FROM article WHERE article.id = batch.value ->> 0)
ON CONFLICT (article_id, bucket_start) DO UPDATE SET reads = reads + excluded.reads
