DELETE FROM read_bucket;
DELETE FROM read_hour;
INSERT INTO read_bucket (article_id, bucket_start, reads)
SELECT id, strftime('%Y-%m-%dT%H:%M:%S+00:00', (unixepoch('now') / 300 - bucket) * 300, 'unixepoch'), 1 + 20000 / rank
FROM (SELECT id, row_number() OVER (ORDER BY published_at DESC, id DESC) AS rank
      FROM article WHERE status = 'usable' ORDER BY published_at DESC, id DESC LIMIT ?1) AS latest,
    (WITH RECURSIVE span (bucket) AS (SELECT 0 UNION ALL SELECT bucket + 1 FROM span WHERE bucket < 300) SELECT bucket FROM span)
WHERE abs(random() % 1000) < max(50000 / rank, 10);
DELETE FROM top_story;
INSERT INTO top_story (position, article_id)
SELECT row_number() OVER (), id FROM (SELECT id FROM article WHERE status = 'usable' ORDER BY published_at DESC, id DESC LIMIT 10) AS latest;
