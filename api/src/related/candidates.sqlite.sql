-- As on PostgreSQL. Without LATERAL, the rows of each feature are found by their keys; CROSS JOIN keeps the features outside.
SELECT article_id FROM (
  SELECT found.article_id, (asked.value ->> 'weight') * found.weight AS weight
  FROM json_each($1) AS asked
  CROSS JOIN article_term AS found
  WHERE found.rowid IN (SELECT rowid FROM article_term
    WHERE term = (asked.value ->> 'term') AND published_second <= $2
    ORDER BY published_second DESC, article_id DESC LIMIT $3)
  UNION ALL
  SELECT found.article_id, (asked.value ->> 'weight') * found.weight
  FROM json_each($1) AS asked
  CROSS JOIN article_term AS found
  WHERE found.rowid IN (SELECT rowid FROM article_term
    WHERE term = (asked.value ->> 'term') AND published_second > $2
    ORDER BY published_second, article_id LIMIT $4)
)
WHERE article_id <> $5
GROUP BY article_id
ORDER BY SUM(weight) DESC, article_id DESC
LIMIT $6
