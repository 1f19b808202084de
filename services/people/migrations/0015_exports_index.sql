-- outside a transaction
SET lock_timeout = '5s';

-- A copy of what somebody did to others' rights.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_actor ON audit (actor, told_at);
