SET lock_timeout = '5s';

-- What was taken off an order is what promotions were used for, and so it is of each part.
CREATE FUNCTION check_discounts_of(told uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM orders o WHERE o.id = told AND (
            o.discount_rupiah + o.delivery_discount_rupiah
                IS DISTINCT FROM (SELECT coalesce(sum(amount_rupiah), 0) FROM promotion_use WHERE order_id = o.id)
            OR o.discount_rupiah IS DISTINCT FROM (SELECT coalesce(sum(amount_rupiah), 0) FROM promotion_part WHERE order_id = o.id)))
       OR EXISTS (
           SELECT FROM promotion_use u JOIN promotion p ON p.id = u.promotion_id WHERE u.order_id = told
               AND u.amount_rupiah IS DISTINCT FROM CASE p.kind WHEN 'FREE_DELIVERY' THEN u.amount_rupiah ELSE (
                   SELECT coalesce(sum(amount_rupiah), 0) FROM promotion_part t
                   WHERE t.order_id = u.order_id AND t.promotion_id = u.promotion_id) END)
       OR EXISTS (
           SELECT FROM seller_order s WHERE s.order_id = told AND s.discount_rupiah IS DISTINCT FROM (
               SELECT coalesce(sum(t.amount_rupiah), 0) FROM promotion_part t WHERE t.seller_order_id = s.id)) THEN
        RAISE EXCEPTION 'what promotions take off order % is not what was taken off', told
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_discounts_add_up', TABLE = 'orders';
    END IF;
END $$;

-- As 0008 has it, and the discounts.
CREATE OR REPLACE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.goods_rupiah IS DISTINCT FROM (SELECT sum(goods_rupiah) FROM seller_order WHERE order_id = NEW.id)
       OR EXISTS (
           SELECT FROM seller_order s WHERE s.order_id = NEW.id AND s.goods_rupiah IS DISTINCT FROM (
               SELECT sum(l.total_rupiah) FROM order_line l WHERE l.seller_order_id = s.id)) THEN
        RAISE EXCEPTION 'the lines of order % are not its sum', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_add_up', TABLE = 'orders';
    END IF;
    PERFORM check_discounts_of(NEW.id);
    RETURN NULL;
END $$;

-- Asked of every change, as it is of the placing.
CREATE FUNCTION discounts_still_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM check_discounts_of((CASE TG_TABLE_NAME WHEN 'orders' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(NEW) ->> 'order_id' END)::uuid);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_discounts_still_add_up AFTER UPDATE OF discount_rupiah, delivery_discount_rupiah ON orders
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((OLD.discount_rupiah, OLD.delivery_discount_rupiah) IS DISTINCT FROM (NEW.discount_rupiah, NEW.delivery_discount_rupiah))
EXECUTE FUNCTION discounts_still_add_up();
CREATE CONSTRAINT TRIGGER seller_orders_discounts_still_add_up AFTER UPDATE OF discount_rupiah ON seller_order
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.discount_rupiah IS DISTINCT FROM NEW.discount_rupiah)
EXECUTE FUNCTION discounts_still_add_up();
CREATE CONSTRAINT TRIGGER promotion_uses_still_add_up AFTER UPDATE OF amount_rupiah ON promotion_use
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.amount_rupiah IS DISTINCT FROM NEW.amount_rupiah)
EXECUTE FUNCTION discounts_still_add_up();
