-- Summed again when buckets of the hour have changed: then the new sum takes the place of the old one.
INSERT INTO read_hour (article_id, hour_start, reads)
SELECT article_id, $1, CAST(sum(reads) AS bigint)
FROM read_bucket
WHERE bucket_start >= $1 AND bucket_start < $2
GROUP BY article_id
ON CONFLICT (article_id, hour_start) DO UPDATE SET reads = excluded.reads
