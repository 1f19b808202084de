-- outside a transaction
SET lock_timeout = '5s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS heard_merchant_members ON heard_merchant USING gin (members);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS heard_partner_owners ON heard_partner USING gin (owners);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS heard_partner_dispatchers ON heard_partner USING gin (dispatchers);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS heard_rider_subject ON heard_rider (subject) WHERE subject IS NOT NULL;
