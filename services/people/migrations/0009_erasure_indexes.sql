-- outside a transaction
SET lock_timeout = '5s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS person_to_erase ON person (erasure_asked_at) WHERE erasure_asked_at IS NOT NULL AND erased_at IS NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS heard_order_open ON heard_order (buyer) WHERE NOT is_over;
