INSERT INTO article (uri, slug, version, status, genre, language, headline, standfirst, dateline, place_id, published_at, updated_at,
    section_id, lead_image_id, source_id, word_count, body)
SELECT 'urn:bench:published:' || gen_random_uuid(), 'published-' || gen_random_uuid(), 1, status, genre, language, headline, standfirst, dateline,
    place_id, now(), now(), section_id, lead_image_id, source_id, word_count, body
FROM article WHERE id = (SELECT max(id) FROM article) - 1 - $1 % 1000;
UPDATE article SET headline = headline || ' ', updated_at = now()
WHERE id = (SELECT id FROM article ORDER BY published_at DESC, id DESC OFFSET $1 % 50 LIMIT 1);
