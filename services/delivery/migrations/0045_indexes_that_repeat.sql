-- outside a transaction
SET lock_timeout = '2s';

-- What delivery_of_partner begins with.
DROP INDEX CONCURRENTLY IF EXISTS delivery_partner;
-- A trip has a handful of replies, which are sorted when they are looked at: its name is kept once.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS reply_inbox_of_trip ON reply_inbox (delivery_id) WHERE delivery_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS reply_inbox_delivery;
