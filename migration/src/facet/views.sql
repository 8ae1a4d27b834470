-- The articles that are counted: usable ones, but for those whose expiry the counts have taken note of.
CREATE VIEW facet_article AS
SELECT id, section_id, place_id, source_id, genre, language, urgency
FROM article
WHERE status = 'usable' AND (lapsed_at = expires_at) IS NOT TRUE;

-- What each of them is counted by. A place counts once, whether the dateline or the list of places has it.
CREATE VIEW facet_value AS
SELECT id AS article_id, 'section' AS facet, section_id AS value_id, '' AS value FROM facet_article
UNION ALL SELECT id, 'source', source_id, '' FROM facet_article WHERE source_id IS NOT NULL
UNION ALL SELECT id, 'genre', 0, genre FROM facet_article
UNION ALL SELECT id, 'language', 0, language FROM facet_article
UNION ALL SELECT id, 'urgency', urgency, '' FROM facet_article WHERE urgency IS NOT NULL
UNION ALL SELECT id, 'place', place_id, '' FROM facet_article WHERE place_id IS NOT NULL
UNION ALL
SELECT facet_article.id, 'place', article_place.place_id, ''
FROM facet_article JOIN article_place ON article_place.article_id = facet_article.id
WHERE facet_article.place_id IS DISTINCT FROM article_place.place_id
UNION ALL
SELECT facet_article.id, 'topic', article_topic.topic_id, ''
FROM facet_article JOIN article_topic ON article_topic.article_id = facet_article.id
UNION ALL
SELECT facet_article.id, 'story', story_article.story_id, ''
FROM facet_article JOIN story_article ON story_article.article_id = facet_article.id;
