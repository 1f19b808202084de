-- outside a transaction
-- Test jobs that a company ordered for itself: trips that are offered to it alone and of which no fact is told. `only_for` is NULL of all others.
SET lock_timeout = '2s';

ALTER TABLE delivery ADD COLUMN IF NOT EXISTS only_for uuid;
-- Offers of them count for nothing when a company's turn is reckoned.
ALTER TABLE offer ADD COLUMN IF NOT EXISTS rehearsed boolean NOT NULL DEFAULT false;
ALTER TABLE delivery
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT IF EXISTS delivery_rehearsal_is_a_test,
ADD CONSTRAINT delivery_rehearsal_is_a_test CHECK (only_for IS NULL OR test) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE delivery VALIDATE CONSTRAINT delivery_rehearsal_is_a_test;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS delivery_rehearsals ON delivery (only_for, created_at) WHERE only_for IS NOT NULL;

-- What the robot plays, and how far it is: `acted` of its acts are behind it. `place` is the last number that the outbox had drawn before.
CREATE TABLE IF NOT EXISTS rehearsal (
    delivery_id uuid PRIMARY KEY REFERENCES delivery,
    scenario text NOT NULL,
    acted integer NOT NULL DEFAULT 0 CHECK (acted >= 0),
    place bigint NOT NULL,
    cash_collected_rupiah bigint
);
