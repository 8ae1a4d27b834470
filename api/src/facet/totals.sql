-- Each number with the sum of the counts that it wants, less those of articles that are hidden.
WITH hidden AS MATERIALIZED ({hidden}),
wanted AS MATERIALIZED ({wanted}),
part AS (
    SELECT number, articles
    FROM wanted JOIN facet_count ON facet_count.facet = wanted.facet AND facet_count.value_id = wanted.value_id
        AND (wanted.value IS NULL OR facet_count.value = wanted.value)
    UNION ALL
    SELECT number, -1 FROM wanted JOIN hidden ON hidden.section_id = wanted.value_id WHERE wanted.facet = 'section'
    UNION ALL SELECT number, -1 FROM wanted JOIN hidden ON hidden.source_id = wanted.value_id WHERE wanted.facet = 'source'
    UNION ALL SELECT number, -1 FROM wanted JOIN hidden ON hidden.urgency = wanted.value_id WHERE wanted.facet = 'urgency'
    UNION ALL SELECT number, -1 FROM wanted JOIN hidden ON hidden.genre = wanted.value WHERE wanted.facet = 'genre'
    UNION ALL
    SELECT number, -1 FROM wanted JOIN hidden ON wanted.value IS NULL OR hidden.language = wanted.value
    WHERE wanted.facet = 'language'
    UNION ALL SELECT number, -1 FROM wanted JOIN hidden ON hidden.place_id = wanted.value_id WHERE wanted.facet = 'place'
    UNION ALL
    SELECT number, -1
    FROM hidden JOIN article_place ON article_place.article_id = hidden.id
    JOIN wanted ON wanted.facet = 'place' AND wanted.value_id = article_place.place_id
    WHERE hidden.place_id IS DISTINCT FROM article_place.place_id
    UNION ALL
    SELECT number, -1
    FROM hidden JOIN article_topic ON article_topic.article_id = hidden.id
    JOIN wanted ON wanted.facet = 'topic' AND wanted.value_id = article_topic.topic_id
    UNION ALL
    SELECT number, -1
    FROM hidden JOIN article_contributor ON article_contributor.article_id = hidden.id
    JOIN wanted ON wanted.facet = 'contributor' AND wanted.value_id = article_contributor.contributor_id
    UNION ALL
    SELECT number, -1
    FROM hidden JOIN story_article ON story_article.article_id = hidden.id
    JOIN wanted ON wanted.facet = 'story' AND wanted.value_id = story_article.story_id
)
SELECT number, CAST(sum(articles) AS bigint) AS articles FROM part GROUP BY number
