-- outside a transaction
SET lock_timeout = '5s';

-- What companies replied of one trip, for its life on one page.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS reply_inbox_delivery ON reply_inbox (delivery_id, answered_at) WHERE delivery_id IS NOT NULL;
