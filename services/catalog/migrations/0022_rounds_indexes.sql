-- outside a transaction
SET lock_timeout = '5s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS route_stop_id ON route_stop (id);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS route_stop_leg_of_week ON route_stop USING gist (leg);
