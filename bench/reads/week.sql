-- A week of reads of :articles articles with Zipf-distributed popularity: an article of rank r has reads in a share of the spans of time
-- that falls with r, at least once a week. Buckets as they are kept: by the hour, but for the last 26 hours by five minutes.
TRUNCATE read_bucket, read_hour;
SELECT setseed(0.5);
INSERT INTO read_hour (article_id, hour_start, reads)
SELECT n, date_trunc('hour', now()) - hour * interval '1 hour', 1 + floor(20000.0 / n)
FROM generate_series(1, :articles) AS n, generate_series(26, 167) AS hour
WHERE random() < greatest(2000.0 / n, 0.02);
INSERT INTO read_bucket (article_id, bucket_start, reads)
SELECT n, date_trunc('hour', now()) - bucket * interval '5 minutes', 1 + floor(20000.0 / 12 / n)
FROM generate_series(1, :articles) AS n, generate_series(0, 26 * 12 - 12) AS bucket
WHERE random() < greatest(200.0 / n, 0.002);
UPDATE read_rollup SET rolled_until = date_trunc('hour', now()) - interval '25 hours';
VACUUM ANALYZE read_bucket;
VACUUM ANALYZE read_hour;
