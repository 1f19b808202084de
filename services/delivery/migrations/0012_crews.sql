-- outside a transaction
SET lock_timeout = '2s';

-- squawk-ignore constraint-missing-not-valid
ALTER TABLE partner VALIDATE CONSTRAINT partner_sent_back;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE partner VALIDATE CONSTRAINT partner_left;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE partner VALIDATE CONSTRAINT partner_paused_from;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE rider VALIDATE CONSTRAINT rider_cash_limit;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE rider VALIDATE CONSTRAINT rider_ended;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE audit VALIDATE CONSTRAINT audit_action;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS rider_external_id ON rider (partner_id, external_id) WHERE ended_at IS NULL;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS partner_waits ON partner (id) WHERE status = 'INVITED';
-- Its jobs, the newest first.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_of_partner ON delivery (partner_id, id) WHERE partner_id IS NOT NULL;
