-- outside a transaction
SET lock_timeout = '2s';

DROP TRIGGER IF EXISTS offer_is_given_back ON delivery;
CREATE TRIGGER offer_is_given_back AFTER UPDATE OF offer_id ON delivery FOR EACH ROW
WHEN (OLD.offer_id IS NOT NULL AND NEW.offer_id IS DISTINCT FROM OLD.offer_id) EXECUTE FUNCTION offer_is_given_back();
UPDATE offer o SET given_back = true FROM delivery d
WHERE d.id = o.delivery_id AND o.state = 'ACCEPTED' AND NOT o.given_back AND d.offer_id IS DISTINCT FROM o.id;

-- One winner of a trip, and it is the one that the trip names.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS offer_has_the_trip ON offer (delivery_id) WHERE state = 'ACCEPTED' AND NOT given_back;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS offer_of_trip ON offer (id, delivery_id, partner_id);
-- squawk-ignore ban-drop-constraint
ALTER TABLE delivery DROP CONSTRAINT IF EXISTS delivery_has_its_offer;
ALTER TABLE delivery ADD CONSTRAINT delivery_has_its_offer
FOREIGN KEY (offer_id, id, partner_id) REFERENCES offer (id, delivery_id, partner_id) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE delivery VALIDATE CONSTRAINT delivery_has_its_offer;

DROP TRIGGER IF EXISTS delivery_ended ON delivery;
CREATE TRIGGER delivery_ended BEFORE UPDATE OF status ON delivery FOR EACH ROW
WHEN (OLD.status IN ('DELIVERED', 'RETURNED', 'DISPOSED') AND NEW.status <> OLD.status) EXECUTE FUNCTION delivery_has_ended();
