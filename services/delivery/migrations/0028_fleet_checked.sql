-- outside a transaction
SET lock_timeout = '2s';

-- squawk-ignore constraint-missing-not-valid
ALTER TABLE rider VALIDATE CONSTRAINT rider_carries;
-- What a company carries now; small, however many trips there were.
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_carried ON delivery (partner_id)
WHERE status IN ('ASSIGNED', 'AT_PICKUP', 'PICKED_UP', 'AT_DROPOFF', 'FAILED_ATTEMPT', 'RETURNING');
