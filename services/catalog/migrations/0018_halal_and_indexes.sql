-- outside a transaction
-- One table at a time, as in 0013: nobody waits for two of them.
SET lock_timeout = '2s';

ALTER TABLE search_row ADD COLUMN IF NOT EXISTS halal boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN search_row.halal IS 'Has a certificate that holds, by a name that can have one.';
CREATE OR REPLACE TRIGGER product_is_halal_new AFTER INSERT ON product REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION product_is_halal();
CREATE OR REPLACE TRIGGER product_is_halal AFTER UPDATE ON product REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION product_is_halal();
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE audit VALIDATE CONSTRAINT audit_action;
-- Goods of a kind, some at a time, when what it needs changes.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS product_category ON product (category_code, id);
