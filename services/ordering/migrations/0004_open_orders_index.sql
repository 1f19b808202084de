-- outside a transaction
SET lock_timeout = '5s';

-- Orders that are not over: few, and counted again and again.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_open ON orders (state) WHERE ended_at IS NULL;
