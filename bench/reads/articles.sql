INSERT INTO section (id, slug, name, position) SELECT n, 'section-' || n, 'Section ' || n, n FROM generate_series(1, 10) AS n;
INSERT INTO article (id, uri, slug, version, status, genre, language, headline, published_at, updated_at, section_id, word_count, body)
SELECT n, 'urn:bench:' || n, 'article-' || n, 1, 'usable', 'current', 'en', 'Headline ' || n,
    now() - n * interval '10 minutes', now(), n % 10 + 1, 500, '[]'
FROM generate_series(1, 100000) AS n;
ANALYZE;
