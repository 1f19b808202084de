-- outside a transaction
SET lock_timeout = '2s';

-- Which zones hold a point, among many: the box of each boundary.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS zone_boundary ON zone USING gist (boundary);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS zone_serves ON zone (id) WHERE effect = 'SERVE' AND ended_at IS NULL;
ALTER TABLE zone VALIDATE CONSTRAINT zone_has_an_effect;
ALTER TABLE zone VALIDATE CONSTRAINT zone_costs;
ALTER TABLE zone VALIDATE CONSTRAINT zone_days;
