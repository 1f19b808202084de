-- outside a transaction
-- The most of one order, and how pieces are priced that are weighed when they are packed; of a line as it was sold. One table at a time.
SET lock_timeout = '2s';

ALTER TABLE variant ADD COLUMN IF NOT EXISTS max bigint, ADD COLUMN IF NOT EXISTS weight_price_rupiah bigint,
    ADD COLUMN IF NOT EXISTS weight_basis bigint, ADD COLUMN IF NOT EXISTS overrun_percent integer;
ALTER TABLE order_line ADD COLUMN IF NOT EXISTS max bigint, ADD COLUMN IF NOT EXISTS weight_price_rupiah bigint,
    ADD COLUMN IF NOT EXISTS weight_basis bigint, ADD COLUMN IF NOT EXISTS overrun_percent integer;
-- squawk-ignore ban-drop-constraint
ALTER TABLE order_line DROP CONSTRAINT IF EXISTS order_line_weighing_is_whole,
    ADD CONSTRAINT order_line_weighing_is_whole CHECK (num_nulls(weight_price_rupiah, weight_basis, overrun_percent) IN (0, 3)) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE order_line VALIDATE CONSTRAINT order_line_weighing_is_whole;
