-- The articles that have most in common with one ($5, published at $2), by its features ($1: terms with their weights). Of each feature so
-- many articles are read that were published last before it ($3) and first after it ($4): the work is bounded however many there are.
SELECT found.article_id
FROM json_to_recordset($1::json) AS asked (term bigint, weight real)
CROSS JOIN LATERAL (
  (SELECT article_id, weight FROM article_term
    WHERE term = asked.term AND published_second <= $2
    ORDER BY published_second DESC, article_id DESC LIMIT $3)
  UNION ALL
  (SELECT article_id, weight FROM article_term
    WHERE term = asked.term AND published_second > $2
    ORDER BY published_second, article_id LIMIT $4)
) AS found
WHERE found.article_id <> $5
GROUP BY found.article_id
ORDER BY SUM(asked.weight * found.weight) DESC, found.article_id DESC
LIMIT $6
