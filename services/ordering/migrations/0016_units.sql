-- outside a transaction
-- The whole unit that goods are sold in. NULL for what an older image wrote: only the label is known of it, and the variant's unit
-- while it is still called so. One table at a time.
SET lock_timeout = '2s';

ALTER TABLE variant ADD COLUMN IF NOT EXISTS unit_code text,
    ADD COLUMN IF NOT EXISTS unit_kind text, ADD COLUMN IF NOT EXISTS base_per_unit integer;
ALTER TABLE order_line ADD COLUMN IF NOT EXISTS unit_code text,
    ADD COLUMN IF NOT EXISTS unit_kind text, ADD COLUMN IF NOT EXISTS base_per_unit integer,
    ADD COLUMN IF NOT EXISTS step bigint, ADD COLUMN IF NOT EXISTS min bigint;
-- squawk-ignore ban-drop-constraint
ALTER TABLE order_line DROP CONSTRAINT IF EXISTS order_line_unit_is_whole,
    ADD CONSTRAINT order_line_unit_is_whole CHECK (num_nulls(unit_code, unit_kind, base_per_unit, step, min) IN (0, 5)) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE order_line VALIDATE CONSTRAINT order_line_unit_is_whole;
