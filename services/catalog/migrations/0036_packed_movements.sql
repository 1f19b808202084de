-- outside a transaction
-- One table at a time, as in 0004.
SET lock_timeout = '2s';

-- squawk-ignore constraint-missing-not-valid
ALTER TABLE reservation_line VALIDATE CONSTRAINT reservation_line_uncounted;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE reservation_line VALIDATE CONSTRAINT reservation_line_quantity;

-- What 0030 says, and what packing does: ordered goods that were left out are for sale again, others were packed in their place.
ALTER TABLE stock_movement
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS stock_movement_cause,
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
    WHEN 'LEFT_OUT' THEN order_id IS NOT NULL AND on_hand >= 0 AND reserved <= 0 AND on_counter IN (0, -on_hand)
    WHEN 'REPLACED' THEN order_id IS NOT NULL AND on_hand <= 0 AND reserved >= 0 AND on_counter IN (0, -on_hand)
    ELSE false
END) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_movement VALIDATE CONSTRAINT stock_movement_cause;
