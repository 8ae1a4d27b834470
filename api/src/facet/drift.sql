-- What the kept counts lack, in one look at the database: triggers that add to them at this moment are either seen with their articles or not at all.
SELECT facet, value_id, value, CAST(sum(articles) AS bigint) AS articles
FROM (
    SELECT facet, value_id, value, 1 AS articles FROM facet_value
    UNION ALL
    SELECT facet, value_id, value, -articles FROM facet_count
) AS part
GROUP BY facet, value_id, value
HAVING sum(articles) <> 0
