-- outside a transaction
SET lock_timeout = '5s';

-- Who read a buyer's contacts is found for the copy of their data by their orders.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS contact_read_order ON contact_read (order_id, id);
