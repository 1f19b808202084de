-- outside a transaction
SET lock_timeout = '5s';

-- As search_row_document: without a list of what is yet to be sorted in.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS search_row_near ON search_row USING gin (search_near(document)) WITH (fastupdate = off);
-- What a merchant sells, by kind of goods.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS search_row_merchant ON search_row (merchant_id, category_code) WHERE for_sale;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS merchant_kind ON merchant (kind, name COLLATE "C", id) WHERE status = 'ACTIVE';
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS merchant_kecamatan_kind ON merchant (kecamatan_code, kind, name COLLATE "C", id) WHERE status = 'ACTIVE';
-- The planner knows of an index on an expression what ANALYZE saw in it.
ANALYZE search_row;
