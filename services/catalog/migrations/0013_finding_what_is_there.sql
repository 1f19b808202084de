-- outside a transaction
-- One table at a time, as in 0004: nobody waits for two of them.
SET lock_timeout = '2s';

CREATE OR REPLACE TRIGGER product_is_found_new AFTER INSERT ON product REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION product_is_found();
CREATE OR REPLACE TRIGGER product_is_found AFTER UPDATE ON product REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION product_is_found();
CREATE OR REPLACE TRIGGER variant_is_found_new AFTER INSERT ON variant REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION variant_is_found();
CREATE OR REPLACE TRIGGER variant_is_found AFTER UPDATE ON variant REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION variant_is_found();
CREATE OR REPLACE TRIGGER stock_is_found_new AFTER INSERT ON stock_item REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION stock_is_found();
CREATE OR REPLACE TRIGGER stock_is_found AFTER UPDATE ON stock_item REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION stock_is_found();
CREATE OR REPLACE TRIGGER merchant_is_found AFTER INSERT OR UPDATE ON merchant
FOR EACH ROW EXECUTE FUNCTION merchant_is_found();
CREATE OR REPLACE TRIGGER opening_hours_are_found AFTER INSERT OR UPDATE OR DELETE ON opening_hours
FOR EACH ROW EXECUTE FUNCTION merchant_opens();
CREATE OR REPLACE TRIGGER merchant_closure_is_found AFTER INSERT OR UPDATE OR DELETE ON merchant_closure
FOR EACH ROW EXECUTE FUNCTION merchant_opens();
ALTER TABLE stock_item ADD COLUMN IF NOT EXISTS before_sold_out bigint;
COMMENT ON COLUMN stock_item.before_sold_out IS 'What was for sale when its people said that it was sold out; null while they have not.';
CALL search_begins(500);
