-- outside a transaction
-- An order that is bought on kasbon: its goods, with what is off them. Its fee is paid in cash. One table at a time.
SET lock_timeout = '2s';

ALTER TABLE orders ADD COLUMN IF NOT EXISTS kasbon_id uuid;
-- squawk-ignore ban-drop-constraint
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_kasbon_id_fkey;
ALTER TABLE orders ADD CONSTRAINT orders_kasbon_id_fkey FOREIGN KEY (kasbon_id) REFERENCES kasbon (id) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE orders VALIDATE CONSTRAINT orders_kasbon_id_fkey;
DROP TRIGGER IF EXISTS orders_kasbon_taken ON orders;
CREATE TRIGGER orders_kasbon_taken AFTER INSERT ON orders FOR EACH ROW
WHEN (NEW.kasbon_id IS NOT NULL) EXECUTE FUNCTION kasbon_is_held();
DROP TRIGGER IF EXISTS orders_kasbon_held ON orders;
CREATE TRIGGER orders_kasbon_held AFTER UPDATE OF goods_rupiah, discount_rupiah, ended_at ON orders FOR EACH ROW
WHEN (NEW.kasbon_id IS NOT NULL AND (OLD.goods_rupiah, OLD.discount_rupiah, OLD.ended_at)
                                    IS DISTINCT FROM (NEW.goods_rupiah, NEW.discount_rupiah, NEW.ended_at))
EXECUTE FUNCTION kasbon_is_held();
DROP TRIGGER IF EXISTS orders_kasbon_booked ON orders;
CREATE CONSTRAINT TRIGGER orders_kasbon_booked AFTER UPDATE OF status ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN (NEW.kasbon_id IS NOT NULL AND NEW.status = 'COMPLETED' AND OLD.status <> 'COMPLETED') EXECUTE FUNCTION kasbon_is_booked();
DROP TRIGGER IF EXISTS orders_kasbon_stays ON orders;
CREATE TRIGGER orders_kasbon_stays BEFORE UPDATE OF kasbon_id ON orders FOR EACH ROW
WHEN (OLD.kasbon_id IS DISTINCT FROM NEW.kasbon_id) EXECUTE FUNCTION kasbon_of_order_stays();

DROP TRIGGER IF EXISTS ledger_kasbon ON ledger;
CREATE TRIGGER ledger_kasbon AFTER INSERT ON ledger FOR EACH ROW
WHEN (NEW.debit_account LIKE '%kasbon:%' OR NEW.credit_account LIKE '%kasbon:%') EXECUTE FUNCTION kasbon_moves();
