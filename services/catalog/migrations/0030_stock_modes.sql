-- outside a transaction
-- One table at a time, as in 0004.
SET lock_timeout = '2s';

-- A row with a place says what changed in it. One without says what changed of the whole, and `elsewhere` how much of it lies in places:
-- what changed where the merchant trades is the difference.
ALTER TABLE stock_movement
ADD COLUMN IF NOT EXISTS place_id uuid,
ADD COLUMN IF NOT EXISTS elsewhere bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS note text;
ALTER TABLE stock_movement
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_movement_is_one,
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_movement_is_some,
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_movement_has_its_cause,
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_movement_cause,
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_movement_at_place,
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_movement_place,
ADD CONSTRAINT stock_movement_is_some CHECK (on_hand <> 0 OR reserved <> 0 OR on_counter <> 0 OR elsewhere <> 0) NOT VALID,
ADD CONSTRAINT stock_movement_place FOREIGN KEY (place_id) REFERENCES stock_place NOT VALID,
ADD CONSTRAINT stock_movement_at_place CHECK (place_id IS NULL OR (reserved = 0 AND on_counter = 0 AND elsewhere = 0)) NOT VALID,
-- What takes from a place or gives back to it is a part of what the whole's row says, so of places only the direction is asked.
ADD CONSTRAINT stock_movement_cause CHECK (CASE cause
    WHEN 'OPENED' THEN order_id IS NULL
    WHEN 'UNEXPLAINED' THEN order_id IS NULL
    WHEN 'COUNTED' THEN subject IS NOT NULL AND reserved = 0 AND on_counter = 0
    WHEN 'RECEIVED' THEN subject IS NOT NULL AND on_hand > 0 AND reserved = 0 AND on_counter = 0
    WHEN 'SOLD' THEN subject IS NOT NULL AND on_hand < 0 AND reserved = 0 AND on_counter = 0
    WHEN 'SPOILED' THEN subject IS NOT NULL AND on_hand < 0 AND reserved = 0 AND on_counter = 0
    WHEN 'LOADED' THEN subject IS NOT NULL AND reserved = 0 AND on_counter = 0 AND elsewhere = 0
    WHEN 'MODE' THEN subject IS NOT NULL AND reserved = 0 AND on_counter = 0 AND elsewhere = 0
    WHEN 'MOVED' THEN subject IS NOT NULL AND reserved = 0 AND on_counter = 0
                      AND (CASE WHEN place_id IS NULL THEN on_hand = 0 ELSE true END)
    WHEN 'RESET' THEN order_id IS NULL AND on_hand < 0 AND reserved = 0 AND on_counter = 0
    WHEN 'ASSUMED' THEN order_id IS NULL AND on_hand > 0 AND reserved = 0 AND on_counter = 0
    WHEN 'PLACED' THEN order_id IS NOT NULL AND on_hand = 0 AND reserved > 0 AND on_counter = 0
    WHEN 'CONFIRMED' THEN order_id IS NOT NULL AND (CASE WHEN place_id IS NULL
        THEN on_counter > 0 AND on_hand = -on_counter AND reserved IN (0, on_hand) ELSE on_hand < 0 END)
    WHEN 'FETCHED' THEN order_id IS NOT NULL AND on_hand <= 0 AND reserved <= 0 AND on_counter <= 0
    WHEN 'CANCELLED' THEN order_id IS NOT NULL AND on_hand >= 0 AND reserved <= 0
                          AND (place_id IS NOT NULL OR on_counter = -on_hand)
    WHEN 'UNFETCHED' THEN order_id IS NOT NULL AND on_hand > 0 AND reserved = 0 AND (place_id IS NOT NULL OR on_counter = -on_hand)
    WHEN 'TIME_IS_UP' THEN order_id IS NOT NULL AND on_hand >= 0 AND reserved <= 0
                           AND (place_id IS NOT NULL OR on_counter = -on_hand)
    ELSE false
END) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_movement VALIDATE CONSTRAINT stock_movement_is_some;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_movement VALIDATE CONSTRAINT stock_movement_place;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_movement VALIDATE CONSTRAINT stock_movement_at_place;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_movement VALIDATE CONSTRAINT stock_movement_cause;

-- `elsewhere` is the sum of what lies in places, `split` whether any has ever had some. Both stay what they are for the image before.
ALTER TABLE stock_item
ADD COLUMN IF NOT EXISTS mode text NOT NULL DEFAULT 'TRACKED',
ADD COLUMN IF NOT EXISTS load_day date,
ADD COLUMN IF NOT EXISTS elsewhere bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS split boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN stock_item.load_day IS 'The day (WIB) that a daily load is for: on another day nothing of it is for sale.';
ALTER TABLE stock_item
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_item_mode,
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_item_elsewhere,
ADD CONSTRAINT stock_item_mode CHECK (mode = 'TRACKED' OR (mode IN ('DAILY', 'UNTRACKED') AND elsewhere = 0)) NOT VALID,
ADD CONSTRAINT stock_item_elsewhere CHECK (elsewhere BETWEEN 0 AND on_hand AND (split OR elsewhere = 0)) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_item VALIDATE CONSTRAINT stock_item_mode;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_item VALIDATE CONSTRAINT stock_item_elsewhere;
