-- outside a transaction
SET lock_timeout = '5s';

-- What one person did is found for the copy of their data without a look at all that was ever done.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS stock_movement_subject ON stock_movement (subject, id) WHERE subject IS NOT NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS merchant_history_subject ON merchant_history (subject, id);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS merchant_invitation_used_by ON merchant_invitation (used_by) WHERE used_by IS NOT NULL;
