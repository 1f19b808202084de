SET lock_timeout = '5s';

-- What may be sold of it: of a daily load only on its day, so that it is over at midnight whether or not anybody has woken to say so.
CREATE FUNCTION stock_for_sale(mode text, load_day date, on_hand bigint, reserved bigint) RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN CASE WHEN mode = 'DAILY' AND load_day IS DISTINCT FROM wib_today() THEN 0 ELSE on_hand - reserved END;

CREATE OR REPLACE FUNCTION stock_item_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said jsonb := coalesce(nullif(current_setting('wlijo.movement', true), ''), '{"cause": "UNEXPLAINED"}');
    was stock_item := CASE TG_OP WHEN 'UPDATE' THEN OLD END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        said := '{"cause": "OPENED"}';
    END IF;
    INSERT INTO stock_movement (variant_id, cause, order_id, subject, note, on_hand, reserved, on_counter, elsewhere, at)
    SELECT NEW.variant_id, said ->> 'cause', said ->> 'order_id', said ->> 'subject', said ->> 'note',
           NEW.on_hand - coalesce(was.on_hand, 0), NEW.reserved - coalesce(was.reserved, 0),
           NEW.on_counter - coalesce(was.on_counter, 0), NEW.elsewhere - coalesce(was.elsewhere, 0), wlijo_now()
    WHERE (NEW.on_hand, NEW.reserved, NEW.on_counter, NEW.elsewhere) IS DISTINCT FROM
          (coalesce(was.on_hand, 0), coalesce(was.reserved, 0), coalesce(was.on_counter, 0), coalesce(was.elsewhere, 0));
    RETURN NULL;
END $$;

CREATE FUNCTION stock_at_place_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said jsonb := coalesce(nullif(current_setting('wlijo.movement', true), ''), '{"cause": "UNEXPLAINED"}');
    was bigint := CASE TG_OP WHEN 'UPDATE' THEN OLD.on_hand ELSE 0 END;
BEGIN
    INSERT INTO stock_movement (variant_id, place_id, cause, order_id, subject, note, on_hand, reserved, on_counter, at)
    SELECT NEW.variant_id, NEW.place_id, said ->> 'cause', said ->> 'order_id', said ->> 'subject', said ->> 'note',
           NEW.on_hand - was, 0, 0, wlijo_now()
    WHERE NEW.on_hand <> was;
    RETURN NULL;
END $$;

-- When less is there than is said to lie in places, somebody who thinks of the whole alone has taken it (an order's packing, the image
-- before): what is missing came from the places, the first first. What an order took there goes back there when it is cancelled.
CREATE FUNCTION stock_item_is_split() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said jsonb := coalesce(nullif(current_setting('wlijo.movement', true), ''), '{}');
    each record;
    part bigint;
    rest bigint;
BEGIN
    IF NEW.on_hand < NEW.elsewhere THEN
        rest := NEW.elsewhere - NEW.on_hand;
        FOR each IN
            SELECT l.place_id, l.on_hand FROM stock_at_place l JOIN stock_place p ON p.id = l.place_id
            WHERE l.variant_id = NEW.variant_id AND l.on_hand > 0 ORDER BY p.hub_id IS NOT NULL, p.position, p.id
        LOOP
            part := least(rest, each.on_hand);
            UPDATE stock_at_place SET on_hand = on_hand - part WHERE variant_id = NEW.variant_id AND place_id = each.place_id;
            rest := rest - part;
            EXIT WHEN rest = 0;
        END LOOP;
        NEW.elsewhere := NEW.on_hand;
    ELSIF NEW.on_hand > OLD.on_hand AND NEW.elsewhere = OLD.elsewhere AND said ->> 'order_id' IS NOT NULL THEN
        rest := NEW.on_hand - OLD.on_hand;
        FOR each IN
            SELECT m.place_id, -sum(m.on_hand) AS taken FROM stock_movement m JOIN stock_place p ON p.id = m.place_id
            WHERE m.variant_id = NEW.variant_id AND m.order_id = said ->> 'order_id' AND p.status = 'OPEN'
            GROUP BY m.place_id, p.hub_id, p.position HAVING sum(m.on_hand) < 0
            ORDER BY p.hub_id IS NOT NULL, p.position, m.place_id
        LOOP
            part := least(rest, each.taken);
            UPDATE stock_at_place SET on_hand = on_hand + part WHERE variant_id = NEW.variant_id AND place_id = each.place_id;
            NEW.elsewhere := NEW.elsewhere + part;
            rest := rest - part;
            EXIT WHEN rest = 0;
        END LOOP;
    END IF;
    RETURN NEW;
END $$;

-- The whole is told how much of it lies in places, when the transaction ends.
CREATE FUNCTION stock_places_add_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT elsewhere FROM stock_item WHERE variant_id = NEW.variant_id)
        <> (SELECT coalesce(sum(on_hand), 0) FROM stock_at_place WHERE variant_id = NEW.variant_id) THEN
        RAISE EXCEPTION 'what lies in places of % is not what its stock says', NEW.variant_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_places_add_up';
    END IF;
    RETURN NULL;
END $$;
