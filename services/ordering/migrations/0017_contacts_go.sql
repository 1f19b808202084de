-- outside a transaction
-- A contact that its buyer has changed or deleted is gone from the list; the row stays for the orders that have it. One table at a time.
SET lock_timeout = '2s';

ALTER TABLE contact ADD COLUMN IF NOT EXISTS gone_at timestamptz;
ALTER TABLE buyer ADD COLUMN IF NOT EXISTS default_contact_id uuid;
-- squawk-ignore ban-drop-constraint
ALTER TABLE buyer DROP CONSTRAINT IF EXISTS buyer_default_is_the_buyers;
ALTER TABLE buyer ADD CONSTRAINT buyer_default_is_the_buyers
FOREIGN KEY (default_contact_id, id) REFERENCES contact (id, buyer_id) ON DELETE SET NULL (default_contact_id) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE buyer VALIDATE CONSTRAINT buyer_default_is_the_buyers;
