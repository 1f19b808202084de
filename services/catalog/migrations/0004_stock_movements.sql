-- outside a transaction
-- One table at a time: a worker locks a reservation and then its stock, so that with both held it and we could wait for each other.
SET lock_timeout = '2s';

ALTER TABLE stock_item ADD COLUMN IF NOT EXISTS on_counter bigint NOT NULL DEFAULT 0;
-- squawk-ignore ban-drop-constraint
ALTER TABLE stock_item DROP CONSTRAINT IF EXISTS stock_item_counter;
ALTER TABLE stock_item ADD CONSTRAINT stock_item_counter CHECK (on_counter >= 0) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE stock_item VALIDATE CONSTRAINT stock_item_counter;
COMMENT ON COLUMN stock_item.on_hand IS 'Without what lies on the counter: the release before writes it so.';
SELECT stock_movements_begin();
DROP TRIGGER IF EXISTS reservation_of_the_release_before ON reservation;
CREATE TRIGGER reservation_of_the_release_before BEFORE UPDATE OF state ON reservation
FOR EACH ROW EXECUTE FUNCTION reservation_of_the_release_before();
SELECT counter_begins();
ALTER TABLE reservation VALIDATE CONSTRAINT reservation_trip;
ALTER TABLE reservation VALIDATE CONSTRAINT reservation_counter;
ALTER TABLE reservation VALIDATE CONSTRAINT reservation_state;
