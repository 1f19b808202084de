SET lock_timeout = '5s';

-- What delivery said of an order's trip, and whether the goods lie on the counter: confirmed, and not fetched yet.
ALTER TABLE reservation
ADD COLUMN trip text,
ADD COLUMN on_counter boolean NOT NULL DEFAULT false,
ADD CONSTRAINT reservation_trip CHECK (trip IN ('FETCHED', 'UNFETCHED')) NOT VALID,
ADD CONSTRAINT reservation_counter CHECK (
    NOT on_counter OR (state IN ('COMMITTED', 'CALLED_OFF') AND trip IS DISTINCT FROM 'FETCHED')
) NOT VALID,
DROP CONSTRAINT reservation_state_check, -- squawk-ignore ban-drop-constraint
ADD CONSTRAINT reservation_state CHECK (
    state IN ('HELD', 'COMMITTED', 'CALLED_OFF', 'RELEASED', 'EXPIRED', 'REFUSED')
) NOT VALID;

-- Every change of a stock row, with its cause: the row is the sum of its movements, for the row writes them itself and nobody else can.
-- What is not a count neither makes goods nor loses them, but for those that a rider fetched.
CREATE TABLE stock_movement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id uuid NOT NULL REFERENCES stock_item,
    cause text NOT NULL,
    order_id text,
    subject text, -- who counted
    on_hand bigint NOT NULL, -- without what lies on the counter, as in stock_item
    reserved bigint NOT NULL,
    on_counter bigint NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT stock_movement_is_one CHECK (on_hand <> 0 OR reserved <> 0 OR on_counter <> 0),
    CONSTRAINT stock_movement_has_its_cause CHECK (CASE cause
        WHEN 'OPENED' THEN order_id IS NULL
        WHEN 'UNEXPLAINED' THEN order_id IS NULL
        WHEN 'COUNTED' THEN subject IS NOT NULL AND reserved = 0 AND on_counter = 0
        WHEN 'PLACED' THEN order_id IS NOT NULL AND on_hand = 0 AND reserved > 0 AND on_counter = 0
        WHEN 'CONFIRMED' THEN order_id IS NOT NULL AND on_counter > 0 AND on_hand = -on_counter AND reserved IN (0, on_hand)
        WHEN 'FETCHED' THEN order_id IS NOT NULL AND on_hand <= 0 AND reserved <= 0 AND on_counter <= 0
        WHEN 'CANCELLED' THEN order_id IS NOT NULL AND on_hand >= 0 AND reserved <= 0 AND on_counter = -on_hand
        WHEN 'UNFETCHED' THEN order_id IS NOT NULL AND on_hand > 0 AND reserved = 0 AND on_counter = -on_hand
        WHEN 'TIME_IS_UP' THEN order_id IS NOT NULL AND on_hand >= 0 AND reserved <= 0 AND on_counter = -on_hand
        ELSE false
    END)
);
CREATE INDEX stock_movement_variant ON stock_movement (variant_id, id);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON stock_movement FROM catalog;

-- `wlijo.movement` is set by whoever explains what he does; the release before does not, and is written down as such.
CREATE FUNCTION stock_item_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said jsonb := coalesce(nullif(current_setting('wlijo.movement', true), ''), '{"cause": "UNEXPLAINED"}');
    was stock_item := CASE TG_OP WHEN 'UPDATE' THEN OLD END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        said := '{"cause": "OPENED"}';
    END IF;
    INSERT INTO stock_movement (variant_id, cause, order_id, subject, on_hand, reserved, on_counter, at)
    SELECT NEW.variant_id, said ->> 'cause', said ->> 'order_id', said ->> 'subject',
           NEW.on_hand - coalesce(was.on_hand, 0), NEW.reserved - coalesce(was.reserved, 0),
           NEW.on_counter - coalesce(was.on_counter, 0), wlijo_now()
    WHERE (NEW.on_hand, NEW.reserved, NEW.on_counter)
          IS DISTINCT FROM (coalesce(was.on_hand, 0), coalesce(was.reserved, 0), coalesce(was.on_counter, 0));
    RETURN NULL;
END $$;

-- The release before knows no counter: it takes confirmed goods out of the stock and puts cancelled ones back. What it does is seen by
-- what it leaves alone. The next release may drop this.
CREATE FUNCTION reservation_of_the_release_before() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text := coalesce(current_setting('wlijo.movement', true), '');
    sign integer;
BEGIN
    IF NEW.state = 'COMMITTED' AND OLD.state <> 'COMMITTED' AND NOT NEW.on_counter AND NEW.trip IS DISTINCT FROM 'FETCHED' THEN
        sign := 1;
    ELSIF NEW.state = 'RELEASED' AND OLD.state = 'COMMITTED' AND NEW.on_counter THEN
        sign := -1;
    ELSE
        RETURN NEW;
    END IF;
    NEW.on_counter := sign = 1;
    PERFORM set_config('wlijo.movement', '', true);
    UPDATE stock_item s SET on_counter = s.on_counter + sign * l.quantity, version = s.version + 1
    FROM reservation_line l WHERE l.reservation_id = NEW.id AND s.variant_id = l.variant_id;
    PERFORM set_config('wlijo.movement', said, true);
    RETURN NEW;
END $$;

-- One statement, so that no movement is missed between the rows' opening and the trigger. Whoever reads is not kept waiting; whoever
-- has locked a row to change it is waited for first, for a movement's reference would wait for him while he waits for us.
CREATE FUNCTION stock_movements_begin() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE stock_item IN EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'stock_item'::regclass AND tgname = 'stock_item_moves') THEN
        RETURN;
    END IF;
    INSERT INTO stock_movement (variant_id, cause, on_hand, reserved, on_counter, at)
    SELECT variant_id, 'OPENED', on_hand, reserved, on_counter, wlijo_now() FROM stock_item WHERE on_hand <> 0 OR reserved <> 0;
    CREATE TRIGGER stock_item_moves AFTER INSERT OR UPDATE ON stock_item FOR EACH ROW EXECUTE FUNCTION stock_item_moves();
END $$;

-- Orders that were confirmed within a day may not have been fetched yet; delivery's words, which are read from the log's beginning, say
-- which of them were. Older ones have gone their way. First the reservations, then the stock, each in one order, as everybody locks them.
CREATE FUNCTION counter_begins() RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    recent uuid[] := ARRAY(
        SELECT id FROM reservation
        WHERE state = 'COMMITTED' AND NOT on_counter AND trip IS NULL AND changed_at > wlijo_now() - interval '1 day'
        ORDER BY id FOR UPDATE);
BEGIN
    PERFORM FROM stock_item
    WHERE variant_id IN (SELECT variant_id FROM reservation_line WHERE reservation_id = ANY (recent))
    ORDER BY variant_id FOR UPDATE;
    UPDATE reservation SET on_counter = true WHERE id = ANY (recent);
    UPDATE stock_item s SET on_counter = s.on_counter + l.quantity, version = s.version + 1
    FROM (SELECT variant_id, sum(quantity)::bigint AS quantity FROM reservation_line WHERE reservation_id = ANY (recent)
          GROUP BY variant_id) AS l
    WHERE s.variant_id = l.variant_id;
    UPDATE reservation SET trip = 'FETCHED' WHERE state = 'COMMITTED' AND NOT on_counter AND trip IS NULL;
END $$;
REVOKE EXECUTE ON FUNCTION stock_movements_begin(), counter_begins() FROM PUBLIC, catalog;
