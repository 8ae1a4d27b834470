-- Some at a time: neither database can limit a DELETE by itself.
DELETE FROM read_bucket
WHERE (article_id, bucket_start) IN (SELECT article_id, bucket_start FROM read_bucket WHERE bucket_start < $1 LIMIT 5000)
