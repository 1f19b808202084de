-- outside a transaction
SET lock_timeout = '5s';

-- A merchant's page asks for what is open at each connection and each change: not through all that was ever sold.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS seller_order_open ON seller_order (merchant_id, placed_at, id)
WHERE status IN ('AWAITING_MERCHANT', 'ACCEPTED', 'PACKING', 'READY', 'HANDED_OVER');
