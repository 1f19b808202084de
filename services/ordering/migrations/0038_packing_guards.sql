SET lock_timeout = '2s';

CREATE TRIGGER order_line_is_as_ordered BEFORE UPDATE ON order_line FOR EACH ROW
WHEN (
    (OLD.seller_order_id, OLD.variant_id, OLD.quantity, OLD.price_rupiah, OLD.price_basis, OLD.total_rupiah)
    IS DISTINCT FROM
    (NEW.seller_order_id, NEW.variant_id, NEW.quantity, NEW.price_rupiah, NEW.price_basis, NEW.total_rupiah)
) EXECUTE FUNCTION line_is_as_ordered();
CREATE TRIGGER order_line_is_packed_in_time BEFORE UPDATE OF state, packed_quantity, packed_gram, final_rupiah, agreed_rupiah ON order_line
FOR EACH ROW EXECUTE FUNCTION line_is_packed_in_time();
CREATE TRIGGER order_line_is_replaced_in_time BEFORE INSERT ON order_line
FOR EACH ROW WHEN (NEW.replaces IS NOT NULL) EXECUTE FUNCTION line_is_packed_in_time();
CREATE CONSTRAINT TRIGGER order_lines_add_up AFTER UPDATE OF final_rupiah ON order_line DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (OLD.final_rupiah IS DISTINCT FROM NEW.final_rupiah) EXECUTE FUNCTION lines_add_up();
CREATE CONSTRAINT TRIGGER order_lines_replaced_add_up AFTER INSERT ON order_line DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.replaces IS NOT NULL) EXECUTE FUNCTION lines_add_up();
