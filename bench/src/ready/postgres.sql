DELETE FROM read_bucket;
DELETE FROM read_hour;
INSERT INTO read_bucket (article_id, bucket_start, reads)
SELECT id, date_bin('5 minutes', now(), '2026-01-01') - bucket * interval '5 minutes', 1 + floor(20000.0 / rank)
FROM (SELECT id, row_number() OVER (ORDER BY published_at DESC, id DESC) AS rank
      FROM article WHERE status = 'usable' ORDER BY published_at DESC, id DESC LIMIT $1) AS latest,
    generate_series(0, 300) AS bucket
WHERE random() < greatest(50.0 / rank, 0.01);
INSERT INTO read_hour (article_id, hour_start, reads)
SELECT id, date_trunc('hour', now()) - hour * interval '1 hour', 1 + floor(20000.0 / rank)
FROM (SELECT id, row_number() OVER (ORDER BY published_at DESC, id DESC) AS rank
      FROM article WHERE status = 'usable' ORDER BY published_at DESC, id DESC LIMIT $1) AS latest,
    generate_series(27, 167) AS hour
WHERE random() < greatest(500.0 / rank, 0.02);
UPDATE read_rollup SET rolled_until = date_trunc('hour', now()) - interval '26 hours';
DELETE FROM top_story;
INSERT INTO top_story (position, article_id)
SELECT row_number() OVER (), id FROM (SELECT id FROM article WHERE status = 'usable' ORDER BY published_at DESC, id DESC LIMIT 10) AS latest;
