-- outside a transaction
SET lock_timeout = '5s';

-- squawk-ignore constraint-missing-not-valid
ALTER TABLE claim VALIDATE CONSTRAINT claim_refund;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE claim VALIDATE CONSTRAINT claim_refund_granted;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS claim_refund_once ON claim (refund_id) WHERE refund_id IS NOT NULL;
