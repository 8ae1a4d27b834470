WITH hidden AS MATERIALIZED ({hidden}),
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
    UNION ALL
    SELECT 'contributor', contributor_id, '', -1
    FROM hidden JOIN article_contributor ON article_contributor.article_id = hidden.id
    UNION ALL SELECT 'story', story_id, '', -1 FROM hidden JOIN story_article ON story_article.article_id = hidden.id
),
total AS MATERIALIZED (
    SELECT facet, value_id, value, CAST(sum(articles) AS bigint) AS articles
    FROM part
    GROUP BY facet, value_id, value
    HAVING sum(articles) > 0
)
