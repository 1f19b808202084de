-- outside a transaction
-- How and when an order is handed over, and how long each seller has to answer. The release before writes what is brought at once.
SET lock_timeout = '2s';

ALTER TABLE heard_order
ADD COLUMN IF NOT EXISTS way text NOT NULL DEFAULT 'DELIVERY',
ADD COLUMN IF NOT EXISTS slot_from timestamptz;
ALTER TABLE heard_part ADD COLUMN IF NOT EXISTS accept_within_s integer;
