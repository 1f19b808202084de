SET lock_timeout = '5s';

-- Who wants to be forgotten, since when, and when it was done. The row stays, with nothing in it: what others keep by the subject belongs
-- to nobody from then on, and what comes later of an order is told to nobody.
ALTER TABLE person
    ADD COLUMN erasure_asked_at timestamptz,
    ADD COLUMN erased_at timestamptz,
    ADD CONSTRAINT person_erased_is_nobody CHECK (erased_at IS NULL OR (name IS NULL AND erasure_asked_at IS NOT NULL)) NOT VALID;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE person VALIDATE CONSTRAINT person_erased_is_nobody;
