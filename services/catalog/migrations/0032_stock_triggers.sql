-- outside a transaction
-- One table at a time, as in 0004.
SET lock_timeout = '2s';

CREATE OR REPLACE TRIGGER stock_at_place_moves AFTER INSERT OR UPDATE ON stock_at_place
FOR EACH ROW EXECUTE FUNCTION stock_at_place_moves();
CREATE OR REPLACE TRIGGER stock_item_is_split BEFORE UPDATE ON stock_item FOR EACH ROW
WHEN (NEW.split AND NEW.on_hand <> OLD.on_hand) EXECUTE FUNCTION stock_item_is_split();
DROP TRIGGER IF EXISTS stock_places_add_up ON stock_at_place;
CREATE CONSTRAINT TRIGGER stock_places_add_up AFTER INSERT OR UPDATE ON stock_at_place DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION stock_places_add_up();
DROP TRIGGER IF EXISTS stock_places_add_up ON stock_item;
CREATE CONSTRAINT TRIGGER stock_places_add_up AFTER UPDATE ON stock_item DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.elsewhere <> OLD.elsewhere) EXECUTE FUNCTION stock_places_add_up();

-- What an order took from places, which is found when it is cancelled, of variants that lie in several alone.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS stock_movement_place ON stock_movement (variant_id, order_id) WHERE place_id IS NOT NULL;
