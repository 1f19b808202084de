-- outside a transaction
SET lock_timeout = '5s';

-- A merchant's list of one state is read from the newest on: of one that has sold for years not through all of it.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS seller_order_status ON seller_order (merchant_id, status, placed_at, id);
