-- outside a transaction
-- One table at a time, as in 0013: nobody waits for two of them.
SET lock_timeout = '2s';

ALTER TABLE category ADD COLUMN IF NOT EXISTS parent_code text, ADD COLUMN IF NOT EXISTS path text[] NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS position integer NOT NULL DEFAULT 0, ADD COLUMN IF NOT EXISTS commodity_code text;
-- squawk-ignore ban-drop-constraint
ALTER TABLE category DROP CONSTRAINT IF EXISTS category_parent, DROP CONSTRAINT IF EXISTS category_commodity;
ALTER TABLE category ADD CONSTRAINT category_parent FOREIGN KEY (parent_code) REFERENCES category NOT VALID;
ALTER TABLE category ADD CONSTRAINT category_commodity FOREIGN KEY (commodity_code) REFERENCES commodity NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE category VALIDATE CONSTRAINT category_parent;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE category VALIDATE CONSTRAINT category_commodity;
CREATE OR REPLACE TRIGGER category_has_path BEFORE INSERT OR UPDATE OF parent_code, path ON category
FOR EACH ROW EXECUTE FUNCTION category_has_path();
CREATE OR REPLACE TRIGGER category_takes_along AFTER UPDATE ON category
FOR EACH ROW WHEN (new.path IS DISTINCT FROM old.path) EXECUTE FUNCTION category_takes_along();
UPDATE category SET parent_code = parent_code WHERE path = '{}';

ALTER TABLE product ADD COLUMN IF NOT EXISTS attributes jsonb NOT NULL DEFAULT '{}', ADD COLUMN IF NOT EXISTS harvested_on date,
    ADD COLUMN IF NOT EXISTS origin_group text, ADD COLUMN IF NOT EXISTS region_mark text, ADD COLUMN IF NOT EXISTS commodity_code text,
    ADD COLUMN IF NOT EXISTS archived_at timestamptz;
-- squawk-ignore ban-drop-constraint
ALTER TABLE product DROP CONSTRAINT IF EXISTS product_commodity, DROP CONSTRAINT IF EXISTS product_archived;
-- squawk-ignore ban-drop-constraint
ALTER TABLE product DROP CONSTRAINT IF EXISTS product_attributes;
ALTER TABLE product ADD CONSTRAINT product_commodity FOREIGN KEY (commodity_code) REFERENCES commodity NOT VALID;
ALTER TABLE product ADD CONSTRAINT product_archived CHECK (archived_at IS NULL OR status = 'HIDDEN') NOT VALID;
ALTER TABLE product ADD CONSTRAINT product_attributes
    CHECK (jsonb_typeof(attributes) = 'object' AND octet_length(attributes::text) <= 20000) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE product VALIDATE CONSTRAINT product_commodity;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE product VALIDATE CONSTRAINT product_archived;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE product VALIDATE CONSTRAINT product_attributes;
CREATE OR REPLACE TRIGGER product_is_taken_out BEFORE INSERT OR UPDATE OF status ON product
FOR EACH ROW EXECUTE FUNCTION product_is_taken_out();
CREATE OR REPLACE TRIGGER product_is_remembered AFTER INSERT OR UPDATE ON product
FOR EACH ROW EXECUTE FUNCTION product_is_remembered();
CREATE OR REPLACE TRIGGER product_is_compared AFTER UPDATE ON product REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION product_is_compared();
CREATE OR REPLACE TRIGGER attributes_are_found AFTER UPDATE OF attributes ON product
FOR EACH ROW WHEN (new.attributes IS DISTINCT FROM old.attributes) EXECUTE FUNCTION attributes_are_found();

ALTER TABLE variant ADD COLUMN IF NOT EXISTS max bigint, ADD COLUMN IF NOT EXISTS weight_price_rupiah bigint,
    ADD COLUMN IF NOT EXISTS weight_basis integer, ADD COLUMN IF NOT EXISTS overrun_percent integer,
    ADD COLUMN IF NOT EXISTS retired_at timestamptz;
-- squawk-ignore ban-drop-constraint
ALTER TABLE variant DROP CONSTRAINT IF EXISTS variant_max, DROP CONSTRAINT IF EXISTS variant_weighed;
ALTER TABLE variant ADD CONSTRAINT variant_max CHECK (max > 0) NOT VALID;
ALTER TABLE variant ADD CONSTRAINT variant_weighed CHECK (
    num_nulls(weight_price_rupiah, weight_basis, overrun_percent) = 3
    OR (num_nulls(weight_price_rupiah, weight_basis, overrun_percent) = 0 AND price_basis = 1
        AND weight_price_rupiah > 0 AND weight_basis > 0 AND overrun_percent BETWEEN 0 AND 50)
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE variant VALIDATE CONSTRAINT variant_max;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE variant VALIDATE CONSTRAINT variant_weighed;
CREATE OR REPLACE TRIGGER variant_is_priced BEFORE UPDATE OF price_rupiah ON variant
FOR EACH ROW EXECUTE FUNCTION variant_is_priced();
CREATE OR REPLACE TRIGGER variant_is_remembered AFTER INSERT OR UPDATE ON variant
FOR EACH ROW EXECUTE FUNCTION variant_is_remembered();
CREATE OR REPLACE TRIGGER variant_is_compared_new AFTER INSERT ON variant REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION variant_is_compared();
CREATE OR REPLACE TRIGGER variant_is_compared AFTER UPDATE ON variant REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION variant_is_compared();

CREATE OR REPLACE TRIGGER merchant_is_compared AFTER UPDATE OF status, lat, lng ON merchant
FOR EACH ROW WHEN ((new.status, new.lat, new.lng) IS DISTINCT FROM (old.status, old.lat, old.lng)) EXECUTE FUNCTION merchant_is_compared();
CREATE OR REPLACE TRIGGER stock_is_remembered AFTER INSERT ON stock_movement
FOR EACH ROW WHEN (new.subject IS NOT NULL AND new.on_hand <> 0) EXECUTE FUNCTION stock_is_remembered();
CREATE OR REPLACE TRIGGER search_row_has_marks BEFORE INSERT OR UPDATE OF document ON search_row
FOR EACH ROW EXECUTE FUNCTION search_row_has_marks();
CALL comparables_begin(500);
