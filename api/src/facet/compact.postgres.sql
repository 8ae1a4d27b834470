-- Sums up the rows of each value that has several. Rows that are added meanwhile are not seen, and stay. A place that is deleted leaves
-- what was counted of it: the triggers of its datelines and of its links run when both are gone, and each counts them.
WITH several AS (
    SELECT facet, value_id, value,
        facet <> 'place' OR EXISTS (SELECT FROM place WHERE place.id = facet_count.value_id) AS is_there
    FROM facet_count
    GROUP BY facet, value_id, value
    HAVING count(*) > 1 OR sum(articles) = 0
        OR (facet = 'place' AND NOT EXISTS (SELECT FROM place WHERE place.id = facet_count.value_id))
),
gone AS (
    DELETE FROM facet_count USING several
    WHERE (facet_count.facet, facet_count.value_id, facet_count.value) = (several.facet, several.value_id, several.value)
    RETURNING facet_count.facet, facet_count.value_id, facet_count.value, facet_count.articles, several.is_there
)
INSERT INTO facet_count (facet, value_id, value, articles)
SELECT facet, value_id, value, sum(articles)
FROM gone
WHERE is_there
GROUP BY facet, value_id, value
HAVING sum(articles) <> 0
