-- outside a transaction
SET lock_timeout = '2s';

-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS offer_taken ON offer (partner_id, offered_at) WHERE state = 'ACCEPTED';
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS offer_for_rider ON offer (rider_id) WHERE state = 'OPEN';
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS rider_on_shift ON rider (partner_id, vehicle, cash_limit_rupiah DESC NULLS FIRST)
WHERE on_shift AND ended_at IS NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS rider_there ON rider (partner_id, vehicle, cash_limit_rupiah DESC NULLS FIRST)
WHERE ended_at IS NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_wants_person ON delivery (wants_person_at, id)
WHERE wants_person_at IS NOT NULL AND status IN ('REQUESTED', 'OFFERED');
