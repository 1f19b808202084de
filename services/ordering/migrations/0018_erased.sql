-- outside a transaction
-- Who was erased at people: their cart and their contacts go, and those that an open order has go when it ends. Until nothing is left,
-- `emptied_at` is null. An emptied contact stays as the row that orders refer to. One table at a time.
SET lock_timeout = '2s';

ALTER TABLE buyer ADD COLUMN IF NOT EXISTS erased_at timestamptz, ADD COLUMN IF NOT EXISTS emptied_at timestamptz;
ALTER TABLE contact ADD COLUMN IF NOT EXISTS erased_at timestamptz;
-- squawk-ignore ban-drop-constraint
ALTER TABLE contact DROP CONSTRAINT IF EXISTS contact_erased_is_empty;
ALTER TABLE contact ADD CONSTRAINT contact_erased_is_empty CHECK (
    erased_at IS NULL
    OR (gone_at IS NOT NULL AND label = '' AND recipient = '' AND phone = '' AND line = '' AND note IS NULL
        AND lat = 0 AND lng = 0 AND kecamatan_code = '' AND desa_code IS NULL)) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE contact VALIDATE CONSTRAINT contact_erased_is_empty;
-- squawk-ignore ban-concurrent-index-creation-in-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS buyer_to_empty ON buyer (erased_at) WHERE erased_at IS NOT NULL AND emptied_at IS NULL;
