-- A transaction that took long becomes visible with rows that are old already, so their age says nothing. Every so often it is noted which
-- transactions have all ended; what they wrote is deleted an hour later.
DELETE FROM change WHERE tx < (
    SELECT key::xid8 FROM change WHERE kind = 'ended' AND at < clock_timestamp() - interval '1 hour' ORDER BY id DESC LIMIT 1
);
INSERT INTO change (kind, key) VALUES ('ended', pg_snapshot_xmin(pg_current_snapshot())::text);
