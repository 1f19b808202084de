SET lock_timeout = '5s';

-- What no key and no CHECK of one row can refuse. Each is a trigger of one statement of 0009.

-- An order that has ended has ended.
CREATE FUNCTION order_has_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % is %, and would become %', OLD.id, OLD.status, NEW.status
    USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_ended', TABLE = 'orders';
END $$;

-- Asked when the placing is committed: the order, its merchants' parts and their lines are written together.
CREATE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.goods_rupiah IS DISTINCT FROM (SELECT sum(goods_rupiah) FROM seller_order WHERE order_id = NEW.id)
       OR EXISTS (
           SELECT FROM seller_order s WHERE s.order_id = NEW.id AND s.goods_rupiah IS DISTINCT FROM (
               SELECT sum(l.total_rupiah) FROM order_line l WHERE l.seller_order_id = s.id)) THEN
        RAISE EXCEPTION 'the lines of order % are not its sum', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_add_up', TABLE = 'orders';
    END IF;
    RETURN NULL;
END $$;

-- Money moves by a step of its order, which is written in the same statement, of the same moment.
CREATE FUNCTION ledger_has_its_cause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM order_history h WHERE h.order_id = NEW.order_id AND h.at = NEW.at) THEN
        RAISE EXCEPTION 'no step of order % moves % rupiah at %', NEW.order_id, NEW.amount_rupiah, NEW.at
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_cause', TABLE = 'ledger';
    END IF;
    RETURN NULL;
END $$;
