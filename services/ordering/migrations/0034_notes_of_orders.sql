-- outside a transaction
-- What a buyer said of a line and to a seller, as it was when the order was placed; erasing its buyer empties it. One table at a time.
SET lock_timeout = '2s';

ALTER TABLE order_line ADD COLUMN IF NOT EXISTS note text, ADD COLUMN IF NOT EXISTS when_short text; -- null is ASK
-- squawk-ignore ban-drop-constraint
ALTER TABLE order_line DROP CONSTRAINT IF EXISTS order_line_is_said_right;
ALTER TABLE order_line ADD CONSTRAINT order_line_is_said_right CHECK (
    coalesce(length(note) BETWEEN 1 AND 200, true) AND coalesce(when_short IN ('DROP', 'SIMILAR', 'ASK'), true)
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE order_line VALIDATE CONSTRAINT order_line_is_said_right;

ALTER TABLE seller_order ADD COLUMN IF NOT EXISTS note text;
-- squawk-ignore ban-drop-constraint
ALTER TABLE seller_order DROP CONSTRAINT IF EXISTS seller_order_note;
ALTER TABLE seller_order ADD CONSTRAINT seller_order_note CHECK (length(note) BETWEEN 1 AND 200) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE seller_order VALIDATE CONSTRAINT seller_order_note;
