-- outside a transaction
SET lock_timeout = '5s';

-- A buyer's open orders are counted before each further one.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_open_of_buyer ON orders (buyer_id) WHERE ended_at IS NULL;
