-- outside a transaction
-- One table at a time, each statement short: what is there is looked at while requests go on.
SET lock_timeout = '2s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS orders_total ON orders (id, total_rupiah);
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS contact_of_buyer ON contact (id, buyer_id);

-- squawk-ignore ban-drop-constraint
ALTER TABLE payment DROP CONSTRAINT IF EXISTS payment_is_of_the_total;
ALTER TABLE payment ADD CONSTRAINT payment_is_of_the_total
FOREIGN KEY (order_id, amount_rupiah) REFERENCES orders (id, total_rupiah) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE payment VALIDATE CONSTRAINT payment_is_of_the_total;

-- squawk-ignore ban-drop-constraint
ALTER TABLE payment DROP CONSTRAINT IF EXISTS payment_collected;
ALTER TABLE payment ADD CONSTRAINT payment_collected
CHECK (status <> 'COLLECTED' OR collected_rupiah IS NOT NULL) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE payment VALIDATE CONSTRAINT payment_collected;

-- squawk-ignore ban-drop-constraint
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_contact_is_the_buyers;
ALTER TABLE orders ADD CONSTRAINT orders_contact_is_the_buyers
FOREIGN KEY (contact_id, buyer_id) REFERENCES contact (id, buyer_id) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE orders VALIDATE CONSTRAINT orders_contact_is_the_buyers;

-- squawk-ignore ban-drop-constraint
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_end_has_its_time;
ALTER TABLE orders ADD CONSTRAINT orders_end_has_its_time
CHECK ((status IN ('COMPLETED', 'CANCELLED')) = (ended_at IS NOT NULL)) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE orders VALIDATE CONSTRAINT orders_end_has_its_time;

-- squawk-ignore ban-drop-constraint
ALTER TABLE order_line DROP CONSTRAINT IF EXISTS order_line_is_price_times_quantity;
ALTER TABLE order_line ADD CONSTRAINT order_line_is_price_times_quantity
CHECK (total_rupiah = floor((2::numeric * price_rupiah * quantity + price_basis) / (2 * price_basis))) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE order_line VALIDATE CONSTRAINT order_line_is_price_times_quantity;

DROP TRIGGER IF EXISTS orders_ended ON orders;
CREATE TRIGGER orders_ended BEFORE UPDATE OF status ON orders FOR EACH ROW
WHEN (OLD.status IN ('COMPLETED', 'CANCELLED') AND NEW.status <> OLD.status) EXECUTE FUNCTION order_has_ended();
DROP TRIGGER IF EXISTS orders_add_up ON orders;
CREATE CONSTRAINT TRIGGER orders_add_up AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION order_adds_up();
DROP TRIGGER IF EXISTS ledger_cause ON ledger;
CREATE CONSTRAINT TRIGGER ledger_cause AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_has_its_cause();
