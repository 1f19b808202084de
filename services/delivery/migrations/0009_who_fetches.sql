-- outside a transaction
-- A merchant's people see who fetches its goods: by whose they are, and by which part of an order a pickup is. NULL for trips that were
-- planned before. One table at a time.
SET lock_timeout = '2s';

CREATE TABLE IF NOT EXISTS merchant_member (
    merchant_id uuid NOT NULL,
    subject text NOT NULL,
    PRIMARY KEY (merchant_id, subject)
);
ALTER TABLE stop ADD COLUMN IF NOT EXISTS seller_order_id uuid;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS stop_seller_order ON stop (seller_order_id) WHERE seller_order_id IS NOT NULL;
