-- outside a transaction
-- What is packed stands beside what was ordered, which never changes. What an older image writes is OPEN, and read as it was ordered.
-- One table at a time.
SET lock_timeout = '2s';

ALTER TABLE order_line
ADD COLUMN IF NOT EXISTS state text NOT NULL DEFAULT 'OPEN',
ADD COLUMN IF NOT EXISTS packed_quantity bigint,
ADD COLUMN IF NOT EXISTS packed_gram bigint,
ADD COLUMN IF NOT EXISTS final_rupiah bigint, -- what it comes to; NULL: what was ordered
ADD COLUMN IF NOT EXISTS agreed_rupiah bigint, -- what the buyer, when asked, has agreed to
ADD COLUMN IF NOT EXISTS replaces uuid; -- the line in whose place it came

-- squawk-ignore ban-drop-constraint
ALTER TABLE order_line DROP CONSTRAINT IF EXISTS order_line_is_packed;
ALTER TABLE order_line ADD CONSTRAINT order_line_is_packed CHECK (
    CASE state
        WHEN 'OPEN' THEN num_nonnulls(packed_quantity, packed_gram, final_rupiah, agreed_rupiah) = 0
        WHEN 'PACKED' THEN
            num_nonnulls(packed_quantity, final_rupiah) = 2 AND packed_quantity BETWEEN 1 AND quantity
            AND (packed_gram IS NULL OR (packed_gram > 0 AND weight_basis IS NOT NULL))
            -- Never above what was agreed to.
            AND final_rupiah BETWEEN 0 AND coalesce(
                agreed_rupiah, floor((2::numeric * total_rupiah * (100 + coalesce(overrun_percent, 0)) + 100) / 200)
            )
        WHEN 'DROPPED' THEN num_nonnulls(packed_quantity, final_rupiah) = 2 AND packed_quantity = 0 AND final_rupiah = 0
        WHEN 'REPLACED' THEN num_nonnulls(packed_quantity, final_rupiah) = 2 AND packed_quantity = 0 AND final_rupiah = 0
        ELSE false
    END
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE order_line VALIDATE CONSTRAINT order_line_is_packed;

-- squawk-ignore ban-drop-constraint
ALTER TABLE order_line DROP CONSTRAINT IF EXISTS order_line_replaces_one;
ALTER TABLE order_line ADD CONSTRAINT order_line_replaces_one
FOREIGN KEY (replaces) REFERENCES order_line (id) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE order_line VALIDATE CONSTRAINT order_line_replaces_one;
-- A line is replaced once.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS order_line_replaces ON order_line (replaces) WHERE replaces IS NOT NULL;
