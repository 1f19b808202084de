-- outside a transaction
SET lock_timeout = '2s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS rider_own_weight ON rider (partner_id, carries_gram)
WHERE carries_gram IS NOT NULL AND ended_at IS NULL;
