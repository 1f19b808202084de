-- outside a transaction
SET lock_timeout = '2s';

-- squawk-ignore constraint-missing-not-valid
ALTER TABLE merchant VALIDATE CONSTRAINT merchant_status;
-- Officers look at those who wait, the first first.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS merchant_history_applied ON merchant_history (subject) WHERE action = 'APPLY';
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS merchant_waits ON merchant (id) WHERE status = 'APPLIED';
