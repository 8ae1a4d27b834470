-- Some at a time: neither database can limit a DELETE by itself.
DELETE FROM read_hour
WHERE (article_id, hour_start) IN (SELECT article_id, hour_start FROM read_hour WHERE hour_start < $1 LIMIT 5000)
