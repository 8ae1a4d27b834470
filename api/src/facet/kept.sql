-- Every usable article is in the kept counts. Those that are not public yet, and those that expired lately, are few and have indexes: they
-- are counted here and taken off.
WITH hidden AS MATERIALIZED (
    SELECT id, section_id, place_id, source_id, genre, language, urgency
    FROM article
    WHERE status = 'usable' AND (lapsed_at = expires_at) IS NOT TRUE AND id IN (
        SELECT id FROM article WHERE published_at > $1
        UNION SELECT id FROM article WHERE embargoed_until > $1
        UNION
        SELECT id FROM article
        WHERE expires_at <= $1 AND expires_at IS NOT NULL AND (lapsed_at = expires_at) IS NOT TRUE
    )
),
part AS (
    SELECT facet, value_id, value, articles FROM facet_count WHERE facet IN ({facets})
    UNION ALL SELECT 'section', section_id, '', -1 FROM hidden
    UNION ALL SELECT 'source', source_id, '', -1 FROM hidden
    UNION ALL SELECT 'genre', 0, genre, -1 FROM hidden
    UNION ALL SELECT 'language', 0, language, -1 FROM hidden
    UNION ALL SELECT 'urgency', urgency, '', -1 FROM hidden
    UNION ALL SELECT 'place', place_id, '', -1 FROM hidden
    UNION ALL
    SELECT 'place', article_place.place_id, '', -1
    FROM hidden JOIN article_place ON article_place.article_id = hidden.id
    WHERE hidden.place_id IS DISTINCT FROM article_place.place_id
    UNION ALL SELECT 'topic', topic_id, '', -1 FROM hidden JOIN article_topic ON article_topic.article_id = hidden.id
    UNION ALL SELECT 'story', story_id, '', -1 FROM hidden JOIN story_article ON story_article.article_id = hidden.id
),
total AS MATERIALIZED (
    SELECT facet, value_id, value, CAST(sum(articles) AS bigint) AS articles
    FROM part
    GROUP BY facet, value_id, value
    HAVING sum(articles) > 0
)
