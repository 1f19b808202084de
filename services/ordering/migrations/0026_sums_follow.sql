SET lock_timeout = '2s';

-- The sums of an order are of what counts now: less than was placed once a part or a line has left it. As placed, where that differs.
ALTER TABLE orders
ADD COLUMN placed_goods_rupiah bigint CHECK (placed_goods_rupiah >= 0),
ADD COLUMN placed_delivery_rupiah bigint CHECK (placed_delivery_rupiah >= 0),
ADD COLUMN if_refused text CHECK (if_refused IN ('GO_ON', 'ASK', 'CANCEL')), -- NULL: to be asked
ADD COLUMN answer_by timestamptz; -- the buyer was asked whether it goes on with the merchants who are left
ALTER TABLE seller_order
ADD COLUMN placed_goods_rupiah bigint CHECK (placed_goods_rupiah >= 0),
-- What the trip costs without this merchant's stop, by the quote; NULL where the quote said nothing of it.
ADD COLUMN fee_without_rupiah bigint CHECK (fee_without_rupiah >= 0),
ADD COLUMN left_at timestamptz; -- the order went on without it

-- Asked of every change, as it is of the placing.
CREATE FUNCTION order_still_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT goods_rupiah FROM orders WHERE id = NEW.id)
       IS DISTINCT FROM (SELECT sum(goods_rupiah) FROM seller_order WHERE order_id = NEW.id) THEN
        RAISE EXCEPTION 'the parts of order % are not its sum', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_still_add_up', TABLE = 'orders';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_still_add_up AFTER UPDATE OF goods_rupiah ON orders DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (OLD.goods_rupiah IS DISTINCT FROM NEW.goods_rupiah) EXECUTE FUNCTION order_still_adds_up();
CREATE FUNCTION part_still_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT goods_rupiah FROM orders WHERE id = NEW.order_id)
       IS DISTINCT FROM (SELECT sum(goods_rupiah) FROM seller_order WHERE order_id = NEW.order_id) THEN
        RAISE EXCEPTION 'the parts of order % are not its sum', NEW.order_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_still_add_up', TABLE = 'seller_order';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER seller_orders_still_add_up AFTER UPDATE OF goods_rupiah ON seller_order DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (OLD.goods_rupiah IS DISTINCT FROM NEW.goods_rupiah) EXECUTE FUNCTION part_still_adds_up();
