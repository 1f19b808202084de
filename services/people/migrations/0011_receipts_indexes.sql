-- outside a transaction
SET lock_timeout = '5s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_receipt_by ON messages (receipt_by) WHERE receipt_by IS NOT NULL;
