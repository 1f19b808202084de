-- outside a transaction
SET lock_timeout = '2s';

SELECT slugs_begin();
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS product_merchant_slug ON product (merchant_id, slug);
-- squawk-ignore ban-drop-constraint
ALTER TABLE product DROP CONSTRAINT IF EXISTS product_slug_is_there;
ALTER TABLE product ADD CONSTRAINT product_slug_is_there CHECK (slug IS NOT NULL) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE product VALIDATE CONSTRAINT product_slug_is_there;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS merchant_member_subject ON merchant_member (subject);
