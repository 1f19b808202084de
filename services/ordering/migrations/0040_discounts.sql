-- outside a transaction
-- What was taken off an order and off each merchant's goods. What the release before writes has nothing taken off.
-- One table at a time, each statement short: what is there is looked at while requests go on.
SET lock_timeout = '2s';

ALTER TABLE cart ADD COLUMN IF NOT EXISTS voucher_id uuid; -- of a promotion that is had by its code

ALTER TABLE orders
ADD COLUMN IF NOT EXISTS discount_rupiah bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS delivery_discount_rupiah bigint NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS placed_discount_rupiah bigint CHECK (placed_discount_rupiah >= 0); -- both, as placed, where that was more
-- squawk-ignore ban-drop-constraint
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_sum;
ALTER TABLE orders ADD CONSTRAINT orders_sum CHECK (
    discount_rupiah BETWEEN 0 AND goods_rupiah AND delivery_discount_rupiah BETWEEN 0 AND delivery_rupiah
    AND total_rupiah = goods_rupiah - discount_rupiah + delivery_rupiah - delivery_discount_rupiah
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE orders VALIDATE CONSTRAINT orders_sum;
-- The one of the first release, which knew nothing to take off: it has no name of its own.
-- squawk-ignore ban-drop-constraint
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_check;

ALTER TABLE seller_order ADD COLUMN IF NOT EXISTS discount_rupiah bigint NOT NULL DEFAULT 0;
-- squawk-ignore ban-drop-constraint
ALTER TABLE seller_order DROP CONSTRAINT IF EXISTS seller_order_discount;
ALTER TABLE seller_order ADD CONSTRAINT seller_order_discount CHECK (
    discount_rupiah BETWEEN 0 AND goods_rupiah AND commission_rupiah <= goods_rupiah
) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE seller_order VALIDATE CONSTRAINT seller_order_discount;
