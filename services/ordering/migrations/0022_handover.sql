-- outside a transaction
-- How and when an order is handed over. What the release before writes is DELIVERY at once; it knows nothing of the rest.
-- One table at a time: requests read several of these at once, so that with two locks held they and we could wait for each other.
SET lock_timeout = '2s';

ALTER TABLE orders
ADD COLUMN IF NOT EXISTS way text NOT NULL DEFAULT 'DELIVERY',
ADD COLUMN IF NOT EXISTS slot_from timestamptz,
ADD COLUMN IF NOT EXISTS slot_to timestamptz,
ADD COLUMN IF NOT EXISTS stop_id uuid,
ADD COLUMN IF NOT EXISTS place text, -- where it is collected, as it was called when it was ordered
ADD COLUMN IF NOT EXISTS place_lat double precision,
ADD COLUMN IF NOT EXISTS place_lng double precision,
ADD COLUMN IF NOT EXISTS agreed_at timestamptz, -- every merchant has accepted; there is a state of the process that says no more
ADD COLUMN IF NOT EXISTS counter_code text,
ADD COLUMN IF NOT EXISTS counter_tries integer NOT NULL DEFAULT 0;
-- Nothing reads an order's quote but the key that it is used once.
-- squawk-ignore ban-drop-not-null
ALTER TABLE orders ALTER COLUMN quote_jti DROP NOT NULL;

-- squawk-ignore ban-drop-constraint
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_way;
ALTER TABLE orders ADD CONSTRAINT orders_way CHECK (
    (slot_from IS NULL) = (slot_to IS NULL) AND coalesce(slot_from < slot_to, true) AND counter_tries >= 0
    AND CASE way
        WHEN 'DELIVERY' THEN quote_jti IS NOT NULL AND stop_id IS NULL AND counter_code IS NULL
        WHEN 'PICKUP' THEN
            quote_jti IS NULL AND slot_from IS NOT NULL AND stop_id IS NULL AND place IS NOT NULL AND counter_code IS NOT NULL
            AND delivery_rupiah = 0
        WHEN 'ROUTE_STOP' THEN
            quote_jti IS NULL AND slot_from IS NOT NULL AND stop_id IS NOT NULL AND place IS NOT NULL AND counter_code IS NOT NULL
            AND delivery_rupiah = 0
        ELSE false
    END
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE orders VALIDATE CONSTRAINT orders_way;

-- As catalog tells them; its kind is written again.
ALTER TABLE merchant ADD COLUMN IF NOT EXISTS stops jsonb NOT NULL DEFAULT '[]';
