-- outside a transaction
SET lock_timeout = '5s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_of_channel ON messages (channel, not_before) WHERE sent_at IS NULL AND failed_at IS NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_of_phone ON messages (phone, created_at);
