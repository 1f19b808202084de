-- outside a transaction
SET lock_timeout = '5s';

-- What ops put below a category, and goods that were harvested, the first first: their merchant is told of those that are past.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS product_harvested ON product (merchant_id, harvested_on)
WHERE harvested_on IS NOT NULL AND keeps_for_s IS NOT NULL AND archived_at IS NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS product_commodity ON product (commodity_code) WHERE commodity_code IS NOT NULL;
